"""Method "sagemaker": managed MLflow on Amazon SageMaker."""

from __future__ import annotations

from quickstart.errors import register_messages
from quickstart.methods.base import Method
from quickstart.prompts.fields import Flag

register_messages(f"{__name__}.messages")

FLAGS = (
    Flag("ARN", "arn", "Of the tracking server, or app; without it there is a list to choose from."),
    Flag("--aws-profile", "profile", "Profile of AWS to log in by (what boto3 finds first).", metavar="NAME"),
    Flag("--region", "region", "Where to look for servers (that of the profile).", metavar="R"),
)

METHODS = (
    Method(
        name="sagemaker",
        kind="production",
        title="managed MLflow on Amazon SageMaker",
        short="Amazon SageMaker",
        data_location="provider",
        pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
        cons=("costs money", "a billing account to look after"),
        traces=("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "~/.aws/credentials", "~/.aws/config"),
        implementation=f"{__name__}.actions:SageMaker",
        login_name="sagemaker",
        login_flags=FLAGS,
        script_name="log_mlflow_with_sagemaker.py",
        uri_pattern=r"['\"\s]*arn:",
    ),
)
