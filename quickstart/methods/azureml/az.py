"""The az CLI: its cloud, the list of workspaces, and a token; and values that this shell has."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods.azureml import LOGIN_COMMAND
from quickstart.methods.azureml.address import Cloud
from quickstart.methods.base import LoginUI
from quickstart.models import Secret
from quickstart.prompts.fields import Field, Given

SECONDS = 8.0  # az itself takes one to three
TYPE = "Microsoft.MachineLearningServices/workspaces"
EXPIRED = r"AADSTS\d+|[Ii]nteractive authentication is needed|expired"
SECRETS = r'"accessToken": *"[^"]*"?|\beyJ[\w.-]{8,}'


@dataclass(frozen=True)
class ListedWorkspace:
    """One workspace, as az lists it."""

    subscription: str
    group: str
    name: str
    region: str


def find_az() -> str | None:
    """Return the az CLI's path; None if it is not installed."""
    return (shutil.which("az.cmd") if sys.platform == "win32" else None) or shutil.which("az")


def get_cloud_name() -> str:
    """Return the cloud that az is logged in to; "" if it names none."""
    return str(_require_object(run_az("account", "show")).get("environmentName", ""))


def list_workspaces(subscription: str = "") -> tuple[ListedWorkspace, ...]:
    """Return the workspaces of a subscription, by default the one that az is set to; raise what run_az() raises.

    `az resource list` needs no extension, which `az ml workspace list` would install first.
    """
    more = ("--subscription", subscription) if subscription else ()
    found = run_az("resource", "list", "--resource-type", TYPE, *more)
    if not isinstance(found, list):
        raise _failure("its output is not a list")
    return tuple(_listed(one) for one in found if isinstance(one, dict) and str(one.get("id")).count("/") >= 4)


def _listed(one: dict[str, Any]) -> ListedWorkspace:
    pieces = str(one["id"]).split("/")
    region = re.sub(r"\s", "", str(one.get("location", ""))).lower()
    return ListedWorkspace(
        pieces[2], str(one.get("resourceGroup") or pieces[4]), str(one.get("name") or pieces[-1]), region
    )


def get_token(cloud: Cloud) -> str:
    """Return a token, by the very command that azure-identity, and so the plugin, runs later.

    Raises:
        QuickstartError: "azure-wrong-cloud", or what run_az() raises.
    """
    current = get_cloud_name()
    if current and current != cloud.name:
        raise QuickstartError("azure-wrong-cloud", theirs=current, ours=cloud.name, again=LOGIN_COMMAND)
    value = _require_object(run_az("account", "get-access-token", "--resource", cloud.resource))
    if not isinstance(value.get("accessToken"), str):
        raise _failure("its output has no token")
    return str(value["accessToken"])


def _require_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _failure("its output is not an object")
    return value


def run_az(*arguments: str) -> Any:
    """Run az and return its JSON.

    Raises:
        QuickstartError: "azure-cli-missing", "azure-cli-silent", "azure-not-logged-in", "azure-login-expired" or
            "azure-cli-failed".
    """
    path = find_az()
    if path is None:
        raise QuickstartError("azure-cli-missing", again=LOGIN_COMMAND)
    try:
        done = subprocess.run(  # noqa: S603 - the person's own az, with a fixed argument list
            [path, *arguments, "--output", "json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            cwd=os.environ.get("SYSTEMROOT", "/bin"),  # as azure-identity does: az imports from where it is started
            env={**os.environ, "AZURE_CORE_NO_COLOR": "true", "AZURE_CORE_ONLY_SHOW_ERRORS": "true"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise QuickstartError("azure-cli-silent", seconds=int(SECONDS), again=LOGIN_COMMAND) from error
    except OSError as error:
        raise _failure(error.strerror or str(error)) from error
    if done.returncode:
        raise _az_error(done.stderr)
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise _failure("its output is not JSON") from error


def _az_error(printed: str) -> QuickstartError:
    lines = [line.strip() for line in printed.splitlines() if line.strip() and not line.startswith("WARNING")]
    message = re.sub(SECRETS, "***", " ".join(lines) or "no error message")[:300]
    if re.search(EXPIRED, message):
        return QuickstartError("azure-login-expired", detail=message, again=LOGIN_COMMAND)
    if "az login" in message or "az account set" in message:
        return QuickstartError("azure-not-logged-in", again=LOGIN_COMMAND)
    return _failure(message)


def _failure(detail: str) -> QuickstartError:
    return QuickstartError("azure-cli-failed", detail=detail, again=LOGIN_COMMAND)


class LocalValues:
    """What this shell and the az CLI know of a workspace."""

    def __init__(self, ui: LoginUI) -> None:
        self._ui = ui
        self._listed: dict[str, tuple[ListedWorkspace, ...]] = {}
        self._used: set[str] = set()  # a rejected value is not tried again

    def prefill(self, field: Field) -> Field:
        value = os.environ.get(field.variable, "").strip() if field.variable else ""
        elsewhere = field.key == "tracking_uri" and not value.startswith("azureml:")
        if not value or elsewhere or field.variable in self._used:
            return field
        self._used.add(field.variable)
        shown = f" ({Secret(value).masked})" if field.secret else ""
        return replace(field, known=value, known_from=f"{field.variable} in this shell{shown}")

    def workspaces(self, subscription: str = "") -> tuple[ListedWorkspace, ...]:
        """Return what az lists in a subscription, by default the one that it is set to; () if it cannot."""
        if subscription not in self._listed:
            self._listed[subscription] = self._list(subscription)
        return self._listed[subscription]

    def _list(self, subscription: str) -> tuple[ListedWorkspace, ...]:
        if find_az() is None:
            return ()
        self._ui.progress("listing workspaces with the az CLI")
        try:
            return list_workspaces(subscription)
        except QuickstartError as error:
            words = {
                "azure-not-logged-in": "not logged in (run az login)",
                "azure-login-expired": "its login has expired (run az login)",
                "azure-cli-silent": f"timed out after {SECONDS:g} seconds",
            }
            reason = words.get(error.code) or str(error.facts.get("detail", ""))[:120]
            self._ui.tell("warn", f"The az CLI cannot list workspaces: {reason}")
            return ()

    def region(self, given: Given) -> str:
        """Return the region of a workspace according to az; "" if unknown."""
        wanted = tuple(str(given[key]).lower() for key in ("subscription", "group", "workspace"))
        for one in self.workspaces(given["subscription"]):
            if (one.subscription.lower(), one.group.lower(), one.name.lower()) == wanted:
                return one.region
        return ""
