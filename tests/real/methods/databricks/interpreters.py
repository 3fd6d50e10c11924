"""Interpreters that lack something on purpose, and a browser without a window."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

BROWSER = """#!{python}
import sys, urllib.request
{says}
urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(sys.argv[1], timeout=20).read()
"""


def bare_python(folder: Path) -> Path:
    """Make an interpreter with nothing in it, not even pip."""
    venv.EnvBuilder(symlinks=os.name != "nt").create(folder)
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def python_with_sdk(folder: Path) -> Path:
    """Make an interpreter that has what this one has, but MLflow."""
    python = bare_python(folder)
    said = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(("mlflow", "__editable__", "_virtualenv")):
            (Path(said.strip()) / entry.name).symlink_to(entry)
    return python


def browser(folder: Path, says: str = "") -> dict[str, str]:
    """Put a browser into a folder that goes where it is sent, and return the variables by which it is found."""
    folder.mkdir(exist_ok=True)
    for name in ("firefox", "browser"):
        (folder / name).write_text(BROWSER.format(python=sys.executable, says=f"print({says!r}, flush=True)"))
        (folder / name).chmod(0o755)
    path = os.pathsep.join((str(folder), os.environ.get("PATH", "")))
    return {"BROWSER": str(folder / "browser"), "DISPLAY": ":9", "PATH": path}
