"""The foo/bar check of a server by its URL, with its credentials."""

from __future__ import annotations

import os
import re

from quickstart.errors import QuickstartError
from quickstart.methods.common_steps import override_warning
from quickstart.methods.server import credentials, probe
from quickstart.methods.server.address import COMMAND
from quickstart.methods.server.credentials import Credentials
from quickstart.methods.server.membership import EXPERIMENT, naming
from quickstart.models import Connection
from quickstart.net.http import Http
from quickstart.runtime.find import find_runtime
from quickstart.system.shell import quoted
from quickstart.tracking.check import ConnectionCheck, Found

READ_TIMEOUT = 5.0  # seconds for an answer; including the connection, the doctor needs less than 8
LOCAL_PATH = re.compile(r"file:|[/.]|[A-Za-z]:[/\\]|[^:/]+$")


class ServerCheck(ConnectionCheck):
    """One run of the check against a server.

    Args:
        saved: the saved connection, if it is one; its credentials take precedence over this shell.
    """

    def __init__(self, uri: str, experiment: str | None, saved: Connection | None) -> None:
        super().__init__(uri, experiment)
        self._saved = saved
        self._version = ""

    def resolve(self) -> Found:
        if self._saved:
            # A workshop seat may only use its own experiment.
            self.experiment_name = self.experiment_name or self._saved.env.get(EXPERIMENT)
        status, detail = super().resolve()
        saved = credentials.from_connection(self._saved) if self._saved else Credentials()
        # Without saved credentials, use those that MLflow would find in this process.
        self._login = saved if saved.headers() else credentials.from_shell(self.place.uri)
        variables = self._saved.env if self._saved else os.environ
        direct = self._saved is not None and self.place.host in self._saved.env.get("NO_PROXY", "").split(",")
        self.http = Http(self.place.uri, READ_TIMEOUT, ca_file=variables.get(credentials.CA_FILE), direct=direct)
        conflicting = credentials.conflicting_variables(self._saved, os.environ) if self._saved else ()
        return override_warning(detail, conflicting) if conflicting else (status, detail)

    def identify(self) -> Found:
        found = probe.find_kind(self._http)
        self._requires_login, self._version = found.login != "none", found.version
        if not found.version and found.login == "none":
            return "warn", found.words
        return "ok", found.words

    def host(self) -> Found:
        if self._requires_login:
            return "ok", f"accepts the host name {self.place.host}"
        return super().host()

    def auth(self) -> Found:
        if not self._requires_login:
            _, words = super().auth()
        elif not self._login.headers():
            raise QuickstartError("login-needed", url=self.place.uri, again=self._again())
        else:
            allowed = self._saved is not None  # the person agreed when it was saved
            version = probe.log_in(self._http, self._login, self._again(), allow_http=allowed)
            self._version = version or self._version
            who = f"as {self._login.username}" if self._login.basic else "with a token"
            words = f"logged in {who} from {self._login.source}"
        warning = credentials.file_override_warning(self._login) or self._version_note()
        return ("warn", f"{words}; {warning}") if warning else ("ok", words)

    def _version_note(self) -> str:
        """Return what will not work from the saved connection's MLflow; this runs its interpreter."""
        if not self.compares_versions or not self._saved or not self._saved.python or not self._version:
            return ""
        try:
            client = find_runtime(self._saved.python).client or ""
        except QuickstartError:  # its user reports a missing interpreter
            return ""
        lost = probe.missing_features(client, self._version)
        fits = f"{self._again()} --match-version"
        words = f"MLflow {client} is newer than the server's {self._version}. These will not work:"
        return f"{words} {', '.join(lost)}; for a matching client: {fits}" if lost else ""

    def _again(self) -> str:
        return f"{COMMAND} {quoted(self.place.uri)}"

    def find_experiment(self) -> Found:
        """Find the experiment by name, or make it; in a workshop, add how participants name their own."""
        status, words = super().find_experiment()
        own = naming(self.place.uri)
        if own and (other := self._other_seat()):
            return "warn", f"{words}; in this shell {EXPERIMENT} is {other}, which belongs to another seat{own}"
        return status, words + own

    def _other_seat(self) -> str:
        """Return the experiment that this shell names, if access to it is denied; "" otherwise."""
        named = os.environ.get(EXPERIMENT, "")
        try:
            if named and named != self.experiment_name:
                self.rest.experiment(named)
        except QuickstartError as error:
            return named if error.facts.get("status") == 403 else ""
        return ""

    def artifact(self) -> Found:
        """Upload a small file and download it, unless the server stores artifacts in a path on its own disk."""
        if LOCAL_PATH.match(self.artifact_uri) and not self.place.local:
            experiment = str(self.experiment_name)
            other = f"quickstart verify {quoted(self.place.uri)} --experiment {quoted(f'{experiment}-2')}"
            raise QuickstartError(
                "artifact-path", url=self.place.uri, path=self.artifact_uri, experiment=experiment, again=other
            )
        return super().artifact()
