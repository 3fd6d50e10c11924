"""A protocol stand-in for SageMaker's managed MLflow on loopback, with the STS, SageMaker and S3 that go with it.

It recomputes the signature of every request from the secret that it knows, refuses a wrong one in AWS's words, and
passes MLflow's calls on to a real MLflow server. What AWS really answers was never seen by us: where a shape is from no
public source, that is said beside it.
"""

from tests.standins.sagemaker.service import sagemaker
from tests.standins.sagemaker.state import APP, Aws, Key, Request, Server

__all__ = ["APP", "Aws", "Key", "Request", "Server", "sagemaker"]
