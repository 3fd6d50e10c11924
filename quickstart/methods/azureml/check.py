"""The foo/bar check of an Azure ML workspace."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.methods.azureml import LOGIN_COMMAND, PLUGIN, identity, responses, setup
from quickstart.methods.azureml.address import Cloud, Workspace, cloud_for, parse_workspace
from quickstart.methods.azureml.identity import Access, TokenRequest
from quickstart.models import Connection
from quickstart.net.http import Http
from quickstart.runtime.find import find_runtime, installed_versions
from quickstart.state.connections import all_variables
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.rest import UNAVAILABLE, classify
from quickstart.tracking.uri import resolve

EXPERIMENT = "check-azureml-connection"
READ_TIMEOUT = 6.0  # seconds for an answer


class WorkspaceCheck(ConnectionCheck):
    """One run of the check against a workspace. The saved connection, if it is one, decides how to log in."""

    def __init__(self, uri: str, experiment: str | None, saved: Connection | None, python: str | None = None) -> None:
        super().__init__(uri, experiment or EXPERIMENT)
        self._saved = saved
        self._python = python or (saved.python if saved else None)
        self._workspace: Workspace | None = None
        self._access: Access | None = None

    @property
    def workspace(self) -> Workspace:
        assert self._workspace is not None  # noqa: S101 - stages run in order
        return self._workspace

    @property
    def shown(self) -> str:
        return self._workspace.uri if self._workspace else self.uri

    @property
    def client_uri(self) -> str:
        return self.workspace.uri

    def before_client(self, python: Path) -> None:
        runtime = find_runtime(str(python))
        pair = setup.current_pair(runtime)
        if pair.state == "match":
            return
        if pair.state == "apart":
            raise setup.too_new_error(runtime, pair)
        command = f"{shlex.quote(str(python))} -m pip install {' '.join(shlex.quote(one) for one in pair.install)}"
        if installed_versions(runtime, PLUGIN)[PLUGIN] is None:
            raise QuickstartError("azure-plugin-missing", python=str(python), why=pair.why, command=command)
        raise QuickstartError("azure-wrong-pair", python=str(python), why=pair.why, command=command)

    def resolve(self) -> Found:
        self._workspace = parse_workspace(self.uri)
        self.resolved = resolve(self.workspace.api)
        self.http = Http(self.workspace.api, READ_TIMEOUT)
        return "ok", f"workspace {self.workspace.name}, {self.workspace.host}"

    def tls(self) -> Found:
        self._http.request("GET", responses.SEARCH)
        return "ok", "the certificate is valid"

    def identify(self) -> Found:
        responses.identify(self._http, self.workspace)
        return "ok", "it requires a login, as a workspace does"

    def host(self) -> Found:
        return "skip", "a workspace has one host name"

    def auth(self) -> Found:
        self._access = identity.cached.get(self.workspace.uri) or self._log_in()
        responses.check_access(self._http, self.workspace, self._access)
        return "ok", f"logged in as {self._access.me} with {identity.WAYS[self._access.way].words}"

    def _log_in(self) -> Access:
        order = identity.candidates(self._environment)
        script = any(way in identity.BY_SCRIPT for way in order)
        python = find_runtime(self._python).python if script else Path()
        request = TokenRequest(self._cloud, python, self._environment, responses.login_command(self.workspace))
        return identity.try_in_order(order, request)

    @cached_property
    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, **(all_variables(self._saved) if self._saved else {})}

    @property
    def _cloud(self) -> Cloud:
        return cloud_for(self.workspace.host, self._environment.get(identity.CLOUD))

    def artifact(self) -> Found:
        return "skip", "the plugin writes artifacts: verified with MLflow's client"

    def run_url(self, run_id: str) -> str:
        return self.workspace.studio(self._cloud, run_id)

    def stages(self) -> Sequence[tuple[str, Callable[[], Found]]]:
        return tuple((name, partial(self._run_stage, act)) for name, act in super().stages())

    def _run_stage(self, act: Callable[[], Found]) -> Found:
        try:
            return act()
        except QuickstartError as error:
            if error.code == "api-error":
                raise self._explain(error) from error
            again = responses.login_command(self.workspace) if self._workspace else LOGIN_COMMAND
            raise error.with_defaults(again=again) from error

    def _explain(self, error: QuickstartError) -> QuickstartError:
        status, message = error.facts["status"], str(error.facts["message"])
        if classify(status) in UNAVAILABLE:
            return responses.unavailable_error(status, str(error.facts.get("retry_after", "")), message, self.workspace)
        if classify(status) == "denied" and self._access:
            return responses.no_role_error(self.workspace, self._access, message)
        return error.with_defaults(again=responses.login_command(self.workspace))
