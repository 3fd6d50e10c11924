"""The foo/bar check of a server by its URL: the usual stages, with a login, and a look at where its artifacts go."""

from __future__ import annotations

import os
import re

from quickstart.errors import QuickstartError
from quickstart.methods.server import credentials, probe
from quickstart.methods.server.address import COMMAND
from quickstart.methods.server.credentials import Credentials
from quickstart.methods.server.membership import EXPERIMENT, naming
from quickstart.models import Connection
from quickstart.net.http import Http
from quickstart.runtime.find import find_runtime
from quickstart.system.shell import quoted
from quickstart.tracking.check import ConnectionCheck, Found

READ_TIMEOUT = 5.0  # seconds for an answer; with what connecting may take, the doctor tells within 8 that there is none
LOCAL_PATH = re.compile(r"file:|[/.]|[A-Za-z]:[/\\]|[^:/]+$")


class ServerCheck(ConnectionCheck):
    """One run of the check against a server.

    Args:
        uri: the tracking URI.
        experiment: name of the experiment.
        saved: the connection, where it is a saved one: its login counts, whatever this shell has set.
    """

    def __init__(self, uri: str, experiment: str | None, saved: Connection | None) -> None:
        super().__init__(uri, experiment)
        self._saved = saved
        self._version = ""

    def resolve(self) -> Found:
        """Bring the URI into the form that can be called, and find the login that goes with it."""
        if self._saved:
            # Where a connection decides which experiment is used, that is the one to prove: another may be forbidden.
            self.experiment_name = self.experiment_name or self._saved.env.get(EXPERIMENT)
        status, detail = super().resolve()
        kept = credentials.from_connection(self._saved) if self._saved else Credentials()
        # Where none is kept, it may be in this process's variables: for a session alone, or as MLflow would take it.
        self._login = kept if kept.headers() else credentials.from_shell(self.place.uri)
        variables = self._saved.env if self._saved else os.environ
        direct = self._saved is not None and self.place.host in self._saved.env.get("NO_PROXY", "").split(",")
        self.http = Http(self.place.uri, READ_TIMEOUT, ca_file=variables.get(credentials.CA_FILE), direct=direct)
        beaten = credentials.conflicting_variables(self._saved, os.environ) if self._saved else ()
        if beaten:
            words = f"in this shell MLflow would use {', '.join(beaten)} instead: unset {' '.join(beaten)}"
            return "warn", f"{detail}; {words}"
        return status, detail

    def identify(self) -> Found:
        """Find out what answers, before anything secret is sent."""
        found = probe.find_kind(self._http)
        self._asks, self._version = found.login != "none", found.version
        if not found.version and found.login == "none":
            return "warn", found.words
        return "ok", found.words

    def host(self) -> Found:
        """Find out whether the server accepts the name by which we call it."""
        if self._asks:
            return "ok", f"{self.place.host} is accepted"
        return super().host()

    def auth(self) -> Found:
        """Log in where the server asks for it, and compare its version with that of the client."""
        if not self._asks:
            _, words = super().auth()
        elif not self._login.headers():
            raise QuickstartError("login-needed", url=self.place.uri, again=self._again())
        else:
            allowed = self._saved is not None  # whoever saved it was told
            version = probe.log_in(self._http, self._login, self._again(), allow_http=allowed)
            self._version = version or self._version
            who = f"as {self._login.username}" if self._login.basic else "by a token"
            words = f"logged in {who}, {self._login.source}"
        warning = credentials.file_override_warning(self._login) or self._version_note()
        return ("warn", f"{words}; {warning}") if warning else ("ok", words)

    def _version_note(self) -> str:
        """Return what will not work from the saved client's MLflow; it costs a look into its interpreter."""
        if not self.compares_versions or not self._saved or not self._saved.python or not self._version:
            return ""
        try:
            client = find_runtime(self._saved.python).client or ""
        except QuickstartError:  # an interpreter that is gone is told where it is used
            return ""
        lost = probe.missing_features(client, self._version)
        fits = f"{self._again()} --match-version"
        words = f"MLflow {client} is newer than the server's {self._version}, where these will not work:"
        return f"{words} {', '.join(lost)}; a client that fits: {fits}" if lost else ""

    def _again(self) -> str:
        return f"{COMMAND} {quoted(self.place.uri)}"

    def find_experiment(self) -> Found:
        """Find the experiment by name, or make it; in a class, tell how one's own are named."""
        status, words = super().find_experiment()
        own = naming(self.place.uri)
        if own and (other := self._other_seat()):
            return "warn", f"{words}; in this shell {EXPERIMENT} is {other}, which is another seat's{own}"
        return status, words + own

    def _other_seat(self) -> str:
        """Return the experiment that this shell names, where it is forbidden; "" else."""
        named = os.environ.get(EXPERIMENT, "")
        try:
            if named and named != self.experiment_name:
                self.rest.experiment(named)
        except QuickstartError as error:
            return named if error.facts.get("status") == 403 else ""
        return ""

    def artifact(self) -> Found:
        """Send a small file up and get it back; a server that hands out a path of its own disk is explained."""
        if LOCAL_PATH.match(self.artifact_uri) and not self.place.local:
            experiment = str(self.experiment_name)
            other = f"quickstart verify {quoted(self.place.uri)} --experiment {quoted(f'{experiment}-2')}"
            raise QuickstartError(
                "artifact-path", url=self.place.uri, path=self.artifact_uri, experiment=experiment, again=other
            )
        return super().artifact()
