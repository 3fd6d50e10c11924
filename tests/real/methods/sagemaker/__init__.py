"""SageMaker, driven by the real command: a protocol stand-in for AWS before a real MLflow server."""
