"""The az CLI: who is logged in, the list of workspaces, and a token; and values that this shell has."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods.azureml.address import Cloud
from quickstart.methods.base import LoginUI
from quickstart.models import Secret
from quickstart.prompts.fields import Field, Given

SECONDS = 8.0  # az itself takes one to three
TYPE = "Microsoft.MachineLearningServices/workspaces"
AGAIN = "quickstart login azureml"
EXPIRED = r"AADSTS\d+|[Ii]nteractive authentication is needed|expired"
SECRETS = r'"accessToken": *"[^"]*"?|\beyJ[\w.-]{8,}'


@dataclass(frozen=True)
class Account:
    """Who is logged in, and where."""

    user: str
    tenant: str
    subscription: str
    cloud: str


@dataclass(frozen=True)
class Listed:
    """One workspace, as az lists it."""

    subscription: str
    group: str
    name: str
    region: str


def program() -> str | None:
    """Return the az CLI's path; None if it is not installed."""
    return (shutil.which("az.cmd") if sys.platform == "win32" else None) or shutil.which("az")


def account() -> Account:
    value = _object(run_az("account", "show"))
    user = _object(value.get("user") or {})
    cloud = str(value.get("environmentName", ""))
    return Account(str(user.get("name", "")), str(value.get("tenantId", "")), str(value.get("id", "")), cloud)


def workspaces(subscription: str | None = None) -> tuple[Listed, ...]:
    """Return the workspaces of a subscription, by default that of the login; raise what ask() raises.

    `az resource list` needs no extension, which `az ml workspace list` would install first.
    """
    more = ("--subscription", subscription) if subscription else ()
    found = run_az("resource", "list", "--resource-type", TYPE, *more)
    if not isinstance(found, list):
        raise QuickstartError("azure-cli-failed", detail="its output is not a list", again=AGAIN)
    return tuple(_listed(one) for one in found if isinstance(one, dict) and str(one.get("id")).count("/") >= 4)


def _listed(one: dict[str, Any]) -> Listed:
    pieces = str(one["id"]).split("/")
    region = re.sub(r"\s", "", str(one.get("location", ""))).lower()
    return Listed(pieces[2], str(one.get("resourceGroup") or pieces[4]), str(one.get("name") or pieces[-1]), region)


def token(cloud: Cloud) -> str:
    """Return a token, by the very command that azure-identity, and so the plugin, runs later.

    Raises:
        QuickstartError: "azure-wrong-cloud", or what ask() raises.
    """
    found = account()
    if found.cloud and found.cloud != cloud.name:
        raise QuickstartError("azure-wrong-cloud", theirs=found.cloud, ours=cloud.name, again=AGAIN)
    value = _object(run_az("account", "get-access-token", "--resource", cloud.resource))
    if not isinstance(value.get("accessToken"), str):
        raise QuickstartError("azure-cli-failed", detail="its output has no token", again=AGAIN)
    return str(value["accessToken"])


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise QuickstartError("azure-cli-failed", detail="its output is not an object", again=AGAIN)
    return value


def run_az(*arguments: str) -> Any:
    """Run az and return its JSON.

    Raises:
        QuickstartError: "azure-cli-missing", "azure-cli-silent", "azure-not-logged-in", "azure-login-expired" or
            "azure-cli-failed".
    """
    path = program()
    if path is None:
        raise QuickstartError("azure-cli-missing", again=AGAIN)
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
        raise QuickstartError("azure-cli-silent", seconds=int(SECONDS), again=AGAIN) from error
    except OSError as error:
        raise QuickstartError("azure-cli-failed", detail=error.strerror or str(error), again=AGAIN) from error
    if done.returncode:
        raise _az_error(done.stderr)
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise QuickstartError("azure-cli-failed", detail="its output is not JSON", again=AGAIN) from error


def _az_error(printed: str) -> QuickstartError:
    lines = [line.strip() for line in printed.splitlines() if line.strip() and not line.startswith("WARNING")]
    message = re.sub(SECRETS, "***", " ".join(lines) or "no error message")[:300]
    if re.search(EXPIRED, message):
        return QuickstartError("azure-login-expired", detail=message, again=AGAIN)
    if "az login" in message or "az account set" in message:
        return QuickstartError("azure-not-logged-in", again=AGAIN)
    return QuickstartError("azure-cli-failed", detail=message, again=AGAIN)


class LocalValues:
    """What this shell and the az CLI know of a workspace.

    Args:
        ui: shows progress and failures.
    """

    def __init__(self, ui: LoginUI) -> None:
        self._ui = ui
        self._listed: dict[str, tuple[Listed, ...]] = {}
        self._used: set[str] = set()  # a rejected value is not tried again

    def prefill(self, field: Field) -> Field:
        value = os.environ.get(field.variable, "").strip() if field.variable else ""
        if not value or field.variable in self._used or (field.key == "tracking_uri" and not _is_azureml(value)):
            return field
        self._used.add(field.variable)
        shown = f" ({Secret(value).masked})" if field.secret else ""
        return replace(field, known=value, known_from=f"{field.variable} in this shell{shown}")

    def workspaces(self, subscription: str = "") -> tuple[Listed, ...]:
        """Return what az lists in a subscription (default: the one it is set to); () if it cannot."""
        if subscription not in self._listed:
            self._listed[subscription] = self._list(subscription)
        return self._listed[subscription]

    def _list(self, subscription: str) -> tuple[Listed, ...]:
        if program() is None:
            return ()
        self._ui.progress("listing workspaces with the az CLI")
        try:
            return workspaces(subscription or None)
        except QuickstartError as error:
            words = {
                "azure-not-logged-in": "not logged in (run az login)",
                "azure-login-expired": "its login has expired (run az login)",
                "azure-cli-silent": f"timed out after {SECONDS:g} seconds",
            }
            reason = words.get(error.code) or str(error.facts.get("detail", ""))[:120]
            self._ui.tell("warn", f"The az CLI cannot list workspaces: {reason}")
            return ()

    def cloud(self) -> str | None:
        with suppress(QuickstartError):
            return account().cloud or None
        return None

    def region(self, given: Given) -> str:
        """Return the region of a workspace according to az; "" if unknown."""
        wanted = tuple(str(given[key]).lower() for key in ("subscription", "group", "workspace"))
        return next(
            (
                one.region
                for one in self.workspaces(given["subscription"])
                if (one.subscription.lower(), one.group.lower(), one.name.lower()) == wanted
            ),
            "",
        )


def _is_azureml(uri: str) -> bool:
    return uri.startswith("azureml:")
