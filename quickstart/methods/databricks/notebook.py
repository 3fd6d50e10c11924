"""Inside a Databricks notebook: one is logged in already. Nothing is asked, nothing saved; MLflow there is the proof.

There this interpreter is the runtime itself: only it has the notebook's login, so that MLflow is called right here.
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
    """The login that a Databricks notebook has by itself."""

    def next_field(self, given: Given) -> None:
        """Nothing is missing."""

    def set(self, key: str, value: Any, given: Given) -> Given:
        """Whatever is said beforehand is not needed."""
        return given

    def authenticate(self, given: Given) -> LoginResult:
        """Return the login that is there."""
        return LoginResult("this notebook's own workspace", "you", "notebook", "databricks", "")

    def fields_to_retry(self, error: QuickstartError) -> tuple[str, ...]:
        """Nothing was given that could be doubted."""
        return ()


class NotebookCheck(ConnectionCheck):
    """The foo/bar check by the notebook's own MLflow."""

    @property
    def shown(self) -> str:
        """The tracking URI as MLflow has it."""
        return self.uri

    def stages(self) -> Sequence[tuple[str, Callable[[], Found]]]:
        """The stages in order."""
        return (
            ("auth", self.auth),
            ("experiment", self.find_experiment),
            ("write", self.write),
            ("read", self.read),
            ("artifact", self.artifact),
        )

    def auth(self) -> Found:
        """Find out who we are, as databricks-sdk does by itself in there."""
        sdk = _call(lambda: importlib.import_module("databricks.sdk"))
        client = _call(sdk.WorkspaceClient)
        self._host = str(client.config.host).rstrip("/")
        self._me = str(_call(client.current_user.me).user_name)
        return "ok", f"logged in as {self._me}, by this notebook itself"

    def find_experiment(self) -> Found:
        """Find the experiment, or make it."""
        mlflow = self._mlflow = _call(lambda: importlib.import_module("mlflow"))
        name = self.experiment_name or f"/Users/{self._me}/{EXPERIMENT}"
        client = self._client = _call(lambda: mlflow.MlflowClient(tracking_uri=self.uri))
        found = _call(lambda: client.get_experiment_by_name(name))
        made = found.experiment_id if found else _call(lambda: client.create_experiment(name))
        self.experiment = {"id": str(made), "name": name}
        return "ok", f"{name} {'found' if found else 'made'}"

    def write(self) -> Found:
        """Make a run, log foo and bar, and finish it."""
        assert self.experiment is not None  # noqa: S101 - stages run in order
        experiment = self.experiment["id"]
        run = _call(lambda: self._client.create_run(experiment)).info
        self.run = {"id": run.run_id, "name": run.run_name or "", "url": self.run_url(run.run_id)}
        for key, value in LOGGED.items():
            _call(self._client.log_metric, run.run_id, key, value)
        _call(self._client.set_terminated, run.run_id, "FINISHED", int(time.time() * 1000))
        return "ok", f"run {run.run_name}"

    def read_metrics(self, run_id: str) -> dict[str, float]:
        """Return foo and bar as MLflow reads them; raise Fault "read-mismatch" if they are not what was logged."""
        read = dict(_call(self._client.get_run, run_id).data.metrics)
        if {key: read.get(key) for key in LOGGED} != LOGGED:
            raise QuickstartError("read-mismatch", url=self._host, logged=LOGGED, read=read, run_id=run_id)
        return {key: float(read[key]) for key in LOGGED}

    def artifact(self) -> Found:
        """Log a small text and load it again."""
        assert self.run is not None  # noqa: S101 - stages run in order
        run_id, name = self.run["id"], "quickstart-check.txt"
        _call(self._client.log_text, run_id, run_id, name)
        with tempfile.TemporaryDirectory() as folder:  # MLflow would make one, and leave it
            back = Path(_call(self._client.download_artifacts, run_id, name, folder)).read_text(encoding="utf-8")
        if back != run_id:
            raise QuickstartError("artifact-failed", url=self._host, seen="it came back changed")
        return "ok", f"{len(back)} bytes up and down"

    def run_url(self, run_id: str) -> str:
        """Return the link that opens a run in the workspace."""
        assert self.experiment is not None  # noqa: S101 - stages run in order
        return f"{self._host}/ml/experiments/{self.experiment['id']}/runs/{run_id}"


def _call(act: Callable[..., Any], *arguments: Any) -> Any:
    """Call MLflow or the SDK; what they raise becomes a coded fact."""
    try:
        return act(*arguments)
    except ImportError as error:
        raise QuickstartError(
            "sdk-missing", url="this notebook", detail=str(error), again="quickstart.setup()"
        ) from error
    except Exception as error:
        message = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise QuickstartError("notebook-refused", message=message) from error
