"""The foo/bar check of a Databricks workspace: over HTTP, or in one of its notebooks."""

from __future__ import annotations

import importlib
import os
import posixpath
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods.common_steps import override_warning
from quickstart.methods.databricks import access, profiles, workspace
from quickstart.models import Connection
from quickstart.net.http import Http
from quickstart.tracking.check import ARTIFACT, LOGGED, ConnectionCheck, Found
from quickstart.tracking.uri import resolve

EXPERIMENT = "check-databricks-connection"
NOTEBOOK_STAGES = ("auth", "experiment", "write", "read", "artifact")


class WorkspaceCheck(ConnectionCheck):
    """One run of the check against a workspace.

    Args:
        uri: "databricks" or "databricks://PROFILE".
        experiment: one without a folder goes into the person's own.
        saved: its profile takes precedence over this shell.
        python: the interpreter for databricks-sdk, if the person named one; else the connection's.
    """

    def __init__(
        self, uri: str, experiment: str | None, saved: Connection | None, python: str | None = None, *, free: bool
    ) -> None:
        super().__init__(uri, experiment)
        self._saved = saved
        self._python = python or (saved.python if saved else None)
        self._environment = access.login_environment(saved)
        self._free = free
        self._me = ""

    @property
    def shown(self) -> str:
        return self.uri

    @property
    def client_uri(self) -> str:
        return self.uri

    @property
    def names_are_paths(self) -> bool:
        return True

    @property
    def folder(self) -> str:
        return (self._saved.folder if self._saved else "") or f"/Users/{self._me}"

    def resolve(self) -> Found:
        self._login = access.find_login(self.uri, self._environment)
        source = access.describe_login(self._login, free=self._free)
        self._source = access.note_other_workspace(source, self._login, self._environment)
        place = workspace.parse_host(self._login.host)
        self.resolved = resolve(place.url)
        self.http = Http(place.url)
        detail = f"{place.url}, {self._login.source}"
        stale = profiles.conflicting_variables(self._login, os.environ) if self._saved else ()
        return override_warning(detail, stale) if stale else ("ok", detail)

    def tls(self) -> Found:
        if not self.place.uri.startswith("https"):
            return "skip", "plain http"
        self._http.request("GET", workspace.WELL_KNOWN)
        return "ok", "the certificate is valid"

    def identify(self) -> Found:
        workspace.identify(self._http)
        cloud = workspace.parse_host(self.place.uri).cloud
        return "ok", f"a Databricks workspace{f' on {cloud}' if cloud else ''}"

    def host(self) -> Found:
        return "skip", "a workspace has one host name"

    def auth(self) -> Found:
        headers = access.headers(self._login, self._http, self._source, self._python, self._environment)
        self._http.authorize(headers)
        self._me = workspace.current_user(self._http, self._source)
        # Workspaces accept only absolute paths as names (failures.md row 20).
        self.experiment_name = posixpath.join(self.folder, self.experiment_name or EXPERIMENT)
        return "ok", f"logged in as {self._me}"

    def stages(self) -> Sequence[tuple[str, Callable[[], Found]]]:
        return tuple((name, partial(self._run_stage, name, act)) for name, act in super().stages())

    def _run_stage(self, name: str, act: Callable[[], Found]) -> Found:
        try:
            return act()
        except QuickstartError as error:
            if error.code != "api-error":
                raise
            raise self._explain(name, error) from error

    def _explain(self, name: str, error: QuickstartError) -> QuickstartError:
        url, status, message = self.place.uri, error.facts["status"], error.facts["message"]
        wait = str(error.facts.get("retry_after", ""))
        if unavailable := workspace.unavailable_error(url, status, message, wait, workspace.VERIFY):
            return unavailable
        if name == "experiment" and status in (400, 403, 404):
            folder = posixpath.dirname(str(self.experiment_name))
            return QuickstartError(
                "folder-refused", url=url, folder=folder, me=self._me, message=message, again=self._source.again
            )
        return error

    def artifact(self) -> Found:
        """Upload a small file through the Files API, as MLflow's own client does, and download it.

        Source: mlflow.store.artifact.databricks_run_artifact_repo of 3.17, which falls back to signed URLs.
        """
        found = re.search(r"databricks/mlflow-tracking/([^/]+)/([^/]+)(/.*)?$", self.artifact_uri)
        if not found:
            return "skip", f"clients write artifacts directly to {self.artifact_uri}"
        folder = f"/WorkspaceInternal/Mlflow/Artifacts/{found[1]}/Runs/{found[2]}{found[3] or ''}"
        try:
            return self.up_and_down(f"/api/2.0/fs/files{folder}/{ARTIFACT}?overwrite=true")
        except QuickstartError as error:
            if error.code != "artifact-failed":
                raise
            return "warn", f"the Files API failed ({error.facts['seen']}); MLflow's client uses signed URLs instead"

    def run_url(self, run_id: str) -> str:
        assert self.experiment is not None  # noqa: S101 - stages run in order
        return f"{self.place.uri}/ml/experiments/{self.experiment['id']}/runs/{run_id}"


class NotebookCheck(ConnectionCheck):
    """The foo/bar check by a notebook's own MLflow, in this process: no other has the notebook's credentials."""

    @property
    def shown(self) -> str:
        return self.uri  # a profile's name may contain an @, and no secret

    def stages(self) -> Sequence[tuple[str, Callable[[], Found]]]:
        return [stage for stage in super().stages() if stage[0] in NOTEBOOK_STAGES]

    def auth(self) -> Found:
        sdk = _call(importlib.import_module, "databricks.sdk")
        client = _call(sdk.WorkspaceClient)
        self._host = str(client.config.host).rstrip("/")
        self._me = str(_call(client.current_user.me).user_name)
        return "ok", f"logged in as {self._me} with the notebook's credentials"

    def find_experiment(self) -> Found:
        mlflow = _call(importlib.import_module, "mlflow")
        name = self.experiment_name or f"/Users/{self._me}/{EXPERIMENT}"
        client = self._client = _call(lambda: mlflow.MlflowClient(tracking_uri=self.uri))
        found = _call(client.get_experiment_by_name, name)
        made = found.experiment_id if found else _call(client.create_experiment, name)
        self.experiment = {"id": str(made), "name": name}
        return "ok", f"{name} {'found' if found else 'created'}"

    def write(self) -> Found:
        assert self.experiment is not None  # noqa: S101 - stages run in order
        run = _call(self._client.create_run, self.experiment["id"]).info
        self.run = {"id": run.run_id, "name": run.run_name or "", "url": self.run_url(run.run_id)}
        for key, value in LOGGED.items():
            _call(self._client.log_metric, run.run_id, key, value)
        _call(self._client.set_terminated, run.run_id, "FINISHED", int(time.time() * 1000))
        return "ok", f"run {run.run_name}"

    def read_metrics(self, run_id: str) -> dict[str, float]:
        read = dict(_call(self._client.get_run, run_id).data.metrics)
        if {key: read.get(key) for key in LOGGED} != LOGGED:
            raise QuickstartError("read-mismatch", url=self._host, logged=LOGGED, read=read, run_id=run_id)
        return {key: float(read[key]) for key in LOGGED}

    def artifact(self) -> Found:
        assert self.run is not None  # noqa: S101 - stages run in order
        run_id = self.run["id"]
        _call(self._client.log_text, run_id, run_id, ARTIFACT)
        with tempfile.TemporaryDirectory() as folder:  # MLflow would create one and leave it
            back = Path(_call(self._client.download_artifacts, run_id, ARTIFACT, folder)).read_text(encoding="utf-8")
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
