"""Run a script that logs to MLflow, and say which run it made, as one JSON line.

In: one JSON object on stdin, {"script": source text}. Out: {"run_id", "mlflow"} as the last line of stdout.
What the script itself prints goes to stderr. Standard library and MLflow only.
"""

import contextlib
import json
import sys

if __name__ == "__main__":
    request = json.loads(sys.stdin.readline())
    with contextlib.redirect_stdout(sys.stderr):
        exec(compile(request["script"], "<the example script>", "exec"), {"__name__": "__main__"})  # noqa: S102
        import mlflow

        run = mlflow.last_active_run()
    print(json.dumps({"run_id": run.info.run_id if run else None, "mlflow": mlflow.__version__}), flush=True)
