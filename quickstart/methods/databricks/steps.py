"""What keeps a login to a workspace, and what takes exactly that back."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quickstart.config_files import section
from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.methods.databricks import profiles
from quickstart.methods.databricks.access import ask_sdk, script_fault
from quickstart.models import Status
from quickstart.state import files
from quickstart.state.journal import Handler
from quickstart.state.secrets import take_secret

Result = tuple[Status, str]
Parameters = Mapping[str, Any]


def save_profile(parameters: Parameters, progress: Progress) -> Result:
    """Write a profile."""
    return section.save(parameters, f"profile {parameters['profile']}")


def remove_profile(parameters: Parameters, progress: Progress) -> Result:
    """Take out a profile if nobody changed it since, or bring back what it replaced."""
    try:
        return section.remove(parameters, f"profile {parameters['profile']}")
    except QuickstartError as fault:
        raise fault.with_defaults(path=parameters["path"]) from None


def keep_tokens(parameters: Parameters, progress: Progress) -> Result:
    """Write what OAuth gave into the SDK's own cache."""
    token = json.loads(take_secret(parameters["held"]).value)
    answer = _sdk({"action": "keep", "token": token}, parameters)
    return "ok", f"login kept in {answer['file']}"


def forget_tokens(parameters: Parameters, progress: Progress) -> Result:
    """Delete the tokens from the SDK's own cache, also where the SDK is not there any more."""
    file = Path(parameters["file"])
    if not file.exists():
        return "skip", "the browser's login was not kept"
    file.unlink()
    files.remove_if_empty(file.parent, file.parent.parent)
    return "ok", f"{file} deleted"


def log_in_session(parameters: Parameters, progress: Progress) -> Result:
    """Set this process's variables, as MLflow and the SDK read them."""
    values = {**parameters["values"], parameters["secret_key"]: take_secret(parameters["held"]).value}
    os.environ.update({profiles.VARIABLES[key]: value for key, value in values.items()})
    os.environ.pop(profiles.PROFILE, None)
    return "ok", "logged in for this session; nothing was saved"


def _sdk(request: Mapping[str, Any], parameters: Parameters) -> dict[str, Any]:
    about = {"host": parameters["host"], "profile": parameters["profile"]}
    answer = ask_sdk(Path(parameters["python"]), {**request, **about}, {})
    if "error" in answer:
        again = f"quickstart login databricks --host {parameters['host']}"
        raise script_fault(answer, parameters["host"], again)
    return answer


HANDLERS: Mapping[str, Handler] = {
    "save-profile": save_profile,
    "remove-profile": remove_profile,
    "keep-tokens": keep_tokens,
    "forget-tokens": forget_tokens,
    "log-in-session": log_in_session,
}
