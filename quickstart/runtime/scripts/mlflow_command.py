"""Run one command of MLflow's command line, in the interpreter that has MLflow.

Reads {"arguments": [...]} from stdin. The last line on stdout is {"error": null} or {"error": MLflow's message};
MLflow's own output goes to stderr.
Standard library and MLflow only; it runs on every Python that MLflow supports.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    arguments = json.loads(sys.stdin.readline())["arguments"]
    # Never import from the folder of scripts.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    answer, sys.stdout = sys.stdout, sys.stderr
    from mlflow.cli import cli

    error = None
    try:
        cli.main(args=arguments, prog_name="mlflow", standalone_mode=False)
    except Exception as raised:
        # SQLAlchemy's first line is the error; the statement and a link follow.
        error = (str(raised).strip() or type(raised).__name__).splitlines()[0]
    sys.stdout = answer
    print(json.dumps({"error": error}))


if __name__ == "__main__":
    main()
