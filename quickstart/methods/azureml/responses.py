"""What a workspace's answers mean, as errors."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods.azureml import LOGIN_COMMAND, az, identity
from quickstart.methods.azureml.address import Workspace
from quickstart.methods.azureml.identity import Access
from quickstart.net.http import Answer, Http, clock_skew
from quickstart.system.shell import quoted
from quickstart.tracking import rest
from quickstart.tracking.rest import UNAVAILABLE, classify

SEARCH = "/api/2.0/mlflow/experiments/search?max_results=1"
SECRETS = r"(?<=Bearer )\S+|\beyJ[\w.-]{8,}"


def identify(http: Http, workspace: Workspace) -> None:
    """Check without credentials that it may be a workspace: Azure answers 401, or 403 inside a private network.

    Raises:
        QuickstartError: "azure-not-a-workspace", "azure-busy", "azure-down", or what Http.request() raises.
    """
    answer = http.request("GET", SEARCH)
    check_available(answer, workspace)
    if answer.status in (400, 401, 403, 404) and "html" not in answer.headers.get("content-type", ""):
        return
    kind = answer.headers.get("content-type", "nothing").partition(";")[0]
    moved = f" to {answer.headers['location'].partition('?')[0][:80]}" if "location" in answer.headers else ""
    seen = f"{answer.status} {kind}{moved}"
    raise QuickstartError("azure-not-a-workspace", url=workspace.url, seen=seen, again=login_command(workspace))


def check_access(http: Http, workspace: Workspace, access: Access) -> None:
    """Send the token with all further requests, and check that it may use the workspace.

    Raises:
        QuickstartError: what login_error() returns, or what Http.request() raises.
    """
    http.authorize({"Authorization": f"Bearer {access.token}"})
    answer = http.request("GET", SEARCH)
    if answer.status == 200 and isinstance(answer.json(), dict):
        return
    raise login_error(answer, workspace, access)


def login_error(answer: Answer, workspace: Workspace, access: Access) -> QuickstartError:
    check_available(answer, workspace)
    status, message, again = classify(answer.status), error_message(answer), login_command(workspace)
    facts: dict[str, Any] = {"url": workspace.url, "message": message, "again": again}
    if status == "unauthorized" and re.search(r"(?i)InvalidAuthenticationTokenTenant|issuer", message):
        needed = re.search(r"sts\.windows\.net/([0-9a-f-]{36})", message)
        tenant = needed[1] if needed and needed[1] != access.tenant else "TENANT_ID"
        return QuickstartError("azure-wrong-tenant", tenant=tenant, theirs=access.tenant, **facts)
    if status == "unauthorized":
        if access.way == "az":
            facts["again"] = f"az login && {again}"
        source = identity.WAYS[access.way].words
        return QuickstartError("login-refused", status=401, source=source, profile="", skew=clock_skew(answer), **facts)
    if status == "denied":
        return no_role_error(workspace, access, message)
    if answer.status == 404:
        return _not_found_error(workspace, message)
    seen = f"{answer.status} {message}"[:120]
    return QuickstartError("azure-not-a-workspace", url=workspace.url, seen=seen, again=again)


def no_role_error(workspace: Workspace, access: Access, message: str) -> QuickstartError:
    return QuickstartError(
        "azure-no-role",
        workspace=workspace.name,
        me=quoted(access.me),
        scope=quoted(workspace.scope),
        message=message or "403",
        again=login_command(workspace),
    )


def _not_found_error(workspace: Workspace, message: str) -> QuickstartError:
    """Unverified: what Azure answers for a workspace of another region; so the az CLI is asked, if installed."""
    with suppress(QuickstartError):
        for one in az.list_workspaces(workspace.subscription) if az.find_az() else ():
            if one.name.lower() == workspace.name.lower() and one.region and workspace.region not in ("", one.region):
                parts = f"--subscription {quoted(workspace.subscription)} --resource-group {quoted(workspace.group)}"
                again = f"{LOGIN_COMMAND} {parts} --workspace {quoted(workspace.name)} --region {quoted(one.region)}"
                facts: dict[str, Any] = {"workspace": workspace.name, "ours": workspace.region, "theirs": one.region}
                return QuickstartError("azure-wrong-region", **facts, again=again)
    facts = {"workspace": workspace.name, "group": workspace.group, "host": workspace.host, "message": message or "404"}
    return QuickstartError("azure-no-workspace", **facts, again=LOGIN_COMMAND)


def check_available(answer: Answer, workspace: Workspace) -> None:
    if classify(answer.status) in UNAVAILABLE:
        raise unavailable_error(answer.status, answer.headers.get("retry-after", ""), error_message(answer), workspace)


def unavailable_error(status: int, retry_after: str, message: str, workspace: Workspace) -> QuickstartError:
    facts: dict[str, Any] = {"url": workspace.url, "message": message, "again": login_command(workspace)}
    if classify(status) == "busy":
        return QuickstartError("azure-busy", seconds=rest.retry_after(retry_after), **facts)
    return QuickstartError("azure-down", status=status, **facts)


def error_message(answer: Answer) -> str:
    """Return an answer's own error message in one short line; Azure nests it in "error"."""
    value = answer.json()
    found: Any = value if isinstance(value, dict) else {}
    inner = found.get("error")
    found = inner if isinstance(inner, dict) else found
    code, text = found.get("code") or found.get("error_code") or "", found.get("message") or ""
    line = " ".join(f"{code}: {text}".split()).strip(": ") if text else ""
    return re.sub(SECRETS, "***", line)[:200]


def login_command(workspace: Workspace) -> str:
    return f"{LOGIN_COMMAND} --tracking-uri {quoted(workspace.uri)}"
