"""The foo/bar check of a Databricks workspace."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Sequence
from functools import partial

from quickstart.errors import QuickstartError
from quickstart.methods.databricks import access, profiles, workspace
from quickstart.models import Connection
from quickstart.net.http import Http
from quickstart.tracking.check import ARTIFACT, ConnectionCheck, Found
from quickstart.tracking.rest import classify, retry_after
from quickstart.tracking.uri import resolve

EXPERIMENT = "check-databricks-connection"


class WorkspaceCheck(ConnectionCheck):
    """One run of the check against a workspace.

    Args:
        uri: "databricks" or "databricks://PROFILE".
        experiment: name of the experiment; a name without a folder goes into the person's own.
        saved: the saved connection, if it is one; its profile takes precedence over this shell.
        python: the runtime's interpreter, if the person named one; else the connection's.
        free: whether it is a Free Edition workspace.
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
        if stale:
            return (
                "warn",
                f"{detail}; in this shell MLflow would use {', '.join(stale)} instead: unset {' '.join(stale)}",
            )
        return "ok", detail

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
        self.experiment_name = self._absolute(self.experiment_name or EXPERIMENT)
        return "ok", f"logged in as {self._me}"

    def _absolute(self, name: str) -> str:
        """Return an experiment's name as workspaces take it: a path (failures.md row 20)."""
        return name if name.startswith("/") else posixpath.join(self.folder, name)

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
        if classify(status) == "busy":
            wait = retry_after(error.facts.get("retry_after", ""))
            return QuickstartError("workspace-busy", url=url, seconds=wait, message=message, again="quickstart verify")
        if classify(status) == "down":
            return QuickstartError("workspace-down", url=url, status=status, message=message, again="quickstart verify")
        if name == "experiment" and status in (400, 403, 404):
            folder = posixpath.dirname(str(self.experiment_name))
            return QuickstartError(
                "folder-refused", url=url, folder=folder, me=self._me, message=message, again=self._source.again
            )
        return error

    def artifact(self) -> Found:
        """Send a small file up by the Files API, as MLflow's own client does, and get it back.

        Source: mlflow.store.artifact.databricks_run_artifact_repo of 3.17, which has signed URLs to fall back to.
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
