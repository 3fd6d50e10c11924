"""The runtime: the Python environment that has MLflow. It is found and described without importing MLflow."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.runtime.process import run_script
from quickstart.runtime.scripts.describe import describe, version_of
from quickstart.state import files

ANSWER = 10.0  # seconds for an interpreter to describe itself
OLDEST = (3, 9)  # what the scripts in runtime/scripts run on


@dataclass(frozen=True)
class Runtime:
    """A Python environment that has MLflow, or will have it.

    Args:
        origin: why this one was chosen, in words.
        exists: False for a managed environment that is not created yet.
        managed: whether quickstart created it and may delete it.
        packages: folder that packages are installed into.
        externally_managed: whether the operating system forbids pip to install there (PEP 668).
        mlflow: version of the full MLflow in it, or None.
        mlflow_in: the folder that MLflow is installed in; not `packages` if it is one of the system's packages.
        client: version of MLflow's client in it, which the light mlflow-skinny has too, or None.
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

    It is the given one; else the active virtual or conda environment; else quickstart's own environment, if it is a
    permanent virtual environment; else the managed environment in quickstart's data folder.

    Args:
        origin: why that one, in words, if the person did not give it.

    Raises:
        QuickstartError: "python-missing" or "python-broken" if the given or active interpreter cannot run.
    """
    if python:
        return _describe(Path(python).expanduser().absolute(), origin or "the Python you specified")
    for variable, what in (
        ("VIRTUAL_ENV", "the active virtual environment"),
        ("CONDA_PREFIX", "the active conda environment"),
    ):
        if os.environ.get(variable):
            return _describe(python_of(Path(os.environ[variable])), what)
    if _is_permanent(Path(sys.prefix)):
        return _describe(Path(sys.executable), "quickstart's own virtual environment")
    return managed_runtime()


def managed_folder(name: str = "") -> Path:
    """The dot keeps a managed environment apart from the stores of servers.

    Args:
        name: of a separate one, for packages that conflict with the usual MLflow; "" for the usual one.
    """
    return files.data_folder() / (f".environment-{name}" if name else ".environment")


def managed_runtime(name: str = "") -> Runtime:
    python = python_of(managed_folder(name))
    if python.exists():
        return _describe(python, "quickstart's managed environment", managed=True)
    version = sys.version_info[:3]
    return Runtime(python, "a new environment managed by quickstart", exists=False, managed=True, version=version)


def python_of(prefix: Path) -> Path:
    if sys.platform != "win32":
        return prefix / "bin" / "python"
    in_scripts = prefix / "Scripts" / "python.exe"
    return in_scripts if in_scripts.exists() else prefix / "python.exe"


def _is_permanent(prefix: Path) -> bool:
    """Tell whether quickstart runs in a virtual environment that the person created, not in one of uvx or pipx."""
    if sys.prefix == sys.base_prefix:
        return False
    tools = ("pipx_metadata.json", "uv-receipt.toml")
    if any((prefix / name).exists() for name in tools):
        return False
    # uvx keeps its temporary environments in uv's cache: archive-v0/..., environments-v2/..., builds-v0/...
    return not any(part.startswith(("archive-v", "environments-v", "builds-v")) for part in prefix.parts)


def _describe(python: Path, origin: str, *, managed: bool = False) -> Runtime:
    facts = describe() if is_own(python) else _ask(python)
    if tuple(facts["version"]) < OLDEST:
        version, oldest = _dotted(facts["version"]), _dotted(OLDEST)
        raise QuickstartError("python-too-old", python=str(python), version=version, oldest=oldest)
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
    """Tell whether quickstart runs in this interpreter; the folder counts, because virtual environments are links."""
    own = Path(sys.executable)
    return python.parent == own.parent and python.exists() and python.resolve() == own.resolve()


def _dotted(version: tuple[int, ...] | list[int]) -> str:
    return ".".join(str(part) for part in version)


def _ask(python: Path) -> dict[str, Any]:
    if not python.exists():
        raise QuickstartError("python-missing", ExitCode.USAGE, python=str(python))
    try:
        return run_script(python, "describe.py", timeout=ANSWER)
    except QuickstartError as error:
        detail = error.facts.get("detail", f"it did not answer within {ANSWER:g} s")
        raise QuickstartError("python-broken", ExitCode.USAGE, python=str(python), detail=detail) from error


if TYPE_CHECKING:
    from packaging.version import Version

LONGEST = 60  # characters of a version; a server may answer with anything


def parse_version(text: str) -> Version | None:
    """Return None if the text is not a version (PEP 440)."""
    from packaging.version import Version  # noqa: PLC0415 - start-up: only this function needs it

    try:
        return Version(text) if len(text) <= LONGEST else None
    except ValueError:
        return None


def matches(version: str, specifier: str) -> bool:
    """Tell whether a version, which may be a pre-release, satisfies a specifier such as "<3" or ">=2.8"."""
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415 - start-up: only this function needs it

    parsed = parse_version(version)
    return parsed is not None and SpecifierSet(specifier).contains(parsed, prereleases=True)


def installed_versions(runtime: Runtime, *distributions: str) -> dict[str, str | None]:
    """The version of each distribution in the runtime, or None."""
    if not runtime.exists:
        return dict.fromkeys(distributions)
    if is_own(runtime.python):
        return {name: version_of(name) for name in distributions}
    request = {"versions": distributions}
    return dict(run_script(runtime.python, "describe.py", request=request, timeout=30)["versions"])
