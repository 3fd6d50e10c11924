"""Install a package into the runtime: check first, report progress, and name the cause of a failure."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.runtime import process
from quickstart.runtime.find import OLDEST, Runtime
from quickstart.state import files
from quickstart.system import signals

# MLflow needs about 850 MB on disk and is unpacked beside its download.
SPACE_NEEDED = {"mlflow": 1_000_000_000, "mlflow-skinny": 150_000_000}
DEADLINE = 1800.0  # seconds; a slow network needs ten minutes for 850 MB

# The output of pip or uv for each cause; the first match counts.
CAUSES: tuple[tuple[str, str], ...] = (
    ("no-space", r"No space left on device|os error 28|Disk quota exceeded"),
    (
        "conflict",
        r"ResolutionImpossible|conflicting dependencies|"
        r"No solution found(?![\s\S]*was not found in the package registry)|Requires-Python|requires? a different",
    ),
    (
        "no-index",
        r"NewConnectionError|Failed to establish a new connection|name resolution|getaddrinfo failed|Network is "
        r"unreachable|dns error|error sending request|ConnectTimeoutError|ProxyError|Cannot connect to proxy|"
        r"invalid peer certificate|CERTIFICATE_VERIFY_FAILED|"
        r"Connection refused|from versions: none|Could not fetch URL|tcp connect error",
    ),
    ("no-permission", r"Permission denied|\[Errno 13\]|\[WinError 5\]|Access is denied|Read-only file system"),
    ("not-found", r"No matching distribution found|was not found in the package registry"),
)


def check_installable(runtime: Runtime, requirement: str) -> None:
    """Check the requirements of an installation before anything is changed.

    Raises:
        QuickstartError: "externally-managed", "packages-not-writable", "python-too-old" or "disk-full".
    """
    if not runtime.exists:
        folder = _existing(runtime.python)
    else:
        folder = runtime.packages
        if runtime.externally_managed:
            raise QuickstartError("externally-managed", python=str(runtime.python))
        if not runtime.writable:
            raise QuickstartError("packages-not-writable", python=str(runtime.python), folder=str(folder))
    if runtime.version < OLDEST:
        raise QuickstartError("python-too-old", python=str(runtime.python), version=".".join(map(str, runtime.version)))
    needed = SPACE_NEEDED.get(re.split(r"[<>=!~\[ ]", requirement)[0], 0)
    free = shutil.disk_usage(_existing(folder)).free
    if free < needed:
        raise QuickstartError("disk-full", folder=str(folder), free_mb=free // 10**6, needed_mb=needed // 10**6)


def _existing(path: Path) -> Path:
    return next(parent for parent in (path, *path.parents) if parent.exists())


def create_environment(folder: Path, progress: Progress) -> None:
    """Create a managed environment with quickstart's own Python; raise "venv-failed"."""
    uv = shutil.which("uv")
    command = [uv, "venv", "--seed", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    log = install_log()
    files.private_folder(folder.parent)
    if _run([*command, str(folder)], log, progress, f"creating an environment in {folder}"):
        shutil.rmtree(folder, ignore_errors=True)
        raise QuickstartError("venv-failed", folder=str(folder), log=str(log), detail=_last_line(log))


def install(python: Path, requirement: str, progress: Progress) -> None:
    """Install a requirement with uv if it is on the PATH, else with pip.

    Raises:
        QuickstartError: "install-failed"; its fact `cause` is one of CAUSES, "no-pip" or "unknown".
    """
    command = install_command(python, requirement)
    log = install_log()
    if status := _run(command, log, progress, f"installing {requirement}"):
        text = log.read_text(encoding="utf-8", errors="replace")
        raise QuickstartError(
            "install-failed",
            requirement=requirement,
            python=str(python),
            cause=failure_cause(text),
            status=status,
            log=str(log),
            detail=_last_line(log),
            command=" ".join(command),
        )


def install_command(python: Path, requirement: str) -> list[str]:
    if uv := shutil.which("uv"):
        # Otherwise the first start of the server compiles 8,000 files.
        return [uv, "pip", "install", "--compile-bytecode", "--python", str(python), requirement]
    return [str(python), "-m", "pip", "install", "--disable-pip-version-check", requirement]


def failure_cause(output: str) -> str:
    if re.search(r"No module named '?pip", output):
        return "no-pip"
    return next((cause for cause, pattern in CAUSES if re.search(pattern, output)), "unknown")


def install_log() -> Path:
    return files.private_folder(files.state_folder() / "logs") / "install.log"


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    telling = [line for line in lines if line and not line.startswith(("WARNING", "[notice]"))]
    return telling[-1] if telling else "no output"


def _current_package(line: str) -> str:
    found = re.match(r"\s*(?:Collecting|Downloading|Using cached|Installing|Building|Resolved|Prepared)\b.*", line)
    return re.sub(r"https?://\S+/", "", found.group().strip())[:70] if found else ""


def _run(command: list[str], log: Path, progress: Progress, doing: str) -> int:
    """Write the output into the log; return the exit status."""
    progress(doing, f"log: {log}")
    try:
        child = process.start(command)
    except OSError as error:
        raise QuickstartError("python-broken", python=command[0], detail=error.strerror or str(error)) from error
    try:
        with open(log, "w", encoding="utf-8", opener=files.private_opener) as file:
            for line in process.read_lines(child, DEADLINE, child.terminate):
                signals.raise_if_stopped()
                file.write(line)
                file.flush()
                if package := _current_package(line):
                    progress(doing, package)
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
        child.wait()
