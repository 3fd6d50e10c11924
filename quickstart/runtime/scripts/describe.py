"""Describe an interpreter and its packages as one JSON line. Standard library only; imports no MLflow.

Reads one JSON line from stdin: {"check": true} for pip check's conflicts that affect MLflow -> {"pip": whether it is
installed, "clashes": [lines]}; {"group": name} for a group of entry points -> {"names": [...]}; {"module": name} ->
{"file": path or null}; otherwise the facts about the interpreter, with the {"versions": [distributions]}.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
import sysconfig
from typing import Any

ROOTS = ("mlflow", "mlflow-skinny", "mlflow-tracing")


def version_of(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def folder_of(distribution: str) -> str | None:
    """The folder need not be the interpreter's own."""
    try:
        return os.path.abspath(str(importlib.metadata.distribution(distribution).locate_file("")))
    except importlib.metadata.PackageNotFoundError:
        return None


def describe() -> dict[str, Any]:
    packages = sysconfig.get_path("purelib")
    in_virtualenv = sys.prefix != sys.base_prefix
    marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    return {
        "executable": sys.executable,
        "version": list(sys.version_info[:3]),
        "prefix": sys.prefix,
        "packages": packages,
        "writable": os.access(packages, os.W_OK),
        "externally_managed": not in_virtualenv and os.path.exists(marker),
        "mlflow": version_of("mlflow"),
        "mlflow_in": folder_of("mlflow"),
        "mlflow_skinny": version_of("mlflow-skinny"),
        "databricks_sdk": version_of("databricks-sdk"),
    }


def plain(name: str) -> str:
    """Normalize a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def below(roots: tuple[str, ...]) -> set[str]:
    """Return distributions and everything that they require, without extras."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = plain(waiting.pop())
        if name in found:
            continue
        try:
            required = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        for one in required:
            requirement, _, marker = one.partition(";")
            named = re.match(r"[A-Za-z0-9._-]+", requirement.strip())
            if named and "extra" not in marker:
                waiting.append(named.group())
    return found


def clashes() -> dict[str, Any]:
    """Run `pip check` and keep the lines about packages that MLflow depends on."""
    if importlib.util.find_spec("pip") is None:
        return {"pip": False, "clashes": []}
    command = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603
    ours = below(ROOTS)
    lines = [line.strip() for line in done.stdout.decode("utf-8", "replace").splitlines()]
    return {"pip": True, "clashes": [line for line in lines if line and plain(line.split()[0]) in ours]}


def names(group: str) -> list[str]:
    try:
        found: Any = importlib.metadata.entry_points(group=group)
    except TypeError:  # Python 3.9
        found = importlib.metadata.entry_points().get(group, ())
    return sorted({one.name for one in found})


def file_of(module: str) -> str | None:
    spec = importlib.util.find_spec(module)
    return spec.origin if spec else None


def answer(request: dict[str, Any]) -> dict[str, Any]:
    if request.get("check"):
        return clashes()
    if "group" in request:
        return {"names": names(request["group"])}
    if "module" in request:
        return {"file": file_of(request["module"])}
    return {**describe(), "versions": {name: version_of(name) for name in request.get("versions", ())}}


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.stdin.readline() or "{}"))), flush=True)
