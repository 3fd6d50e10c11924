"""A stand-in for a Databricks workspace on loopback: its protocol in front of a real MLflow server."""

from tests.standins.databricks.faults import (
    BROKEN,
    FORBIDDEN,
    HANGING,
    LOGIN_PAGE,
    LOGIN_REDIRECT,
    NOT_FOUND,
    THROTTLED,
    UNAUTHORISED,
    UNAVAILABLE,
    Fault,
)
from tests.standins.databricks.service import workspace
from tests.standins.databricks.state import Request, Workspace

__all__ = [
    "BROKEN",
    "FORBIDDEN",
    "HANGING",
    "LOGIN_PAGE",
    "LOGIN_REDIRECT",
    "NOT_FOUND",
    "THROTTLED",
    "UNAUTHORISED",
    "UNAVAILABLE",
    "Fault",
    "Request",
    "Workspace",
    "workspace",
]
