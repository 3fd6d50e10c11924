"""The package index, tested as an installation of MLflow uses it: with pip, or with uv if there is no pip.

So a mirror, a proxy or a certificate that the person set applies here as well.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.runtime import process
from quickstart.runtime.find import Runtime
from quickstart.runtime.install import failure_cause

PACKAGE = "mlflow-skinny"  # 4 MB, and the closest to MLflow
DEADLINE = 45.0  # seconds
PATIENCE = 7  # seconds for one answer; with one retry, a black hole is reported within 18 s
SIZE = re.compile(r"\bDownloading .*?\((\d+(?:\.\d+)?) ?([kKM])i?B\)")
PAGE = re.compile(rf"https?://[^\s'\"]+/{PACKAGE}/?(?=[\s'\"]|$)")

# What pip or uv print if a proxy, a certificate or the network is the cause.
PROXY = re.compile(r"ProxyError|[Cc]annot connect to proxy|proxy connection error|Unable to connect to proxy|\b407\b")
TLS = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLError|SSL: |ssl certificate|invalid peer certificate|UnknownIssuer")
UNREACHED = re.compile(r"Could not fetch URL|after connection broken|not a trusted or secure host")
NOTHING = re.compile(r"from versions: none|was not found in the package registry")
# How the line with the cause ends, the most specific first.
WHY: tuple[str, ...] = (
    r"(Name or service not known|nodename nor servname[^'\")]*|getaddrinfo failed|[Tt]emporary failure in name \w+)",
    r"(\[SSL: [^\]]*\][^'\"(]*)",
    r"(invalid peer certificate: \w+)",
    r"(Tunnel connection failed: [^'\")]+)",
    r"(\d{3} (?:Client|Server) Error: [\w -]+)",
    r"\[Errno -?\d+\] ([^'\")(\\]+)",
    r"(timed out|Connection refused|not a trusted or secure host)",
)


@dataclass(frozen=True)
class Answer:
    """The result of a test.

    Args:
        speed: in MB/s; None if it was too fast to measure, or a local index.
        page: URL of the index; "" if it is not a web server.
    """

    error: QuickstartError | None = None
    speed: float | None = None
    page: str = ""
    words: str = ""


@dataclass(frozen=True)
class InstallerOutput:
    """What an installer printed, and when.

    Args:
        status: its exit status; None if it was killed.
        downloading: seconds from the line that names the download until it ended; None without one.
    """

    status: int | None
    text: str
    seconds: float
    downloading: float | None


class Index:
    """The index as one Python sees it, tested once."""

    def __init__(self, runtime: Runtime) -> None:
        self._python = runtime.python if runtime.exists else Path(sys.executable)
        self._lock = threading.Lock()
        self._answer: Answer | None = None
        self._child: subprocess.Popen[str] | None = None
        self._beginning = threading.Lock()  # nothing starts after close()
        self._closed = False
        self._folder: str | None = None

    def answer(self) -> Answer:
        """Test the index once, and return the result; all callers wait for it."""
        with self._lock:
            if self._answer is None:
                self._answer = self._test()
            return self._answer

    def close(self) -> None:
        """End the installer if it still runs, and delete its download."""
        with self._beginning:
            self._closed = True
        child = self._child
        if child and child.poll() is None:
            child.kill()
            with suppress(subprocess.TimeoutExpired):
                child.wait(5)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _test(self) -> Answer:
        try:
            with self._beginning:
                if self._closed:
                    return Answer(words="stopped")
                self._folder = tempfile.mkdtemp(prefix="quickstart-index-")
        except OSError as error:
            detail = error.strerror or str(error)
            return Answer(QuickstartError("index-broken", detail=detail, installer="the disk", command="df -h"))
        uv = shutil.which("uv")
        output = self._run(self._by_pip())
        if failure_cause(output.text) != "no-pip":
            return self._interpret("pip", output)
        if uv is None:
            return Answer(QuickstartError("no-installer", python=str(self._python)))
        return self._interpret("uv", self._run(self._by_uv(uv)))

    def _by_pip(self) -> list[str]:
        return [
            *(str(self._python), "-m", "pip", "-vv", "download", PACKAGE, "--no-deps", "--only-binary", ":all:"),
            *("--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"),
            *("--retries", "1", "--timeout", str(PATIENCE), "-d", str(self._folder)),
        ]

    def _by_uv(self, uv: str) -> list[str]:
        return [
            *(uv, "pip", "install", "-v", PACKAGE, "--no-deps", "--only-binary", ":all:", "--no-cache"),
            *("--no-progress", "--python", str(self._python), "--target", f"{self._folder}/packages"),
        ]

    def _run(self, command: list[str]) -> InstallerOutput:
        began, started = time.monotonic(), 0.0
        # pip may be configured for virtual environments only; a download changes none.
        settings = process.clean_environment(
            PYTHONUNBUFFERED="1",
            PIP_REQUIRE_VIRTUALENV="0",
            UV_HTTP_TIMEOUT=str(PATIENCE),
            TMPDIR=str(self._folder),  # so that a killed one leaves nothing
        )
        lines = []
        try:
            child = self._start(command, settings)
        except OSError as error:
            return InstallerOutput(1, error.strerror or str(error), 0.0, None)
        for line in process.read_lines(child, DEADLINE, child.kill):
            lines.append(line)
            if SIZE.search(line):
                started = time.monotonic()
        status = child.wait()
        ended = time.monotonic()
        late = ended - began >= DEADLINE
        return InstallerOutput(
            None if late else status, "".join(lines), ended - began, ended - started if started else None
        )

    def _start(self, command: list[str], settings: dict[str, str]) -> subprocess.Popen[str]:
        """Start an installer; raise OSError if that fails, or after close()."""
        with self._beginning:
            if self._closed:
                raise OSError("stopped")
            self._child = process.start(command, self._folder, environment=settings)
            return self._child

    def _interpret(self, installer: str, printed: InstallerOutput) -> Answer:
        command = f"{shlex.quote(str(self._python))} -m pip download {PACKAGE} --no-deps"
        if installer == "uv":
            command = f"uv pip install {PACKAGE} --no-deps --python {shlex.quote(str(self._python))} --dry-run"
        return interpret(installer, printed, command)


def interpret(installer: str, printed: InstallerOutput, command: str) -> Answer:
    """Interpret the output of an installer; `command` shows a person the same output. Pure."""
    page = PAGE.search(printed.text)
    address = page.group() if page else ""
    if printed.status == 0:
        speed = _speed(printed)
        came = f"{installer} fetched {PACKAGE} in {printed.seconds:.1f} s"
        return Answer(speed=speed, page=address, words=f"{came}, at {speed:.2g} MB/s" if speed else came)
    if printed.status is None:
        return Answer(
            QuickstartError("index-silent", installer=installer, command=command, seconds=DEADLINE), page=address
        )
    return Answer(_refusal(printed.text, installer, command), page=address)


def _refusal(text: str, installer: str, command: str) -> QuickstartError:
    facts: dict[str, Any] = {"installer": installer, "command": command, "detail": _why(text)}
    if PROXY.search(text):
        return QuickstartError("index-proxy", **facts)
    if TLS.search(text):
        return QuickstartError("index-tls", **facts)
    if UNREACHED.search(text) or (failure_cause(text) == "no-index" and not NOTHING.search(text)):
        return QuickstartError("index-unreachable", **facts)
    if NOTHING.search(text):
        return QuickstartError("index-empty", **facts)
    return QuickstartError("index-broken", **facts)


def _speed(printed: InstallerOutput) -> float | None:
    """Return MB/s, from the size that the installer prints and the time after that."""
    size = SIZE.search(printed.text)
    if size is None or not printed.downloading:
        return None
    megabytes = float(size[1]) / (1 if size[2] == "M" else 1000)
    return megabytes / printed.downloading


def _why(text: str) -> str:
    for pattern in WHY:
        if found := re.search(pattern, text):
            return found[1].strip().rstrip(".")
    errors = [line for line in text.splitlines() if line.lstrip().lower().startswith(("error", "caused by"))]
    last = (errors or text.strip().splitlines() or ["no output"])[-1].strip()
    return re.sub(r"^ERROR: |(?<=://)[^/@\s]*@", "", last)[:200].rstrip(".")
