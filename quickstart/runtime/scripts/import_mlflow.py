"""Import MLflow as the person's own programs do, and report its location and tracking URI.

Run in the person's folder and environment. Out: one JSON line, {"version", "file", "seconds", "uri"}, or {"error"}.
Standard library and MLflow only.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


def as_a_program() -> None:
    """Import from the working directory, like a program started there, instead of from the folder of this script."""
    if sys.path and os.path.abspath(sys.path[0]) == HERE:  # not so with PYTHONSAFEPATH
        sys.path[0] = os.getcwd()


def imported() -> dict[str, Any]:
    began = time.monotonic()
    try:
        import mlflow

        seconds = time.monotonic() - began
        found = {"version": mlflow.__version__, "file": str(mlflow.__file__), "uri": mlflow.get_tracking_uri()}
        return {**found, "seconds": round(seconds, 2)}
    except BaseException as error:
        words = (str(error).strip() or "without a word").splitlines()[0][:300]
        return {"error": f"{type(error).__name__}: {words}"}


if __name__ == "__main__":
    as_a_program()
    with contextlib.redirect_stdout(sys.stderr):
        answer = imported()
    print(json.dumps(answer), flush=True)
