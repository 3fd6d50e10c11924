"""Say what an interpreter is and which MLflow it holds, as one JSON line. Standard library only; imports no MLflow."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import sysconfig
from typing import Any


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


if __name__ == "__main__":
    asked = json.loads(sys.stdin.readline() or "{}")
    print(json.dumps({**describe(), "versions": {name: version_of(name) for name in asked.get("versions", ())}}))
