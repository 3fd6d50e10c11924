"""Say what pip check finds, which of it MLflow rests on, and which plugins MLflow has. Imports no MLflow.

In: one JSON line, {"check": true} to ask pip, {"group": name} for the names of a group of entry points, {"module":
name} for the file of a module. Out: one JSON line, {"pip": whether there is one, "clashes": [lines]}, {"names": [...]},
{"file": path or null}. Standard library only.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
from typing import Any

ROOTS = ("mlflow", "mlflow-skinny", "mlflow-tracing")


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


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    if asked.get("check"):
        return clashes()
    return {"names": names(asked["group"])} if "group" in asked else {"file": file_of(asked["module"])}


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.stdin.readline() or "{}"))), flush=True)
