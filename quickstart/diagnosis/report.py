"""The examination as a text to show somebody: complete, and without secrets, user names and home folders."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickstart.diagnosis.command import DoctorResult
from quickstart.diagnosis.context import Context
from quickstart.diagnosis.effective_uri import dotenv
from quickstart.diagnosis.known_secrets import found, is_secret
from quickstart.diagnosis.models import Finding
from quickstart.diagnosis.redact import HIDDEN, Mask
from quickstart.errors import ExitCode, QuickstartError
from quickstart.explain import one_line
from quickstart.results import Outcome
from quickstart.server.launcher import tail_log
from quickstart.state import files
from quickstart.state.connections import Connections
from quickstart.steps.servers import statuses

HEADER = "quickstart doctor: report"  # by which a former report is known, that may be written over
HIDES = (
    f"Secrets, user names and home folders are hidden ({HIDDEN}, ~); names of servers are not.\n"
    "Read it before you send it."
)
STDOUT = "-"
LOG_LINES, LOOKED_AT = 40, 1000
WENT_WELL = re.compile(r'HTTP/[\d.]+" [23]\d\d\b')
NO_LOG = "     it has no log"
MOST = 500  # characters of a line
# Whose values tell nothing but how something is set; of every other it is only told that it is set.
HARMLESS = re.compile(
    r"MLFLOW_(?:TRACKING_URI|REGISTRY_URI|S3_ENDPOINT_URL|EXPERIMENT_\w+|RUN_ID|TRACKING_INSECURE_TLS|ALLOW_FILE_STORE)"
    r"|MLFLOW_TRACKING_(?:SERVER_CERT_PATH|CLIENT_CERT_PATH|AUTH)|MLFLOW_\w+_(?:TIMEOUT|RETRIES)"
    r"|(?:HTTPS?|ALL|NO|FTP)_PROXY|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSL_CERT_(?:FILE|DIR)|AWS_CA_BUNDLE|PIP_CERT"
    r"|DATABRICKS_(?:HOST|CONFIG_PROFILE|CONFIG_FILE|AUTH_TYPE)|AWS_(?:(?:DEFAULT_)?REGION|(?:DEFAULT_)?PROFILE)"
    r"|PIP_(?:EXTRA_)?INDEX_URL|PIP_(?:TIMEOUT|RETRIES)|UV_INDEX_URL|QUICKSTART_\w+"
    r"|VIRTUAL_ENV|CONDA_(?:PREFIX|DEFAULT_ENV)|PYTHON(?:PATH|HOME|UTF8|NOUSERSITE)|NETRC|DO_NOT_TRACK"
    r"|COLAB_RELEASE_TAG|JUPYTERHUB_SERVICE_PREFIX|CODESPACES",
    re.IGNORECASE,
)
# What MLflow, its plugins, requests and pip go by.
RELEVANT = re.compile(
    r"(?:MLFLOW|DATABRICKS|AWS|AZURE|AZUREML|ARM|SAGEMAKER|GOOGLE|QUICKSTART|PIP|UV|CONDA|PYTHON|REQUESTS|CURL|SSL)_?\w*"
    r"|VIRTUAL_ENV|NETRC|DO_NOT_TRACK|PYTHON\w*|COLAB\w*|KAGGLE\w*|JUPYTERHUB\w*|CODESPACES?|SSH_CONNECTION|\w+_PROXY",
    re.IGNORECASE,
)


def check_writable(file: Path, *, as_json: bool) -> None:
    """See, before anything is examined, that a report can be written there; only a former report is written over.

    Args:
        file: where; "-" for stdout.
        as_json: whether stdout is to hold a JSON document.

    Raises:
        Fault: "report-in-json", "report-taken" or "unwritable".
    """
    if str(file) == STDOUT:
        if as_json:
            raise QuickstartError("report-in-json", ExitCode.USAGE)
        return
    if not file.absolute().parent.is_dir():
        raise QuickstartError("unwritable", path=str(file), detail="there is no such folder")
    _see_it_is_free(file)


def _see_it_is_free(file: Path) -> None:
    """Raise Fault "report-taken" where anything but a former report is there, such as a link, a device or a pipe."""
    try:
        mode = file.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise QuickstartError("unwritable", path=str(file), detail=error.strerror or str(error)) from error
    # Looked at before it is opened: to open a pipe waits for whoever writes into it.
    if not stat.S_ISREG(mode) or not _is_report(file):
        raise QuickstartError("report-taken", ExitCode.USAGE, path=str(file))


def _is_report(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(HEADER)) == HEADER.encode()
    except OSError:
        return False


def write_report(file: Path, examined: DoctorResult, outcome: Outcome) -> Outcome:
    """Write the report, and return the outcome with its path.

    Args:
        file: where; "-" for stdout, and then the outcome has the text itself.
        examined: what was examined, and what came of it.
        outcome: what was told of it.

    Raises:
        Fault: "unwritable", or "report-taken" where something came there in the meantime.
    """
    text = report(examined, outcome)
    if str(file) == STDOUT:
        return replace(outcome, result={**outcome.data, "report": STDOUT, "text": text})
    _see_it_is_free(file)
    files.write_private(file.absolute(), text)
    return replace(outcome, result={**outcome.data, "report": str(file.absolute())})


def report(examined: DoctorResult, outcome: Outcome) -> str:
    """Return the report, with everything confidential hidden."""
    context = examined.context
    parts = (
        [HEADER, HIDES],
        _about(context),
        _section("What was found", _findings(examined)),
        _section(
            "What was mended",
            (f"{one['status']:<5}{_one_line(one['detail'])}" for one in outcome.data.get("mended", ())),
        ),
        _section("Variables of this shell", _variables(context)),
        _section("In .env", (_variable(*one) for one in dotenv(context.folder).items())),
        _section("Saved connections", _told(_connections)),
        _section("Servers of one's own", _told(_servers)),
    )
    text = "\n\n".join("\n".join(part) for part in parts if part)
    text = Mask(found(context.environment, context.folder, context.origin.uri), text).everything(text)
    # Only now: of a secret that was cut, less would be known again.
    return "".join(f"{line if len(line) <= MOST else line[:MOST] + '...'}\n" for line in text.split("\n"))


def _about(context: Context) -> list[str]:
    now = datetime.now(UTC)
    rows = {
        "Time": f"{now:%Y-%m-%d %H:%M:%S} UTC",
        "quickstart": f"{importlib.metadata.version('mlflow-quickstart')}, in Python {platform.python_version()}",
        "System": platform.platform(),
        "Place": f"{context.machine.environment}: {context.machine.evidence}",
        "MLflow's": _describe_runtime(context),
        "Folder": str(context.folder),
        "Address": context.origin.shown,
        "Where from": context.origin.words,
    }
    return [f"{label:<12}{value}" for label, value in rows.items()]


def _describe_runtime(context: Context) -> str:
    try:
        runtime = context.runtime
    except QuickstartError as error:
        return one_line(error)
    version = ".".join(str(part) for part in runtime.version)
    mlflow = runtime.mlflow or (f"{runtime.client} (the light client)" if runtime.client else "none")
    return f"Python {version}, {runtime.python} ({runtime.origin}); MLflow {mlflow}"


def _section(title: str, lines: Iterator[str]) -> list[str]:
    found = list(lines)
    return [f"== {title}", *found] if found else []


def _findings(examined: DoctorResult) -> Iterator[str]:
    first = examined.headline
    yield f"First: {first.what if first else 'nothing is wrong'}"
    for one in examined.findings:
        yield from _finding(one)


def _finding(one: Finding) -> Iterator[str]:
    code = f" {one.error.code}" if one.error else ""
    yield f"{one.status:<5}{one.check.layer}/{one.check.id}{code}  {one.seconds:.2f} s  {_one_line(one.what)}"
    for label, words in (("why", one.why), ("fix", one.command), ("note", one.note)):
        if words:
            yield f"     {label}: {_one_line(words)}"


def _variables(context: Context) -> Iterator[str]:
    for name, value in sorted(context.environment.items()):
        if RELEVANT.fullmatch(name):
            yield _variable(name, value)


def _variable(name: str, value: str) -> str:
    if is_secret(name):
        return f"{name} = {HIDDEN}"
    return f"{name} = {_one_line(value)}" if HARMLESS.fullmatch(name) else f"{name}: {'set' if value else 'empty'}"


def _connections() -> Iterator[str]:
    connections = Connections()
    in_use = connections.in_use()
    for one in connections.all().values():
        used = ", in use" if in_use and in_use.name == one.name else ""
        yield f"{one.name} ({one.method}{used}): {one.tracking_uri}"
        yield from (f"     {_variable(*pair)}" for pair in one.env.items())


def _servers() -> Iterator[str]:
    for one in statuses():
        yield ", ".join(f"{key} {value}" for key, value in one.to_json().items() if value is not None)
        last = _last_words(Path(one.log))
        yield f"     the last {len(last)} lines of its log, without requests that went well:" if last else NO_LOG
        yield from (f"     | {_one_line(line)}" for line in last)


def _last_words(log: Path) -> list[str]:
    # Those of this examination alone would fill it.
    return [line for line in tail_log(log, LOOKED_AT) if not WENT_WELL.search(line)][-LOG_LINES:]


def _told(lines: Callable[[], Iterator[str]]) -> Iterator[str]:
    """Yield lines; where a file of ours is damaged, the last one says so."""
    try:
        yield from lines()
    except QuickstartError as error:
        yield one_line(error)


def _one_line(value: Any) -> str:
    """Return a value without what would break the line, or steer a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in str(value))
