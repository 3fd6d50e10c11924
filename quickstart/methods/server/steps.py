"""What writes a login to MLflow's own file, what takes exactly that back, and what logs a session in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from quickstart.config_files import section
from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.methods.server import credentials
from quickstart.models import Status
from quickstart.state.journal import Handler
from quickstart.state.secrets import take_secret

SAVE, TAKE_BACK = "save-mlflow-credentials", "remove-mlflow-credentials"
WHAT = "the login"

Result = tuple[Status, str]
Parameters = Mapping[str, Any]


def save_credentials(parameters: Parameters, progress: Progress) -> Result:
    """Write MLflow's file of credentials."""
    try:
        return section.save(parameters, WHAT)
    except QuickstartError as fault:
        raise _about_file(fault, parameters) from fault


def remove_credentials(parameters: Parameters, progress: Progress) -> Result:
    """Take the login out of MLflow's file if nobody changed it since, or bring back what it replaced."""
    try:
        return section.remove(parameters, WHAT)
    except QuickstartError as fault:
        raise _about_file(fault, parameters) from fault


def _about_file(fault: QuickstartError, parameters: Parameters) -> QuickstartError:
    if not fault.code.startswith("profiles-"):
        return fault
    detail = fault.facts.get("detail", "another program changed it just now")
    return QuickstartError("credentials-file", path=parameters["path"], detail=detail, again="quickstart login server")


def log_in_session(parameters: Parameters, progress: Progress) -> Result:
    """Set this process's variables, as MLflow reads them."""
    for name in (credentials.USERNAME, credentials.PASSWORD, credentials.TOKEN):
        os.environ.pop(name, None)
    os.environ["MLFLOW_TRACKING_URI"] = parameters["uri"]
    if parameters["ca_file"]:
        os.environ[credentials.CA_FILE] = parameters["ca_file"]
    os.environ.update({key: take_secret(name).value for key, name in parameters["held"].items()})
    return "ok", "logged in for this session; nothing was saved"


HANDLERS: Mapping[str, Handler] = {
    SAVE: save_credentials,
    TAKE_BACK: remove_credentials,
    "server-session": log_in_session,
}
