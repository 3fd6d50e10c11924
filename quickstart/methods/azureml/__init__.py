"""Method "azureml": a workspace of Azure Machine Learning."""

from __future__ import annotations

from quickstart.errors import register_messages
from quickstart.methods.base import Method

register_messages(f"{__name__}.messages")

PLUGIN = "azureml-mlflow"  # MLflow's plugin, a package
NAME = "azureml"  # of the method, of the connection, and of the environment that it may need
LOGIN_COMMAND = f"quickstart login {NAME}"

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
        script_name="log_mlflow_with_azureml.py",
        uri_pattern="azureml:",
    ),
)
