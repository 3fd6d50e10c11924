"""The fields of a login to an Azure ML workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from quickstart.methods.azureml import LOGIN_COMMAND, PLUGIN
from quickstart.prompts.fields import Choice, Field, clean_secret

if TYPE_CHECKING:
    from quickstart.methods.azureml.az import ListedWorkspace
    from quickstart.methods.azureml.setup import Pair
    from quickstart.runtime.find import Runtime

ONE_BY_ONE = "ask me one by one"
PARTS_EXAMPLE = "--subscription S --resource-group R --workspace W --region G"
PRINCIPAL_EXAMPLE = "--client-id ID --client-secret-stdin < secret.txt"
IN_STUDIO = "In the studio (https://ml.azure.com), the workspace name at the top right shows"

URI = Field(
    key="tracking_uri",
    label="Tracking URI",
    text="What is the tracking URI of the workspace, or its studio URL?",
    why=f"{IN_STUDIO} its MLflow tracking URI. Press Enter to answer its parts one by one.",
    more=(
        "A tracking URI begins with azureml://. The az CLI prints it: az ml workspace show --name WORKSPACE "
        "--resource-group GROUP --query mlflow_tracking_uri. The studio URL, "
        "https://ml.azure.com/?wsid=/subscriptions/..., contains all but the region, which is the next question."
    ),
    flag="--tracking-uri",
    metavar="U",
    help="Tracking URI (azureml://...), or the studio URL.",
    variable="MLFLOW_TRACKING_URI",
    default=ONE_BY_ONE,
    example="--tracking-uri azureml://REGION.api.azureml.ms/mlflow/v1.0/subscriptions/...",
)
PARTS = (
    Field(
        key="subscription",
        label="Subscription",
        text="What is the subscription ID?",
        why=f"{IN_STUDIO} the subscription. The az CLI prints it: az account show --query id",
        flag="--subscription",
        metavar="S",
        help="ID of the subscription.",
        variable="AZUREML_ARM_SUBSCRIPTION",
        example=PARTS_EXAMPLE,
    ),
    Field(
        key="group",
        label="Resource group",
        text="Which resource group is it in?",
        why=f"{IN_STUDIO} the resource group.",
        flag="--resource-group",
        metavar="R",
        help="Name of the resource group.",
        variable="AZUREML_ARM_RESOURCEGROUP",
        example="--resource-group R --workspace W --region G",
    ),
    Field(
        key="workspace",
        label="Workspace",
        text="What is the name of the workspace?",
        why="The studio shows it at the top right.",
        flag="--workspace",
        metavar="W",
        help="Name of the workspace.",
        variable="AZUREML_ARM_WORKSPACE_NAME",
        example="--workspace W --region G",
    ),
)
REGION = Field(
    key="region",
    label="Region",
    text="Which region is it in?",
    why=f"{IN_STUDIO} the location, such as westeurope or eastus2.",
    flag="--region",
    metavar="G",
    help="Region of the workspace, such as westeurope.",
)
WAY = Field(
    key="way",
    label="Log in",
    text="How do you want to log in?",
    choices=(
        Choice(
            "az",
            "With the az CLI: run az login in another terminal first (it is remembered)",
            "--az",
            "Log in with the az CLI only.",
        ),
        Choice("browser", "In the browser, this time only", "--browser", "Log in with a browser (not remembered)."),
        Choice(
            "device",
            "In a browser on any machine, with a code, this time only",
            "--device-code",
            "Log in with a browser on any machine (not remembered).",
        ),
        Choice("secret", "As a service principal", "--client-id ID --client-secret-stdin"),
        Choice(
            "managed",
            "As this machine, if it has an Azure identity",
            "--managed-identity",
            "Log in with the managed identity of this machine.",
        ),
    ),
    default="az",
    example="--az",
)
PRINCIPAL = (
    Field(
        key="tenant",
        label="Tenant",
        text="What is the tenant ID?",
        why="The az CLI prints it: az account show --query tenantId. In the portal: Microsoft Entra ID, Overview.",
        flag="--tenant",
        metavar="ID",
        help="ID of the tenant (the directory).",
        variable="AZURE_TENANT_ID",
        example=f"--tenant ID {PRINCIPAL_EXAMPLE}",
    ),
    Field(
        key="client_id",
        label="Client ID",
        text="What is the client ID of the service principal?",
        why='In the portal: Microsoft Entra ID, App registrations. It is called "Application (client) ID" there.',
        flag="--client-id",
        metavar="ID",
        help="Client ID of a service principal or a user-assigned identity.",
        variable="AZURE_CLIENT_ID",
        example=PRINCIPAL_EXAMPLE,
    ),
    Field(
        key="client_secret",
        label="Client secret",
        text="Paste its client secret.",
        why="On that page: Certificates & secrets, New client secret. Copy its value, not its ID; it is shown once.",
        flag="--client-secret-stdin",
        help="Read its client secret from stdin.",
        variable="AZURE_CLIENT_SECRET",
        secret=True,
        validate=partial(clean_secret, name="client secret", command=LOGIN_COMMAND),
        implies=(("way", "secret"),),
        example="--client-secret-stdin < secret.txt",
    ),
)
HERE = Choice("here", "Install them into this Python", "--install", "Install the packages into this Python.")
PACKAGES = Field(
    key="packages",
    label="Packages",
    text="Where do you want to install MLflow and its Azure ML plugin?",
    more=(
        f"Each {PLUGIN} supports MLflow up to one version. With a newer MLflow, metrics work but artifacts fail, so "
        "quickstart installs a matching pair. A separate environment does not change yours; undo deletes it."
    ),
    choices=(
        HERE,
        Choice(
            "own",
            "In a separate environment, with the newest matching versions",
            "--own-environment",
            "Install the packages into a separate environment.",
        ),
        Choice("leave", "Nowhere; scripts cannot reach the workspace yet", "--no-install", "Install nothing."),
    ),
    default="own",
    example="--own-environment",
)
LOGIN_FIELDS = (URI, *PARTS, REGION, PRINCIPAL[0], WAY, *PRINCIPAL[1:], PACKAGES)


def workspace_field(found: Sequence[ListedWorkspace]) -> Field:
    """Return the field for one of the workspaces that az lists."""
    only = found[0] if len(found) == 1 else None
    return Field(
        key="found",
        label="Workspace",
        text="Which workspace?",
        why="The az CLI lists these.",
        flag=f"--tracking-uri U, or {PARTS_EXAMPLE}",
        choices=(
            *(Choice(one, f"{one.name}, in {one.group}, {one.region}") for one in found),
            Choice(None, "Another workspace"),
        ),
        default=only,
        optional=only is not None,
        example=PARTS_EXAMPLE,
    )


def packages_field(wanted: Pair, runtime: Runtime) -> Field:
    """Return the field for the place of MLflow and its plugin; the runtime should have the wanted pair."""
    field = replace(PACKAGES, why=f"{runtime.python}: {wanted.why}.")
    if wanted.state != "install" or not runtime.exists:
        return replace(field, choices=PACKAGES.choices[1:])
    here = replace(HERE, label=f"Install mlflow-skinny {wanted.mlflow} with {PLUGIN} {wanted.plugin} into it")
    return replace(field, choices=(here, *PACKAGES.choices[1:]), default="here", example="--install")
