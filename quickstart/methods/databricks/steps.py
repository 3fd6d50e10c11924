"""What keeps a login to a workspace, and what takes exactly that back."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quickstart import state
from quickstart.credentials import files, inifile
from quickstart.credentials.held import held
from quickstart.journal import Handler
from quickstart.methods.databricks import profiles
from quickstart.methods.databricks.access import ask_sdk, script_fault
from quickstart.model import Progress, Status

Result = tuple[Status, str]
Parameters = Mapping[str, Any]


def save_profile(parameters: Parameters, progress: Progress) -> Result:
    """Write a profile; what it replaces is kept for undo, in a private file of our own."""
    path, name = Path(parameters["path"]), parameters["profile"]
    values = dict(parameters["values"])
    if parameters["held"]:
        values[parameters["secret_key"]] = held(parameters["held"]).value

    def change(data: bytes) -> bytes:
        if parameters["before"] and (replaced := inifile.section(data, name)):
            with state.replacing(Path(parameters["before"])) as file:
                file.write(replaced)
        return inifile.put(data, name, values, profiles.LOGS_IN)

    before, after = files.edit(path, change)
    if before == after and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return ("skip" if before == after else "ok"), f"profile {name} saved in {path}"


def remove_profile(parameters: Parameters, progress: Progress) -> Result:
    """Take out a profile if nobody changed it since, or bring back what it replaced."""
    path, name = Path(parameters["path"]), parameters["profile"]
    kept = Path(parameters["before"]) if parameters["before"] else None
    replaced = files.load(kept) if kept else b""
    now = profiles.read(path).get(name)
    if now is not None and inifile.fingerprint(now, parameters["salt"]) != parameters["fingerprint"]:
        older = f"; what it was before quickstart came is in {kept}" if replaced else ""
        return "skip", f"kept: profile {name} in {path} (changed since){older}"
    if now is None and not replaced:
        done: Result = ("skip", f"profile {name} was not there")
    else:
        done = ("ok", f"profile {name} {'put back as it was in' if replaced else 'taken out of'} {path}")

    def change(data: bytes) -> bytes:
        if replaced:
            return inifile.put_back(data, name, replaced)
        return inifile.take_out(data, name, parameters["lead"].encode())

    _, after = files.edit(path, change)
    if kept:
        kept.unlink(missing_ok=True)
        state.remove_if_empty(kept.parent)
    if parameters["made"] and path.exists() and not after.strip():
        files.remove(path, after)
    return done


def keep_tokens(parameters: Parameters, progress: Progress) -> Result:
    """Write what OAuth gave into the SDK's own cache."""
    token = json.loads(held(parameters["held"]).value)
    answer = _sdk({"action": "keep", "token": token}, parameters)
    return "ok", f"login kept in {answer['file']}"


def forget_tokens(parameters: Parameters, progress: Progress) -> Result:
    """Delete the tokens from the SDK's own cache, also where the SDK is not there any more."""
    file = Path(parameters["file"])
    if not file.exists():
        return "skip", "the browser's login was not kept"
    file.unlink()
    state.remove_if_empty(file.parent, file.parent.parent)
    return "ok", f"{file} deleted"


def log_in_session(parameters: Parameters, progress: Progress) -> Result:
    """Set this process's variables, as MLflow and the SDK read them."""
    values = {**parameters["values"], parameters["secret_key"]: held(parameters["held"]).value}
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
