"""Which interpreter is the runtime, and what it is. MLflow is never imported to find out."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.runtime.process import run_script
from quickstart.runtime.scripts.describe import describe
from quickstart.state import paths

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
        return run_script(python, "describe.py", timeout=ANSWER)
    except QuickstartError as fault:
        detail = fault.facts.get("detail", f"it did not answer within {ANSWER:g} s")
        raise QuickstartError("python-broken", ExitCode.USAGE, python=str(python), detail=detail) from fault
