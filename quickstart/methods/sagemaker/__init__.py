"""Method "sagemaker": managed MLflow on Amazon SageMaker."""

from __future__ import annotations

from quickstart.errors import register_messages
from quickstart.methods.base import Method

register_messages(f"{__name__}.messages")

NAME = "sagemaker"  # of the method, and of the connection that it sets up
PLUGIN = "sagemaker-mlflow"

METHODS = (
    Method(
        name=NAME,
        kind="production",
        title="managed MLflow on Amazon SageMaker",
        short="Amazon SageMaker",
        data_location="provider",
        pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
        cons=("costs money", "a billing account to look after"),
        traces=("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "~/.aws/credentials", "~/.aws/config"),
        implementation=f"{__name__}.actions:SageMaker",
        login_name=NAME,
        script_name="log_mlflow_with_sagemaker.py",
        uri_pattern=r"['\"\s]*arn:",
    ),
)
