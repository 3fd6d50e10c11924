"""A protocol stand-in for a workspace of Azure ML on loopback: its addresses in front of a real MLflow server."""

from tests.standins.azureml.az import fake_az
from tests.standins.azureml.service import workspace
from tests.standins.azureml.state import Workspace, Wrong

__all__ = ["Workspace", "Wrong", "fake_az", "workspace"]
