"""Method "azureml": a workspace of Azure Machine Learning."""

from __future__ import annotations

from quickstart.errors import register_messages
from quickstart.methods.base import Method
from quickstart.prompts.fields import Flag

register_messages(f"{__name__}.messages")

NAME = "azureml"  # of the method, of the connection, and of the environment that it may need

FLAGS = (
    Flag("--tracking-uri", "tracking_uri", "The tracking URI, azureml://..., or the studio's link.", metavar="U"),
    Flag("--subscription", "subscription", "Id of the subscription.", metavar="S"),
    Flag("--resource-group", "group", "Name of the resource group.", metavar="R"),
    Flag("--workspace", "workspace", "Name of the workspace.", metavar="W"),
    Flag("--region", "region", "Where it is, such as westeurope.", metavar="G"),
    Flag("--tenant", "tenant", "Id of the tenant (the directory).", metavar="ID"),
    Flag("--az", "way", "Log in by the az CLI, and by nothing else.", gives="az"),
    Flag("--managed-identity", "way", "Log in as this machine in Azure.", gives="managed"),
    Flag("--browser", "way", "Log in in the browser; it is not remembered.", gives="browser"),
    Flag("--device-code", "way", "Log in in a browser on any machine; not remembered.", gives="device"),
    Flag("--client-id", "client_id", "A service principal's id, or that of an identity of your own.", metavar="ID"),
    Flag(
        "--client-secret-stdin",
        "client_secret",
        "Its secret, from stdin.",
        stdin=True,
        implied_answers=(("way", "secret"),),
    ),
    Flag("--install", "packages", "Install the pair into this Python.", gives="here"),
    Flag("--own-environment", "packages", "Install the pair into an environment of its own.", gives="own"),
    Flag("--no-install", "packages", "Install nothing.", gives="leave"),
)

METHODS = (
    Method(
        name=NAME,
        kind="production",
        title="a workspace of Azure Machine Learning",
        short="Azure ML",
        data_location="provider",
        pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
        cons=("costs money", "a billing account to look after", "MLflow's version must match its plugin"),
        traces=("AZUREML_*", "~/.azure/azureProfile.json"),
        implementation=f"{__name__}.actions:AzureML",
        login_name=NAME,
        login_flags=FLAGS,
        script_name="log_mlflow_with_azureml.py",
        uri_pattern="azureml:",
    ),
)
