"""Run a script that logs to MLflow, and report its run and whether a file can be uploaded and downloaded.

In: one JSON object on stdin, {"script": source text}. Out: {"run_id", "mlflow", "artifact"} as the last line of stdout;
"artifact" is null, or what went wrong with the file. The script's own output goes to stderr.
Standard library and MLflow only.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

NAME = "quickstart-client-check.txt"


def file_there_and_back(run: Any) -> str | None:
    """Upload a small file to the run's artifacts and download it; return what went wrong."""
    import mlflow

    try:
        mlflow.MlflowClient().log_text(run.info.run_id, run.info.run_id, NAME)
        back = mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/{NAME}")
    except Exception as error:
        return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    return None if back == run.info.run_id else "it came back changed"


if __name__ == "__main__":
    request = json.loads(sys.stdin.readline())
    with contextlib.redirect_stdout(sys.stderr):
        exec(compile(request["script"], "<the example script>", "exec"), {"__name__": "__main__"})  # noqa: S102
        import mlflow

        last = mlflow.last_active_run()
        wrong = file_there_and_back(last) if last else None
    answer = {"run_id": last.info.run_id if last else None, "mlflow": mlflow.__version__, "artifact": wrong}
    print(json.dumps(answer), flush=True)
