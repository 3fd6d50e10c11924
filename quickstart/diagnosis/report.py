"""The doctor's results as a text to share: complete, without secrets, user names and home folders."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickstart.diagnosis.command import Examination, redactor_for
from quickstart.diagnosis.context import Context, dotenv
from quickstart.diagnosis.models import DoctorResult, Finding, FixesResult
from quickstart.diagnosis.redact import HIDDEN, is_secret
from quickstart.errors import ExitCode, QuickstartError
from quickstart.explain import one_line
from quickstart.models import StepResult
from quickstart.results import Outcome
from quickstart.server.launcher import tail_log
from quickstart.state import files
from quickstart.state.connections import Connections
from quickstart.steps.servers import statuses

HEADER = "quickstart doctor: report"  # marks a file as an earlier report, which may be overwritten
NOTICE = (
    f"Secrets, user names and home folders are hidden ({HIDDEN}, ~). Names of hosts and experiments are not.\n"
    "Read it before you send it."
)
STDOUT = "-"
LOG_LINES, LOG_LINES_READ = 40, 1000
LONGEST_LINE = 500  # characters
OF_A_SERVER = ("name", "url", "running", "pid", "mlflow_version", "launcher", "started", "store")
# Variables whose values may be shown; of the others only whether they are set.
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
# What MLflow, its plugins, requests and pip read.
RELEVANT = re.compile(
    r"(?:MLFLOW|DATABRICKS|AWS|AZURE|AZUREML|ARM|SAGEMAKER|GOOGLE|QUICKSTART|PIP|UV|CONDA|PYTHON|REQUESTS|CURL|SSL)_?\w*"
    r"|VIRTUAL_ENV|NETRC|DO_NOT_TRACK|PYTHON\w*|COLAB\w*|KAGGLE\w*|JUPYTERHUB\w*|CODESPACES?|SSH_CONNECTION|\w+_PROXY",
    re.IGNORECASE,
)

# The lines of a log that are shown; of any other line only its length.
SUCCEEDED = re.compile(r'HTTP/[\d.]+" [23]\d\d\b')
REQUEST = re.compile(
    r'(?P<before>[\d.:]+ - "[A-Z]+ )(?P<path>/[^\s?"]*)[^\s"]*(?P<after> HTTP/[\d.]+" \d{3}[A-Za-z ]*)'
)
SEGMENT = re.compile(r"[A-Za-z_.-]{1,40}|\d[\d.]{0,5}")
STAMP = (
    r"(?:\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d(?:[.,]\d+)? )?"
    r"(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):?\s+(?:[a-z_]+(?:\.[a-z_]+)*: )?"
)
LIFE = (
    r"(?:Started|Finished) server process \[\d+\]|Waiting for application (?:startup|shutdown)\.|Shutting down"
    r"|Application (?:startup|shutdown) (?:complete|failed)\.(?: Exiting\.)?"
    r"|Uvicorn running on https?://[\w.:-]+ \(Press CTRL\+C to quit\)|Exception in ASGI application"
)
LINE = re.compile(
    rf"(?P<shown>{STAMP}(?:{LIFE})?|Traceback \(most recent call last\):|[\w.]+(?:Error|Exception)(?=:|$))"
)
SOURCE_LINE = re.compile(r'\s*File "[^"]*?(?P<file>[\w-]+(?:[/\\][\w-]+)?\.py)", line (?P<line>\d+), in [\w<>]+')
KNOWN = re.compile(
    r"No module named '[A-Za-z_.]{1,40}\d?'|database is locked|no such table|disk is full|No space left on device"
    r"|Can't locate revision|out-of-date database schema|address already in use|Permission denied|Read-only file system"
    r"|unable to open database file|readonly database|WORKER TIMEOUT|QueuePool limit|Connection refused",
    re.IGNORECASE,
)


def check_writable(file: Path, *, as_json: bool) -> None:
    """Check, before anything else runs, that a report can be written; only an earlier report is overwritten.

    Raises:
        QuickstartError: "report-in-json", "report-taken" or "unwritable".
    """
    if str(file) == STDOUT:
        if as_json:
            raise QuickstartError("report-in-json", ExitCode.USAGE)
        return
    if not file.absolute().parent.is_dir():
        raise QuickstartError("unwritable", path=str(file), detail="there is no such folder")
    _check_free(file)


def _check_free(file: Path) -> None:
    try:
        mode = file.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise QuickstartError("unwritable", path=str(file), detail=error.strerror or str(error)) from error
    # Before it is opened: opening a pipe waits for its writer.
    if not stat.S_ISREG(mode) or not _is_report(file):
        raise QuickstartError("report-taken", ExitCode.USAGE, path=str(file))


def _is_report(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(HEADER)) == HEADER.encode()
    except OSError:
        return False


def write_report(file: Path, result: Examination, outcome: Outcome) -> Outcome:
    """Write the report, and return the outcome with its path; with the text itself if the path is "-".

    Raises:
        QuickstartError: "unwritable", or "report-taken" if another file was created there in the meantime.
    """
    found = outcome.result
    assert isinstance(found, DoctorResult | FixesResult)  # noqa: S101 - an examination has no other
    text = render_report(result, found.fixes or ())
    if str(file) == STDOUT:
        return replace(outcome, result=replace(found, report=STDOUT, text=text))
    _check_free(file)
    files.write_private(file.absolute(), text)
    return replace(outcome, result=replace(found, report=str(file.absolute())))


def render_report(result: Examination, fixes: Sequence[StepResult] = ()) -> str:
    context = result.context
    parts = (
        [HEADER, NOTICE],
        _describe(context),
        _section("Checks", _checks(result)),
        _section("Fixes", (f"{fix.status:<5}{_one_line(fix.detail)}" for fix in fixes)),
        _section("Environment variables", _variables(context)),
        _section("In .env", (_variable(*one) for one in dotenv(context.folder).items())),
        _section("Saved connections", _or_error(_connections)),
        _section("Servers", _or_error(_servers)),
    )
    text = "\n\n".join("\n".join(part) for part in parts if part)
    users = [str(one.error.facts["user"]) for one in result.findings if one.error and "user" in one.error.facts]
    text = redactor_for(context, users).hide_person(text)
    return "".join(
        f"{line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + '...'}\n" for line in text.split("\n")
    )


def _describe(context: Context) -> list[str]:
    rows = {
        "Time": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "quickstart": f"{importlib.metadata.version('mlflow-quickstart')}, in Python {platform.python_version()}",
        "System": platform.platform(),
        "Place": f"{context.machine.environment}: {context.machine.evidence}",
        "MLflow": _runtime(context),
        "Folder": str(context.folder),
        "Server URL": context.origin.shown,
        "Source": context.origin.words,
    }
    return [f"{label:<12}{value}" for label, value in rows.items()]


def _runtime(context: Context) -> str:
    try:
        runtime = context.runtime
    except QuickstartError as error:
        return one_line(error)
    version = ".".join(str(part) for part in runtime.version)
    mlflow = runtime.mlflow or (f"{runtime.client} (mlflow-skinny)" if runtime.client else "none")
    return f"Python {version}, {runtime.python} ({runtime.origin}); MLflow {mlflow}"


def _section(title: str, lines: Iterator[str]) -> list[str]:
    content = list(lines)
    return [f"== {title}", *content] if content else []


def _checks(result: Examination) -> Iterator[str]:
    first = result.headline
    yield f"First: {first.what if first else 'all checks passed'}"
    for finding in result.findings:
        yield from _check(finding)


def _check(one: Finding) -> Iterator[str]:
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
    if HARMLESS.fullmatch(name) and not is_secret(name):
        return f"{name} = {_one_line(value)}"
    return f"{name}: {'set' if value else 'empty'}"


def _connections() -> Iterator[str]:
    connections = Connections()
    in_use = connections.in_use()
    for one in connections.all().values():
        used = ", in use" if in_use and in_use.name == one.name else ""
        yield f"{one.name} ({one.method}{used}): {one.tracking_uri}"
        yield from (f"     {_variable(*pair)}" for pair in one.env.items())


def _servers() -> Iterator[str]:
    for one in statuses():
        facts = one.to_json()
        yield ", ".join(f"{key} {facts[key]}" for key in OF_A_SERVER if facts[key] is not None)
        lines = [line for line in tail_log(Path(one.log), LOG_LINES_READ) if not SUCCEEDED.search(line)][-LOG_LINES:]
        yield f"     last {len(lines)} lines of its log, without successful requests:" if lines else "     no log"
        yield from (f"     | {allow_log_line(line)}" for line in lines)


def allow_log_line(line: str) -> str:
    """Return what a report shows of a log line: a request, a server's start or end, an exception's name and place."""
    if source := SOURCE_LINE.fullmatch(line):
        return f"  File {source['file']}, line {source['line']}"
    shown = found["shown"] if (found := LINE.match(line)) else ""
    rest = line[len(shown) :]
    if request := REQUEST.fullmatch(rest.strip()):
        segments = (one if not one or SEGMENT.fullmatch(one) else HIDDEN for one in request["path"].split("/"))
        return f"{shown}{request['before']}{'/'.join(segments)}{request['after']}"
    if not rest.strip(": "):
        return shown.rstrip()
    known = KNOWN.search(rest)
    return " ".join(filter(None, (shown.strip(), known and known[0], f"(omitted: {len(rest)} characters)")))


def _or_error(lines: Callable[[], Iterator[str]]) -> Iterator[str]:
    """Yield lines; if one of quickstart's files is damaged, the last line says so."""
    try:
        yield from lines()
    except QuickstartError as error:
        yield one_line(error)


def _one_line(value: Any) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in str(value))
