"""What a login to a workspace asks a person for, as data."""

from __future__ import annotations

from collections.abc import Sequence

from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.azureml.az import Listed
from quickstart.methods.azureml.pairs import PLUGIN, Pair
from quickstart.models import Secret
from quickstart.prompts.fields import Field
from quickstart.runtime.find import Runtime

ONE_BY_ONE = "ask me one by one"
ALL_FLAGS = "--tracking-uri U, or --subscription S --resource-group R --workspace W --region G"
IN_STUDIO = "In the studio, https://ml.azure.com: the workspace's name, top right, shows"
URI = Field(
    key="tracking_uri",
    name="Workspace",
    text="What is the workspace's tracking URI, or the studio's link to it?",
    flags=ALL_FLAGS,
    variable="MLFLOW_TRACKING_URI",
    why=f"{IN_STUDIO} its MLflow URI. Or Enter, and you are asked for its parts, one by one.",
    more=(
        "A tracking URI begins with azureml://. By the az CLI: az ml workspace show --name <workspace> "
        "--resource-group <group> --query mlflow_tracking_uri. The link in the browser's address line, "
        "https://ml.azure.com/?wsid=/subscriptions/..., tells all but the region, which is asked then."
    ),
    default=ONE_BY_ONE,
    example="--tracking-uri azureml://<region>.api.azureml.ms/mlflow/v1.0/subscriptions/...",
)
PARTS = (
    Field(
        key="subscription",
        name="Subscription",
        text="What is the subscription's id?",
        flags=ALL_FLAGS,
        variable="AZUREML_ARM_SUBSCRIPTION",
        why=f"{IN_STUDIO} the subscription. By the az CLI: az account show --query id",
        example="--subscription S --resource-group R --workspace W --region G",
    ),
    Field(
        key="group",
        name="Resource group",
        text="In which resource group is it?",
        flags="--resource-group R",
        variable="AZUREML_ARM_RESOURCEGROUP",
        why=f"{IN_STUDIO} the resource group.",
        example="--resource-group R --workspace W --region G",
    ),
    Field(
        key="workspace",
        name="Workspace",
        text="What is the workspace called?",
        flags="--workspace W",
        variable="AZUREML_ARM_WORKSPACE_NAME",
        why="In the studio: its name, top right.",
        example="--workspace W --region G",
    ),
)
REGION = Field(
    key="region",
    name="Region",
    text="In which region is it?",
    flags="--region G",
    why=f"{IN_STUDIO} the location, such as westeurope or eastus2.",
    example="--region G",
)
WAY = Field(
    key="way",
    name="Log in by",
    text="How do you log in?",
    flags="--az, --managed-identity, --browser, --device-code, or --client-id ID --client-secret-stdin",
    choices=(
        ("az", "With the az CLI: type az login in another terminal first; it is remembered"),
        ("browser", "In the browser, for this once"),
        ("device", "In a browser on any machine, by a code, for this once"),
        ("secret", "As a service principal, for machines"),
        ("managed", "As this machine, which has an identity in Azure"),
    ),
    default="az",
    example="--az",
)
PRINCIPAL = (
    Field(
        key="tenant",
        name="Tenant",
        text="What is the tenant's id?",
        flags="--tenant ID",
        variable="AZURE_TENANT_ID",
        why="By the az CLI: az account show --query tenantId. In the portal: Microsoft Entra ID, Overview.",
        example="--tenant ID --client-id ID --client-secret-stdin < secret.txt",
    ),
    Field(
        key="client_id",
        name="Client id",
        text="What is the service principal's client id?",
        flags="--client-id ID",
        variable="AZURE_CLIENT_ID",
        why="In the portal: Microsoft Entra ID, App registrations; it is called Application (client) ID there.",
        example="--client-id ID --client-secret-stdin < secret.txt",
    ),
    Field(
        key="client_secret",
        name="Secret",
        text="Paste its client secret.",
        flags="--client-secret-stdin",
        variable="AZURE_CLIENT_SECRET",
        why="On that page: Certificates & secrets, New client secret. Its value, not its Secret ID; it is shown once.",
        secret=True,
        example="--client-secret-stdin < secret.txt",
    ),
)


def workspace_field(found: Sequence[Listed]) -> Field:
    """Return the question which of the workspaces that az lists is meant."""
    only = found[0] if len(found) == 1 else None
    labels = tuple((one, f"{one.name}, in {one.group}, {one.region}") for one in found)
    return Field(
        key="found",
        name="Workspace",
        text="Which workspace?",
        flags=ALL_FLAGS,
        why="The az CLI lists these.",
        choices=(*labels, (None, "Another one")),
        default=only,
        example="--subscription S --resource-group R --workspace W --region G",
        found=only is not None,
    )


def packages_field(wanted: Pair, runtime: Runtime) -> Field:
    """Return the question where the pair of MLflow and its plugin goes.

    Args:
        wanted: the pair that the runtime should hold.
        runtime: the Python for MLflow.
    """
    names = f"mlflow-skinny {wanted.mlflow} with {PLUGIN} {wanted.plugin}"
    here = (("here", f"Install {names} into it"),) if wanted.state == "install" and runtime.exists else ()
    return Field(
        key="packages",
        name="Packages",
        text="Where do MLflow and its plugin for Azure ML go?",
        flags="--install, --own-environment or --no-install" if here else "--own-environment or --no-install",
        why=f"{runtime.python}: {wanted.why}.",
        more=(
            f"Each {PLUGIN} goes with MLflow up to one version. Beyond it metrics are logged, and artifacts break: "
            "so the two are installed as a pair. An environment of its own leaves yours as it is; undo deletes it."
        ),
        choices=(
            *here,
            ("own", "Make an environment of its own with the newest pair"),
            ("leave", "Install nothing; scripts will not reach the workspace yet"),
        ),
        default="here" if here else "own",
        example="--install" if here else "--own-environment",
    )


def checked_secret(value: object) -> Secret:
    """Return a pasted secret without what was copied around it; raise Fault "bad-secret" where it can be none."""
    text = (value.value if isinstance(value, Secret) else str(value)).strip().strip("'\"")
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise QuickstartError(
            "bad-secret", ExitCode.USAGE, name="client secret", length=len(text), again="quickstart login azureml"
        )
    return Secret(text)
