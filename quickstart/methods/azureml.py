"""Method "azureml": a workspace of Azure Machine Learning."""

from __future__ import annotations

from quickstart.methods.base import Declared

AZUREML = Declared(
    name="azureml",
    kind="production",
    title="a workspace of Azure Machine Learning",
    short="Azure ML",
    keeps="provider",
    pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
    cons=("costs money", "a billing account to look after", "MLflow's version must match its plugin"),
    traces=("AZUREML_*", "~/.azure/azureProfile.json"),
    # Later MLflows silently get a plugin whose artifact upload is broken: the pair must match.
    install='"mlflow-skinny<=3.15.99" azureml-mlflow',
    settings=(("MLFLOW_TRACKING_URI", "<the workspace's tracking URI, azureml://...>"),),
    find="the URI: az ml workspace show --name <W> --resource-group <R> --query mlflow_tracking_uri",
)
