"""Which interpreter is the runtime, and what it is. MLflow is never imported to find out."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from quickstart.errors import ExitCode, QuickstartError
from quickstart.runtime.scripts.describe import describe
from quickstart.state import paths

SCRIPTS = Path(__file__).parent / "scripts"
ANSWER = 10.0  # seconds for an interpreter to say what it is
OLDEST = (3, 9)  # what the scripts in runtime/scripts run on


@dataclass(frozen=True)
class Runtime:
    """An interpreter that holds MLflow, or will.

    Args:
        python: path of the interpreter.
        origin: why this one, in words.
        exists: False for the managed environment before it is made.
        managed: whether quickstart made it and may delete it.
        version: (major, minor, micro).
        packages: folder that packages are installed into.
        writable: whether this user may write there.
        externally_managed: whether the operating system forbids pip to install there (PEP 668).
        mlflow: version of the full MLflow in it, or None.
        mlflow_in: the folder that MLflow is installed in; with the system's packages in sight, not always `packages`.
        client: version of MLflow's client in it, which the light mlflow-skinny has too, or None.
        sdk: version of databricks-sdk in it, or None.
    """

    python: Path
    origin: str
    exists: bool = True
    managed: bool = False
    version: tuple[int, ...] = ()
    packages: Path = Path()
    writable: bool = True
    externally_managed: bool = False
    mlflow: str | None = None
    mlflow_in: Path | None = None
    client: str | None = None
    sdk: str | None = None


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment for a process in the runtime, without what belongs to another interpreter or server.

    PYTHON... would make it import somebody else's modules, or end at a warning; MLFLOW_* and DATABRICKS_* of the
    shell would decide where a server keeps its data or a client sends it.

    Args:
        more: variables to set.
    """
    foreign = ("MLFLOW_", "_MLFLOW_", "DATABRICKS_", "UVICORN_")
    # Whoever sets prometheus_multiproc_dir for an application of theirs need not have what MLflow then imports.
    alone = {"WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "PROMETHEUS_MULTIPROC_DIR"}
    harmless = {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}

    def passed(name: str) -> bool:
        pythons = re.match("PYTHON[A-Z]", name) and name not in harmless
        return not pythons and name.upper() not in alone and not name.startswith(foreign)

    kept = {key: value for key, value in os.environ.items() if passed(key)}
    return {**kept, "PYTHONUTF8": "1", **more}


def find_runtime(python: str | None = None, origin: str | None = None) -> Runtime:
    """Find the Python environment that has MLflow and describe it.

    Args:
        python: path that the person gave; it goes before every rule.
        origin: why that one, in words, where the person did not give it.

    Returns:
        The given one; else the active virtual or conda environment's; else the wizard's own, where that is a
        virtual environment made to last; else the managed environment in quickstart's data folder.

    Raises:
        Fault: "python-missing" or "python-broken" where the given or active interpreter cannot run.
    """
    if python:
        return _described(Path(python).expanduser().absolute(), origin or "the Python that you named")
    for variable, what in (
        ("VIRTUAL_ENV", "the active virtual environment"),
        ("CONDA_PREFIX", "the active conda environment"),
    ):
        if os.environ.get(variable):
            return _described(python_of(Path(os.environ[variable])), what)
    if _lasting(Path(sys.prefix)):
        return _described(Path(sys.executable), "quickstart's own virtual environment")
    return managed_runtime()


def managed_folder(name: str = "") -> Path:
    """Return the folder of a managed environment. The dot keeps it apart from every server's store.

    Args:
        name: of one that is apart, for packages that do not go with the usual MLflow; "" for the usual one.
    """
    return paths.data_folder() / (f".environment-{name}" if name else ".environment")


def managed_runtime(name: str = "") -> Runtime:
    """Return a managed environment as the runtime, also before it is made."""
    python = python_of(managed_folder(name))
    if python.exists():
        return _described(python, "quickstart's managed environment", managed=True)
    version = sys.version_info[:3]
    return Runtime(python, "a new environment of quickstart's own", exists=False, managed=True, version=version)


def python_of(prefix: Path) -> Path:
    """Return the interpreter of an environment."""
    if sys.platform != "win32":
        return prefix / "bin" / "python"
    in_scripts = prefix / "Scripts" / "python.exe"
    return in_scripts if in_scripts.exists() else prefix / "python.exe"


def _lasting(prefix: Path) -> bool:
    """Tell whether the wizard's own environment was made to last and by the person: not by uvx, uv tool or pipx."""
    if sys.prefix == sys.base_prefix:
        return False
    tools = ("pipx_metadata.json", "uv-receipt.toml")
    if any((prefix / name).exists() for name in tools):
        return False
    # uvx keeps its throw-away environments in uv's cache: archive-v0/..., environments-v2/..., builds-v0/...
    return not any(part.startswith(("archive-v", "environments-v", "builds-v")) for part in prefix.parts)


def _described(python: Path, origin: str, *, managed: bool = False) -> Runtime:
    facts = describe() if is_own(python) else _ask(python)
    if tuple(facts["version"]) < OLDEST:
        raise QuickstartError(
            "python-too-old", python=str(python), version=_dotted(facts["version"]), oldest=_dotted(OLDEST)
        )
    return Runtime(
        python=python,
        origin=origin,
        managed=managed,
        version=tuple(facts["version"]),
        packages=Path(facts["packages"]),
        writable=facts["writable"],
        externally_managed=facts["externally_managed"],
        mlflow=facts["mlflow"],
        mlflow_in=Path(facts["mlflow_in"]) if facts["mlflow_in"] else None,
        client=facts["mlflow"] or facts["mlflow_skinny"],
        sdk=facts["databricks_sdk"],
    )


def is_own(python: Path) -> bool:
    """Tell whether this is the interpreter we run in: in the same folder, for a virtual environment is a link."""
    own = Path(sys.executable)
    return python.parent == own.parent and python.exists() and python.resolve() == own.resolve()


def _dotted(version: tuple[int, ...] | list[int]) -> str:
    return ".".join(str(part) for part in version)


def _ask(python: Path) -> dict[str, Any]:
    if not python.exists():
        raise QuickstartError("python-missing", ExitCode.USAGE, python=str(python))
    try:
        return dict(run_script(python, "describe.py", timeout=ANSWER)[-1])
    except QuickstartError as fault:
        detail = fault.facts.get("detail", f"it did not answer within {ANSWER:g} s")
        raise QuickstartError("python-broken", ExitCode.USAGE, python=str(python), detail=detail) from fault


def run_script(
    python: Path,
    script: str,
    *,
    request: Mapping[str, Any] | None = None,
    timeout: float,
    **environment: str,
) -> list[Any]:
    """Run one of runtime/scripts in the runtime and return its JSON lines.

    Args:
        python: the runtime's interpreter.
        script: file name.
        request: sent as one JSON line on stdin.
        timeout: seconds until it is ended.
        environment: variables to set.

    Raises:
        Fault: "script-failed", with the last lines it printed, or "script-silent" when the time is up.
    """
    return _run(python, script, request or {}, timeout, clean_environment(**environment), SCRIPTS)


def run_in_shell(
    python: Path, script: str, *, timeout: float, environment: Mapping[str, str], folder: Path
) -> list[Any]:
    """Run one of runtime/scripts as the person's own programs run: with their variables, in their folder.

    Args:
        python: the runtime's interpreter.
        script: file name.
        timeout: seconds until it is ended.
        environment: all of its variables.
        folder: the working directory.

    Raises:
        Fault: as run_script() does.
    """
    return _run(python, script, {}, timeout, environment, folder)


def _run(
    python: Path,
    script: str,
    request: Mapping[str, Any],
    timeout: float,
    environment: Mapping[str, str],
    folder: Path,
) -> list[Any]:
    command = [str(python), str(SCRIPTS / script)]
    facts: dict[str, Any] = {"python": str(python), "script": script}
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    words: dict[str, Any] = {"text": True, "encoding": "utf-8", "errors": "replace"}
    try:
        child = subprocess.Popen(command, cwd=folder, env=dict(environment), **pipes, **words)  # noqa: S603 - the person's own
    except OSError as error:
        raise QuickstartError("python-broken", **facts, detail=str(error)) from error
    with child:
        try:
            out, err = child.communicate(json.dumps(request) + "\n", timeout=timeout)
        except subprocess.TimeoutExpired as error:
            _end(child)
            raise QuickstartError("script-silent", **facts, seconds=timeout) from error
        except BaseException:
            _end(child)
            raise
    lines = _json_lines(out)
    if child.returncode or not lines:
        last = (err or out).strip().splitlines()[-1:] or ["no output"]
        raise QuickstartError("script-failed", **facts, detail=last[0], status=child.returncode)
    return lines


def _end(child: subprocess.Popen[str]) -> None:
    """End a process with all that it started: an interpreter may be a script that started another."""
    with contextlib.suppress(psutil.Error):
        for one in psutil.Process(child.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                one.kill()
    child.kill()


def mlflow_command(python: Path, *arguments: str, timeout: float) -> None:
    """Run a command of MLflow's own command line in the runtime.

    Args:
        python: the runtime's interpreter.
        arguments: such as "db", "upgrade", "sqlite:////runs/mlflow.db".
        timeout: seconds until it is ended.

    Raises:
        Fault: "script-failed" with what MLflow said, or what run_script() raises.
    """
    answer = run_script(python, "mlflow_command.py", request={"arguments": arguments}, timeout=timeout)[-1]
    if answer["error"]:
        command = f"mlflow {arguments[0]}"
        raise QuickstartError("script-failed", python=str(python), script=command, detail=answer["error"], status=1)


def _json_lines(text: str) -> list[Any]:
    """Return the JSON objects among the lines of a script's output; whatever else a site prints is passed over."""
    found = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            if line.startswith("{"):
                found.append(json.loads(line))
    return found
