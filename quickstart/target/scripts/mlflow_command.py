"""Run one command of MLflow's own command line, inside the interpreter that has MLflow.

Reads {"arguments": [...]} from stdin. The last line on stdout is {"status": N}; what MLflow prints goes to stderr.
Standard library and MLflow only; it runs on every Python that MLflow supports.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> int:
    """Run the command and return its exit status."""
    arguments = json.loads(sys.stdin.readline())["arguments"]
    # A folder of scripts is no place to import from.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    answer, sys.stdout = sys.stdout, sys.stderr
    from mlflow.cli import cli

    try:
        cli.main(args=arguments, prog_name="mlflow", standalone_mode=False)
        status = 0
    finally:
        sys.stdout = answer
    print(json.dumps({"status": status}))
    return status


if __name__ == "__main__":
    sys.exit(main())
