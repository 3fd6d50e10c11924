"""The checks of preflight: a machine before there is a server."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from quickstart.diagnosis.checks import machine
from quickstart.diagnosis.context import Context, EffectiveUri, working_folder
from quickstart.diagnosis.models import Check, CheckResult, Layer, ok, warn
from quickstart.diagnosis.package_index import DEADLINE, Index
from quickstart.errors import QuickstartError
from quickstart.net.http import Http, clock_skew, environment_proxies
from quickstart.net.tcp import connect
from quickstart.runtime import install
from quickstart.server import ports
from quickstart.state.files import data_folder
from quickstart.system.machine import Probe
from quickstart.system.memory import free_mb, read_memory
from quickstart.system.shell import ssh_line

OLDEST = (3, 10)  # of Python, that MLflow 3 runs on
FULL, ENOUGH = 1_000, 2_000  # MB: a full MLflow is 850 MB, and is unpacked beside its download
LITTLE, TOO_LITTLE = 2_000, 1_000  # MB of memory
SLOW = 0.5  # MB/s
DOWNLOAD = 190  # MB that pip downloads for a full MLflow 3.17 on Linux
OFF, BROKEN = 5, 24 * 60  # minutes that a clock may be off: for logins, for certificates
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
HERE = "127.0.0.1"


class PreflightContext(Context):
    """A machine without a tracking URI to check."""

    def __init__(self, python: str | None = None) -> None:
        super().__init__(EffectiveUri("", "argument", ""), python=python, folder=working_folder())
        self._index: Index | None = None
        self._making = threading.Lock()
        self._closed = False

    @property
    def index(self) -> Index:
        """The package index, as the runtime sees it; raises the error for a runtime that does not run."""
        runtime = self.runtime
        with self._making:
            if self._index is None:
                self._index = Index(runtime)
                if self._closed:
                    self._index.close()
            return self._index

    def close(self) -> None:
        """End what still runs; nothing starts afterward."""
        with self._making:
            self._closed = True
            if self._index:
                self._index.close()

    @property
    def installed(self) -> bool:
        try:
            return self.runtime.mlflow is not None
        except QuickstartError:
            return False

    def fail_unless_installed(self, error: QuickstartError) -> CheckResult:
        """Raise an error that prevents installing MLflow; if MLflow is already there, it is a warning."""
        if not self.installed:
            raise error
        return CheckResult("warn", error=error)


def folder(context: PreflightContext) -> CheckResult:
    if not context.folder.is_dir():
        raise QuickstartError("folder-gone")
    if not os.access(context.folder, os.W_OK | os.X_OK):
        return warn("folder-read-only", detail=machine.refusal(context.folder))
    return ok("the current folder is writable")


def disk(context: PreflightContext) -> CheckResult:
    """Check the disk for MLflow, or for runs if MLflow is installed."""
    runtime = context.runtime
    places = [data_folder(), *([runtime.packages] if runtime.exists and not runtime.mlflow else [])]
    least = min(places, key=free_mb)
    free = free_mb(least)
    needed, enough, why = FULL, ENOUGH, "Installing MLflow needs 1 GB, and runs need space as well."
    if runtime.mlflow:
        needed, enough, why = machine.NO_ROOM, machine.LITTLE_ROOM, machine.NEEDS_ROOM
    if free < needed:
        raise QuickstartError("no-room-left", folder=str(least), free_mb=free, needs=why)
    if free < enough:
        return warn("little-room", folder=str(least), free_mb=free, needs=why)
    return ok(f"{machine.in_words(free)} free")


def memory(context: PreflightContext) -> CheckResult:
    found = read_memory(Probe())
    if found.mb < TOO_LITTLE:
        raise QuickstartError("no-memory-left", mb=found.mb, limit=found.limit)
    if found.mb < LITTLE:
        return warn("little-memory", mb=found.mb, limit=found.limit)
    return ok(f"{machine.in_words(found.mb)}, {found.limit}")


def listening(context: PreflightContext) -> CheckResult:
    """Check that a server can listen on this machine, and which port is free."""
    try:
        with socket.create_server((HERE, 0)) as server:
            number = server.getsockname()[1]
            connect(HERE, number)
        chosen, holder = ports.choose(HERE, ports.FIRST_CHOICE)
    except OSError as error:
        raise QuickstartError("no-port", detail=error.strerror or str(error)) from error
    if holder:
        return ok(f"{ports.FIRST_CHOICE} is in use by {holder}; a server uses {chosen} instead")
    return ok(f"{chosen} is free")


def browser(context: PreflightContext) -> CheckResult:
    where = context.machine
    if where.browser:
        return ok("a browser can be opened")
    line = (
        ssh_line(where.ssh, ports.FIRST_CHOICE)
        or f"ssh -N -L {ports.FIRST_CHOICE}:{HERE}:{ports.FIRST_CHOICE} you@this-machine"
    )
    why = "this is an ssh session" if where.ssh else "there is no display"
    return warn("no-browser", why=why, fix=line, port=ports.FIRST_CHOICE)


def clock(context: PreflightContext) -> CheckResult:
    """Compare the clock with the package index; without one, with the dates of quickstart's files."""
    newest = max(path.stat().st_mtime for path in Path(__file__).parent.glob("*.py"))
    answer = context.index.answer()
    reached = answer.error is None or answer.error.code == "index-empty"
    return judge_clock(time.time(), newest, _seconds_off(answer.page) if reached else None)


def judge_clock(now: float, newest: float, off: int | None) -> CheckResult:
    """Judge a clock. Pure.

    Args:
        now: what it shows, in seconds since 1970.
        newest: when our newest file was installed, by the same clock then.
        off: by how many seconds it is ahead of the index's; None if unknown.
    """
    if off is None:
        if newest - now > BROKEN * 60:
            raise QuickstartError("clock-behind", now=f"{datetime.fromtimestamp(now).astimezone():%Y-%m-%d %H:%M}")
        return ok("not compared with a server; it is later than quickstart's files")
    minutes = round(abs(off) / 60)
    if abs(off) < OFF * 60:
        return ok("agrees with the package index")
    error = QuickstartError("clock-off", minutes=minutes, way="ahead" if off > 0 else "behind")
    if minutes < BROKEN:
        return CheckResult("warn", error=error)
    raise error


def _seconds_off(page: str) -> int | None:
    """Return by how many seconds the clock is ahead of a server's; None if unknown."""
    if not page:
        return None
    try:
        with Http(page, read_timeout=3.0) as http:
            answer = http.request("HEAD", "")
    except QuickstartError:
        return None
    return clock_skew(answer) if "date" in answer.headers else None


def python(context: PreflightContext) -> CheckResult:
    """Check for a Python that MLflow can be installed into, or that one can be created."""
    runtime = context.runtime
    version = ".".join(map(str, runtime.version))
    if runtime.version < OLDEST:
        raise QuickstartError("python-too-old", python=str(runtime.python), version=version)
    if runtime.exists:
        if not runtime.mlflow:
            install.check_installable(runtime, "")
        return ok(f"Python {version}: {runtime.origin}")
    if not shutil.which("uv"):
        for module in ("venv", "ensurepip"):
            if importlib.util.find_spec(module) is None:
                raise QuickstartError("no-venv", module=module)
    return ok(f"Python {version}: {runtime.origin} can be created")


def mlflow(context: PreflightContext) -> CheckResult:
    runtime = context.runtime
    if runtime.mlflow:
        return ok(f"MLflow {runtime.mlflow} is installed")
    light = f"mlflow-skinny {runtime.client} is installed, without a server" if runtime.client else "not installed yet"
    return ok(f"{light}: 850 MB, a minute or more")


def network(context: PreflightContext) -> CheckResult:
    """Check for a network; a local package index needs none."""
    if context.machine.network:
        return ok("a network interface is up")
    if context.index.answer().error is None:
        return ok("only the loopback interface is up, but the package index works")
    return context.fail_unless_installed(QuickstartError("no-network"))


def proxy(context: PreflightContext) -> CheckResult:
    """Check that proxies respond, and do not apply to this machine."""
    named = {name: value for name in PROXIES if (value := context.environment.get(name))}
    if not named:
        return ok("no proxy is set")
    for name, value in named.items():
        if detail := _unanswered(value):
            return context.fail_unless_installed(QuickstartError("proxy-dead", variable=name, detail=detail))
    if environment_proxies(f"http://{HERE}:{ports.FIRST_CHOICE}"):
        first = next((name for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy") if name in named), "")
        return warn("proxy-before-localhost", variable=first or next(iter(named)))
    return ok(f"{', '.join(named)} is set and responds")


def _unanswered(proxy: str) -> str:
    """Return why a proxy is unreachable, without its credentials; "" if it responds."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host, number = parts.hostname or "", parts.port or {"https": 443, "socks5": 1080}.get(parts.scheme, 80)
        connect(host, number)
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    return ""


def index(context: PreflightContext) -> CheckResult:
    answer = context.index.answer()
    if answer.error:
        return context.fail_unless_installed(answer.error)
    if answer.speed is not None and answer.speed < SLOW and not context.installed:
        return warn("index-slow", speed=f"{answer.speed:.2g}", minutes=round(DOWNLOAD / answer.speed / 60) or 1)
    return ok(answer.words)


def preflight_checks(context: PreflightContext) -> list[Check]:
    """Return the checks in the order of their dependencies."""

    def one(
        name: str,
        layer: Layer,
        asks: str,
        look: Callable[[PreflightContext], CheckResult],
        needs: tuple[str, ...] = (),
        **more: float,
    ) -> Check:
        return Check(name, layer, asks, lambda _: look(context), needs=needs, **more)  # type: ignore[arg-type]

    patient = DEADLINE + 10
    return [
        one("folder", "machine", "the current folder is writable", folder),
        one("disk", "machine", "the disk has space for MLflow", disk, ("python",)),
        one("memory", "machine", "there is enough memory for a server", memory),
        one("port", "machine", "a server can listen on this machine", listening),
        one("browser", "machine", "a browser can be opened", browser),
        one("clock", "machine", "the clock is right", clock, ("python",), seconds=patient),
        one("python", "python", "a Python for MLflow exists", python, seconds=35.0),
        one("mlflow", "python", "MLflow is installed", mlflow, ("python",)),
        one("network", "network", "there is a network", network, ("python",), seconds=patient),
        one("proxy", "network", "the proxies respond", proxy, seconds=8.0),
        one("index", "network", "the package index works", index, ("python", "network", "proxy"), seconds=patient),
    ]
