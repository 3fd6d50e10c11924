"""The package index, asked as an installation of MLflow asks it: by pip itself, or by uv where there is no pip.

So whatever the person set, such as a mirror, a proxy or a certificate, counts here as it counts there.
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

PACKAGE = "mlflow-skinny"  # 4 MB, and as near to MLflow as it gets
DEADLINE = 45.0  # seconds
PATIENCE = 7  # seconds for one answer; with one more try a black hole is told within 18 s
SIZE = re.compile(r"\bDownloading .*?\((\d+(?:\.\d+)?) ?([kKM])i?B\)")
PAGE = re.compile(rf"https?://[^\s'\"]+/{PACKAGE}/?(?=[\s'\"]|$)")

# What pip or uv print where a proxy, a certificate or the way to the index is at fault.
PROXY = re.compile(r"ProxyError|[Cc]annot connect to proxy|proxy connection error|Unable to connect to proxy|\b407\b")
TLS = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLError|SSL: |ssl certificate|invalid peer certificate|UnknownIssuer")
UNREACHED = re.compile(r"Could not fetch URL|after connection broken|not a trusted or secure host")
NOTHING = re.compile(r"from versions: none|was not found in the package registry")
# How the line ends that says why, the most telling first.
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
    """What came of asking.

    Args:
        error: what stood in the way; None where a package came.
        speed: in MB/s; None where the package came too fast to say, or from this machine.
        page: address that the index was asked at; "" where it is no web server.
        words: what came, for a person.
    """

    error: QuickstartError | None = None
    speed: float | None = None
    page: str = ""
    words: str = ""


@dataclass(frozen=True)
class InstallerOutput:
    """What an installer printed, and when.

    Args:
        status: its exit status; None where it was ended.
        text: all lines.
        seconds: until it ended.
        downloading: seconds from the line that names the download until it ended; None without one.
    """

    status: int | None
    text: str
    seconds: float
    downloading: float | None


class Index:
    """The index as one Python sees it; asked once, however many want to know.

    Args:
        runtime: the Python that MLflow is, or will be, installed into.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._python = runtime.python if runtime.exists else Path(sys.executable)
        self._lock = threading.Lock()
        self._answer: Answer | None = None
        self._child: subprocess.Popen[str] | None = None
        self._beginning = threading.Lock()  # nothing is begun once it is closed
        self._closed = False
        self._folder: str | None = None

    def answer(self) -> Answer:
        """Return what came of asking; the first who wants to know waits for it, and so do the others."""
        with self._lock:
            if self._answer is None:
                self._answer = self._asked()
            return self._answer

    def close(self) -> None:
        """End the installer, if it is still at work, and take away what it fetched."""
        with self._beginning:
            self._closed = True
        child = self._child
        if child and child.poll() is None:
            child.kill()
            with suppress(subprocess.TimeoutExpired):
                child.wait(5)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _asked(self) -> Answer:
        try:
            with self._beginning:
                if self._closed:
                    return Answer(words="nobody wants to know any more")
                self._folder = tempfile.mkdtemp(prefix="quickstart-index-")
        except OSError as error:
            detail = error.strerror or str(error)
            return Answer(QuickstartError("index-broken", detail=detail, installer="the disk", command="df -h"))
        uv = shutil.which("uv")
        told = self._run(self._by_pip())
        if failure_cause(told.text) != "no-pip":
            return self._told("pip", told)
        if uv is None:
            return Answer(QuickstartError("no-installer", python=str(self._python)))
        return self._told("uv", self._run(self._by_uv(uv)))

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
        # A person may have told pip to work in virtual environments only; asking changes none.
        settings = process.clean_environment(
            PYTHONUNBUFFERED="1",
            PIP_REQUIRE_VIRTUALENV="0",
            UV_HTTP_TIMEOUT=str(PATIENCE),
            TMPDIR=str(self._folder),  # so that nothing is left of one that is ended
        )
        lines = []
        try:
            child = self._started(command, settings)
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

    def _started(self, command: list[str], settings: dict[str, str]) -> subprocess.Popen[str]:
        """Start an installer; raise OSError where it cannot be, or where nobody wants to know any more."""
        with self._beginning:
            if self._closed:
                raise OSError("it was stopped")
            self._child = process.start(command, self._folder, environment=settings)
            return self._child

    def _told(self, installer: str, printed: InstallerOutput) -> Answer:
        command = f"{shlex.quote(str(self._python))} -m pip download {PACKAGE} --no-deps"
        if installer == "uv":
            command = f"uv pip install {PACKAGE} --no-deps --python {shlex.quote(str(self._python))} --dry-run"
        return read(installer, printed, command)


def read(installer: str, printed: InstallerOutput, command: str) -> Answer:
    """Return what an installer's output means. Pure.

    Args:
        installer: "pip" or "uv".
        printed: what it printed.
        command: that shows the same to a person.
    """
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
    """Return what kept a package from coming."""
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
    """Return MB/s, by the size that the installer names and the time from then on."""
    size = SIZE.search(printed.text)
    if size is None or not printed.downloading:
        return None
    megabytes = float(size[1]) / (1 if size[2] == "M" else 1000)
    return megabytes / printed.downloading


def _why(text: str) -> str:
    """Return in a few words what an installer complains of."""
    for pattern in WHY:
        if found := re.search(pattern, text):
            return found[1].strip().rstrip(".")
    complaints = [line for line in text.splitlines() if line.lstrip().lower().startswith(("error", "caused by"))]
    last = (complaints or text.strip().splitlines() or ["it printed nothing"])[-1].strip()
    return re.sub(r"^ERROR: |(?<=://)[^/@\s]*@", "", last)[:200].rstrip(".")
