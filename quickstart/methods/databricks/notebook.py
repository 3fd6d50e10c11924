"""Inside a Databricks notebook: already logged in, so nothing is asked or saved.

Only this interpreter has the notebook's credentials, so MLflow is called in this process.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods.base import Login
from quickstart.methods.databricks.setup import LoginResult
from quickstart.prompts.fields import Given
from quickstart.tracking.check import LOGGED, ConnectionCheck, Found

EXPERIMENT = "check-databricks-connection"


class NotebookLogin(Login):
    """The credentials of a Databricks notebook."""

    def next_field(self, given: Given) -> None:
        """Nothing is missing."""

    def set(self, key: str, value: Any, given: Given) -> Given:
        return given

    def authenticate(self, given: Given) -> LoginResult:
        return LoginResult("this notebook's own workspace", "you", "notebook", "databricks", "")

    def fields_to_retry(self, error: QuickstartError) -> tuple[str, ...]:
        return ()


class NotebookCheck(ConnectionCheck):
    """The foo/bar check by the notebook's own MLflow."""

    @property
    def shown(self) -> str:
        return self.uri

    def stages(self) -> Sequence[tuple[str, Callable[[], Found]]]:
        return (
            ("auth", self.auth),
            ("experiment", self.find_experiment),
            ("write", self.write),
            ("read", self.read),
            ("artifact", self.artifact),
        )

    def auth(self) -> Found:
        sdk = _call(lambda: importlib.import_module("databricks.sdk"))
        client = _call(sdk.WorkspaceClient)
        self._host = str(client.config.host).rstrip("/")
        self._me = str(_call(client.current_user.me).user_name)
        return "ok", f"logged in as {self._me} with the notebook's credentials"

    def find_experiment(self) -> Found:
        mlflow = self._mlflow = _call(lambda: importlib.import_module("mlflow"))
        name = self.experiment_name or f"/Users/{self._me}/{EXPERIMENT}"
        client = self._client = _call(lambda: mlflow.MlflowClient(tracking_uri=self.uri))
        found = _call(lambda: client.get_experiment_by_name(name))
        made = found.experiment_id if found else _call(lambda: client.create_experiment(name))
        self.experiment = {"id": str(made), "name": name}
        return "ok", f"{name} {'found' if found else 'created'}"

    def write(self) -> Found:
        assert self.experiment is not None  # noqa: S101 - stages run in order
        experiment = self.experiment["id"]
        run = _call(lambda: self._client.create_run(experiment)).info
        self.run = {"id": run.run_id, "name": run.run_name or "", "url": self.run_url(run.run_id)}
        for key, value in LOGGED.items():
            _call(self._client.log_metric, run.run_id, key, value)
        _call(self._client.set_terminated, run.run_id, "FINISHED", int(time.time() * 1000))
        return "ok", f"run {run.run_name}"

    def read_metrics(self, run_id: str) -> dict[str, float]:
        """Return foo and bar as MLflow reads them; raise QuickstartError "read-mismatch" if they differ."""
        read = dict(_call(self._client.get_run, run_id).data.metrics)
        if {key: read.get(key) for key in LOGGED} != LOGGED:
            raise QuickstartError("read-mismatch", url=self._host, logged=LOGGED, read=read, run_id=run_id)
        return {key: float(read[key]) for key in LOGGED}

    def artifact(self) -> Found:
        assert self.run is not None  # noqa: S101 - stages run in order
        run_id, name = self.run["id"], "quickstart-check.txt"
        _call(self._client.log_text, run_id, run_id, name)
        with tempfile.TemporaryDirectory() as folder:  # MLflow would make one, and leave it
            back = Path(_call(self._client.download_artifacts, run_id, name, folder)).read_text(encoding="utf-8")
        if back != run_id:
            raise QuickstartError("artifact-failed", url=self._host, seen="the downloaded content differs")
        return "ok", f"{len(back)} bytes uploaded and downloaded"

    def run_url(self, run_id: str) -> str:
        assert self.experiment is not None  # noqa: S101 - stages run in order
        return f"{self._host}/ml/experiments/{self.experiment['id']}/runs/{run_id}"


def _call(act: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return act(*arguments)
    except ImportError as error:
        raise QuickstartError(
            "sdk-missing", url="this notebook", detail=str(error), again="quickstart.setup()"
        ) from error
    except Exception as error:
        message = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise QuickstartError("notebook-refused", message=message) from error
