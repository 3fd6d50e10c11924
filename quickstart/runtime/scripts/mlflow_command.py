"""Run one command of MLflow's own command line, inside the interpreter that has MLflow.

Reads {"arguments": [...]} from stdin. The last line on stdout is {"error": null}, or what MLflow said of its failure;
what MLflow prints goes to stderr.
Standard library and MLflow only; it runs on every Python that MLflow supports.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Run the command and say how it ended."""
    arguments = json.loads(sys.stdin.readline())["arguments"]
    # A folder of scripts is no place to import from.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    answer, sys.stdout = sys.stdout, sys.stderr
    from mlflow.cli import cli

    error = None
    try:
        cli.main(args=arguments, prog_name="mlflow", standalone_mode=False)
    except Exception as raised:
        # SQLAlchemy goes on with the statement and where to read more; what happened is the first line.
        error = (str(raised).strip() or type(raised).__name__).splitlines()[0]
    sys.stdout = answer
    print(json.dumps({"error": error}))


if __name__ == "__main__":
    main()
