"""Method "sagemaker": managed MLflow on Amazon SageMaker."""

from __future__ import annotations

from quickstart.methods.base import Declared

SAGEMAKER = Declared(
    name="sagemaker",
    kind="production",
    title="managed MLflow on Amazon SageMaker",
    short="Amazon SageMaker",
    keeps="provider",
    pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
    cons=("costs money", "a billing account to look after"),
    traces=("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "~/.aws/credentials", "~/.aws/config"),
    install="mlflow-skinny sagemaker-mlflow",
    settings=(("MLFLOW_TRACKING_URI", "arn:aws:sagemaker:<region>:<account>:mlflow-tracking-server/<name>"),),
    find="the ARN: aws sagemaker list-mlflow-tracking-servers",
)
