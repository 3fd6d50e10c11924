"""The stages of a verification as checks: from a URL to a run and its artifacts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from quickstart.diagnosis.checks.runs import NO_SERVER
from quickstart.diagnosis.context import Context, read_answer
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.methods.catalog import by_name
from quickstart.state.connections import all_variables
from quickstart.system.shell import unset_line
from quickstart.tracking.client import client_stage


def stage(name: str) -> Callable[[Context], CheckResult]:
    return partial(read_answer, partial(_looked_at, name))


def _looked_at(name: str, context: Context) -> CheckResult:
    if context.is_store:
        return warn("not-written", uri=context.origin.shown) if name == "write" else skip(NO_SERVER)
    context.check.compares_versions = False
    status, detail = context.stage(dict(context.check.stages())[name])
    if name == "read":
        context.check.landed(str((context.check.run or {})["id"]))
    return _noticed(name, context, detail) if status == "warn" else CheckResult(status, detail)


def _noticed(name: str, context: Context, detail: str) -> CheckResult:
    """Return the result for a stage's warning, unless another check covers it."""
    if name == "identify":  # a server that is too old to tell its version: by "versions"
        return ok(detail)
    if (
        name == "resolve" and context.origin.source != "argument" and detail == context.check.place.words
    ):  # by "address"
        return ok(detail)
    if (
        name == "resolve"
        and context.saved
        and (beating := by_name(context.saved.method).actions.conflicting_variables(context.saved))
    ):
        line = unset_line(context.environment, *beating)
        return warn("login-beaten", name=context.saved.name, variables=", ".join(beating), line=line)
    return warn("noticed", detail=detail, url=context.check.place.uri)


def by_client(context: Context) -> CheckResult:
    """Log with MLflow's own client, and find its run from outside."""
    if context.is_store:
        return skip(NO_SERVER)
    if context.runtime.client is None:
        raise QuickstartError("mlflow-missing", python=str(context.runtime.python))
    environment = all_variables(context.saved) if context.saved else {}
    _, detail = context.stage(
        partial(client_stage, context.check, python=context.runtime.python, environment=environment)
    )
    return ok(detail)


CHECKS: tuple[Check, ...] = (
    Check(
        "resolve",
        "settings",
        "the tracking URI is the URL of a server",
        stage("resolve"),
        symptoms=(18, 21, 22, 27, 28),
        needs=("address", "certificates"),
    ),
    Check(
        "connect",
        "network",
        "a server listens on that host and port",
        stage("connect"),
        symptoms=(1, 2, 7, 8, 9),
        needs=("resolve", "network", "database", "processes"),
        seconds=8.0,
    ),
    Check(
        "tls", "network", "the certificate is valid", stage("tls"), symptoms=(25, 26), needs=("connect",), seconds=13.0
    ),
    Check(
        "identify",
        "server",
        "the server is MLflow",
        stage("identify"),
        symptoms=(2, 3, 21, 26),
        needs=("tls",),
        seconds=13.0,
    ),
    Check(
        "host",
        "access",
        "the server accepts the host name",
        stage("host"),
        symptoms=(5,),
        needs=("identify",),
    ),
    Check(
        "auth",
        "login",
        "the credentials are accepted",
        stage("auth"),
        symptoms=(18, 22, 23, 24),
        needs=("host",),
        seconds=30.0,
    ),
)
WRITING: tuple[Check, ...] = (
    Check(
        "experiment", "experiment", "the experiment exists", stage("experiment"), (14, 20, 35), ("auth",), writes=True
    ),
    Check("write", "runs", "a run can be logged", stage("write"), (36, 37), ("experiment",), writes=True),
    Check("read", "runs", "the run reads back as logged", stage("read"), (4,), ("write",), writes=True),
    Check(
        "client",
        "runs",
        "MLflow's own client logs to the same place",
        by_client,
        symptoms=(4, 26, 31, 35),
        needs=("read", "mlflow"),
        deep=True,
        writes=True,
        seconds=130.0,
    ),
    Check(
        "artifact",
        "artifacts",
        "a file can be uploaded and downloaded",
        stage("artifact"),
        symptoms=(10, 11),
        needs=("read",),
        writes=True,
        seconds=13.0,
    ),
)
