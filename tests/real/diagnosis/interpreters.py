"""Interpreters that hold exactly what a test says, and the commands in them."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.real.methods.databricks.interpreters import bare_python

PIP = Path(str(importlib.util.find_spec("pip").origin)).parent  # type: ignore[union-attr]


def python_with(folder: Path, *packages: tuple[str, str], pip: bool = False) -> Path:
    """Make an interpreter that holds packages by name and version, as far as their metadata tells.

    Args:
        folder: where its environment is made.
        packages: name and version of each.
        pip: whether it has pip, the one of the interpreter that runs the tests.
    """
    python = bare_python(folder)
    for name, version in packages:
        add(python, name, version)
    if pip:
        (site_of(python) / "pip").symlink_to(PIP)
    return python


def site_of(python: Path) -> Path:
    """Return the folder that packages are installed into."""
    said = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    return Path(said.strip())


def add(
    python: Path,
    name: str,
    version: str,
    *,
    requires: Iterable[str] = (),
    entry_points: str = "",
    folder: Path | None = None,
) -> None:
    """Add the metadata of a package to an interpreter, or to a folder that it looks into."""
    info = (folder or site_of(python)) / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}", encoding="utf-8"
    )
    (info / "RECORD").write_text("", encoding="utf-8")
    if entry_points:
        (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")


def command(python: Path, name: str = "mlflow") -> Path:
    """Put a command beside an interpreter, as pip does."""
    script = python.parent / name
    script.write_text(f"#!{python}\nfrom mlflow.cli import cli\ncli()\n", encoding="utf-8")
    script.chmod(0o755)
    return script
