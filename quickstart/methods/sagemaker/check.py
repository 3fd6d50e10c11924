"""The foo/bar check of a server on SageMaker; each request is signed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.methods.common_steps import override_warning
from quickstart.methods.sagemaker import PLUGIN, credentials
from quickstart.methods.sagemaker.account import Account, SignedHttp
from quickstart.methods.sagemaker.arn import Arn, endpoint, parse
from quickstart.methods.sagemaker.responses import describe_network_error, explain_response
from quickstart.models import Connection
from quickstart.runtime.find import find_runtime, installed_versions
from quickstart.system.shell import quoted
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.rest import SEARCH
from quickstart.tracking.uri import resolve

EXPERIMENT = "check-sagemaker-connection"


class SageMakerCheck(ConnectionCheck):
    """One run of the check against a tracking server or app.

    Args:
        uri: its ARN.
        saved: the saved connection, if it is one; its profile takes precedence over this shell.
        python: the runtime's interpreter, if the person named one; else the connection's.
    """

    def __init__(self, uri: str, experiment: str | None, saved: Connection | None, python: str | None = None) -> None:
        super().__init__(uri, experiment or EXPERIMENT)
        self._saved = saved
        self._python = python or (saved.python if saved else None)
        self._env = credentials.saved_environment(saved.env if saved else {}, os.environ)
        self._again = f"quickstart verify {quoted(uri)}"
        self._arn: Arn | None = None

    @property
    def arn(self) -> Arn:
        assert self._arn is not None  # noqa: S101 - stages run in order
        return self._arn

    @property
    def signed(self) -> SignedHttp:
        assert isinstance(self.http, SignedHttp)  # noqa: S101 - stages run in order
        return self.http

    @property
    def shown(self) -> str:
        return self._arn.text if self._arn else self.uri

    @property
    def client_uri(self) -> str:
        return self.shown

    def before_client(self, python: Path) -> None:
        if installed_versions(find_runtime(str(python)), PLUGIN)[PLUGIN] is None:
            raise QuickstartError("aws-plugin-missing", python=str(python), again="quickstart verify --with-client")

    def resolve(self) -> Found:
        self._arn = parse(self.uri)
        base = endpoint(self._arn, {**os.environ, **self._env})
        self.resolved = resolve(base)
        self.http = SignedHttp(self.resolved.uri, self._arn)
        detail = f"{self.resolved.uri}, for {self._arn.name} in {self._arn.region}"
        conflicting = credentials.conflicting_variables(self._saved.env, os.environ) if self._saved else ()
        return override_warning(detail, conflicting) if conflicting else ("ok", detail)

    def tls(self) -> Found:
        if not self.place.uri.startswith("https"):
            return "skip", "plain http"
        self._http.request("GET", SEARCH)
        return "ok", "the certificate is valid"

    def identify(self) -> Found:
        answer = self._http.request("GET", SEARCH)
        kind = answer.headers.get("content-type", "")
        if 300 <= answer.status < 400 or kind.startswith("text/html"):
            raise QuickstartError("aws-not-sagemaker", url=self.place.uri, seen=f"{answer.status} {kind}".strip())
        return "ok", f"answers {answer.status} to an unsigned request"

    def host(self) -> Found:
        return "skip", "all servers of a region have one host name"

    def auth(self) -> Found:
        account = Account(find_runtime(self._python).python, self._env, self._again)
        self.signed.sign_by(account)
        words = account.source().words
        self.signed.check_access(self._again)
        return "ok", f"signed by {words}"

    def stages(self) -> Sequence[tuple[str, Callable[[], Found]]]:
        return tuple((name, partial(self._run_stage, act)) for name, act in super().stages())

    def _run_stage(self, act: Callable[[], Found]) -> Found:
        try:
            return act()
        except QuickstartError as error:
            raise self._explain(error) from error

    def _explain(self, error: QuickstartError) -> QuickstartError:
        if error.code == "api-error" and self.signed.account:
            return explain_response(self.arn, self.place.uri, self.signed.account.source(), error.facts, self._again)
        return describe_network_error(error, self._arn, self._again)
