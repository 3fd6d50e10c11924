"""Logging in to a server by its URL: probe it first, then ask only for what it requires."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, count
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.base import Login, LoginUI, Setup
from quickstart.methods.server import address, credentials, fields, probe
from quickstart.methods.server.address import COMMAND, Address
from quickstart.methods.server.credentials import Credentials, LoginResult
from quickstart.methods.server.probe import ServerKind
from quickstart.models import Connection, Secret
from quickstart.net.http import Http
from quickstart.prompts.fields import Field, Given
from quickstart.state.connections import Connections
from quickstart.system.shell import quoted
from quickstart.tracking.check import reach
from quickstart.tracking.uri import without_secret

READ_TIMEOUT = 5.0  # seconds for an answer: a person waits
UNKNOWN_CA = re.compile(r"self.signed|unable to get (local )?issuer|unknown ca", re.IGNORECASE)
NO_TLS = re.compile(r"WRONG_VERSION_NUMBER|UNEXPECTED_EOF|record layer|EOF occurred", re.IGNORECASE)
# Answers to ask for again after an error.
FIELDS_TO_RETRY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "bad-uri", "behind-down", "dagshub-address", "empty-403", "forbidden", "host-refused", "host-silent",
            "http-not-allowed", "http-only", "jupyterhub", "name-unknown", "no-answer", "no-http-uri", "not-mlflow",
            "server-down", "server-moved", "unreachable", "web-server-page",
        ),
        ("host",),
    ),
    "tls-failed": ("host", "ca_file"),
    "unknown-authority": ("host", "ca_file"),
    "bad-ca-file": ("ca_file",),
    "bad-name": ("name",),
    "name-taken": ("name",),
    "bad-secret": ("password", "token"),
    "bad-username": ("username",),
    "server-login-refused": ("username", "password", "token", "way"),
    "login-page": ("username", "password", "token", "way"),
}  # fmt: skip


class ServerLogin(Login):
    """One login to a server."""

    def __init__(self, setup: Setup, ui: LoginUI) -> None:
        self._setup = setup
        self._ui = ui
        self._kinds: dict[tuple[str, str], ServerKind] = {}
        self._used: set[str] = set()  # a rejected value of this machine is not tried again
        self._source = "the given credentials"

    def next_field(self, given: Given) -> Field | None:
        if "host" not in given:
            return self._saved_field(given) or self._host_field()
        place: Address = given["place"]
        if place.is_exposed and not given.get("allow_http"):
            if not self._ui.interactive:
                secure = place.uri.replace("http:", "https:", 1)
                raise QuickstartError(
                    "http-not-allowed", ExitCode.USAGE, url=place.uri, secure=secure, again=place.http_command
                )
            return fields.ALLOW_HTTP
        try:
            found = self._kind(given)
        except QuickstartError as error:
            if self._can_name_ca_file(error, given):
                return self._prefill(fields.CA_FILE, os.environ.get(credentials.CA_FILE), "")
            raise
        missing = self._login_field(found, given)
        if missing is None and "client" not in given and self._version_note(found):
            return replace(fields.MATCH, why=self._version_note(found))
        return missing

    def set(self, key: str, value: Any, given: Given) -> Given:
        if key == "use":
            return self._set_saved(value, given)
        if key == "host":
            return self._set_host(str(value), given)
        if key == "allow_http" and not value:
            return {name: one for name, one in given.items() if name != "host"}
        if key == "token":
            # A user name and password from the URL would take precedence over the token.
            rest = {name: one for name, one in given.items() if name not in ("username", "password")}
            return {**rest, key: value}
        if key == "name":
            return {**given, key: common_steps.free_name(str(value), "server", COMMAND)}
        return {**given, key: value}

    def authenticate(self, given: Given) -> LoginResult:
        place, found = given["place"], self._kind(given)
        login = Credentials(given.get("username", ""), given.get("password"), given.get("token"), self._source)
        if login.headers():
            self._ui.progress("logging in", place.uri)
        again = self._again(given)
        with Http(place.uri, READ_TIMEOUT, given.get("ca_file")) as http:
            allowed = bool(given.get("allow_http"))
            version = probe.log_in(http, login, again, allow_http=allowed) if login.headers() else found.version
        if (lost := self._version_note(found)) and not self._ui.interactive and given.get("client") != "matching":
            self._ui.tell("warn", f"{lost} For a matching client: {again} --match-version")
        words = f"Logged in to {place.uri}" if login.headers() else f"{place.uri} requires no login"
        self._ui.tell("ok", f"{words}: MLflow {version}" if version and not found.version else words)
        if warning := credentials.file_override_warning(login):
            self._ui.tell("warn", warning)
        write = bool(given.get("write_credentials"))
        if write:
            if not login.basic:
                raise QuickstartError("only-basic", ExitCode.USAGE, again=again)
            self._ui.tell("warn", "MLflow sends ~/.mlflow/credentials to every server.")
        return LoginResult(
            place.uri,
            given.get("name") or _default_name(place),
            login,
            given.get("ca_file", ""),
            version or found.version,
            write,
            given.get("client") == "matching",
            bool(given.get("session")),
        )

    def fields_to_retry(self, error: QuickstartError) -> tuple[str, ...]:
        return FIELDS_TO_RETRY.get(error.code, ())

    def _saved_field(self, given: Given) -> Field | None:
        saved = Connections().all().get(given.get("name", "server"))
        if saved is None or saved.method != "server" or set(given) - {"name", "client"}:
            return None
        return fields.existing_server_field(saved)

    def _set_saved(self, saved: Connection | None, given: Given) -> Given:
        if saved is None:
            return {**given, "use": None}
        login = credentials.from_connection(saved)
        self._source = login.source
        has: dict[str, Any] = {"username": login.username, "password": login.password, "token": login.token}
        has |= {"ca_file": saved.env.get(credentials.CA_FILE), "allow_http": True}
        return {**self._set_host(saved.tracking_uri, given), **{key: value for key, value in has.items() if value}}

    def _host_field(self) -> Field:
        """Return the field for the URL; if no one can answer, MLFLOW_TRACKING_URI does."""
        uri = os.environ.get("MLFLOW_TRACKING_URI", "")
        # The URL of a saved server is not an answer: the person wants to add one.
        own = {one.tracking_uri for one in Connections().all().values()}
        if not uri.startswith(("http://", "https://")) or uri in own:
            return fields.HOST
        if self._ui.interactive:
            return replace(fields.HOST, default=uri) if without_secret(uri) == uri else fields.HOST
        return self._prefill(fields.HOST, uri, without_secret(uri))

    def _prefill(self, field: Field, value: str | None, shown: str) -> Field:
        known_from = f"{field.variable} in this shell{f': {shown}' if shown else ''}"
        return (self._once(field, value, known_from) if value else None) or field

    def _set_host(self, pasted: str, given: Given) -> Given:
        place = address.parse_server_url(pasted)
        for change in place.place.changes:
            self._ui.tell("warn", f"{place.uri}: {change}")
        in_url = ((fields.USERNAME, place.username), (fields.PASSWORD, place.password))
        login = {field.key: field.clean(value) for field, value in in_url if value}
        return {**({} if "token" in given else login), **given, "host": place.uri, "place": place}

    def _kind(self, given: Given) -> ServerKind:
        place: Address = given["place"]
        key = (place.uri, given.get("ca_file", ""))
        if key not in self._kinds:
            self._ui.progress("checking the server", place.uri)
            try:
                self._kinds[key] = self._probe(place, given)
            except QuickstartError as error:
                again = self._again(given)
                if error.code == "server-moved":
                    to = self._again({**given, "place": replace(place, place=address.parse(error.facts["to"]).place)})
                    raise QuickstartError("server-moved", url=place.uri, to=error.facts["to"], again=to) from error
                if error.code == "tls-failed" and UNKNOWN_CA.search(str(error.facts.get("detail", ""))):
                    again = self._again({**given, "ca_file": "ca.pem"})
                    raise QuickstartError("unknown-authority", url=place.uri, again=again) from error
                raise error.with_defaults(again=again) from error
            self._ui.tell("ok", f"{place.uri}: {self._kinds[key].words}")
        return self._kinds[key]

    def _probe(self, place: Address, given: Given) -> ServerKind:
        try:
            with Http(place.uri, READ_TIMEOUT, given.get("ca_file")) as http:
                if not http.proxied:
                    reach(place.uri, place.place.host, place.place.port)
                return probe.find_kind(http)
        except QuickstartError as error:
            without = error.code == "server-down" or NO_TLS.search(str(error.facts.get("detail", "")))
            if place.guessed and without and _answers(plain := place.over_http()):
                raise QuickstartError("http-only", ExitCode.USAGE, url=plain.uri, again=plain.http_command) from error
            raise

    def _can_name_ca_file(self, error: QuickstartError, given: Given) -> bool:
        in_shell = bool(os.environ.get(credentials.CA_FILE)) and "ca_file" not in self._used
        return error.code == "unknown-authority" and "ca_file" not in given and (self._ui.interactive or in_shell)

    def _login_field(self, found: ServerKind, given: Given) -> Field | None:
        if "token" in given or ("username" in given and "password" in given):
            return None
        begun = "username" in given or "password" in given
        if found.login == "none" and not begun:
            return None
        if known := self._local_field(given):
            return known
        way = "basic" if begun or found.login == "basic" else given.get("way") or found.login
        if way == "either":
            return replace(fields.WAY, why=found.hint)
        if way == "token":
            return replace(fields.TOKEN, why=found.hint or fields.TOKEN.why)
        if "username" not in given:
            return replace(fields.USERNAME, why=found.hint, default=given["place"].owner)
        return fields.PASSWORD

    def _local_field(self, given: Given) -> Field | None:
        """Return the next field that this machine's login for the server answers, once; None if it has no answer."""
        found = credentials.from_shell(given["place"].uri)
        self._source = found.source
        if found.basic and found.password:
            if "username" not in given:
                return self._once(fields.USERNAME, found.username, found.source)
            if given["username"] == found.username:
                return self._once(fields.PASSWORD, found.password, found.source)
        elif found.token and "username" not in given:
            return self._once(fields.TOKEN, found.token, f"{found.source} ({found.token.masked})")
        self._source = "the given credentials"
        return None

    def _once(self, field: Field, value: str | Secret, source: str) -> Field | None:
        if field.key in self._used:
            return None
        self._used.add(field.key)
        return replace(field, known=value, known_from=source)

    def _version_note(self, found: ServerKind) -> str:
        """Return what will not work with the installed MLflow, in words; "" if it matches."""
        client = self._setup.runtime.client or ""
        lost = probe.missing_features(client, found.version)
        words = f"Your MLflow is {client}, the server's {found.version}. These will not work:"
        return f"{words} {', '.join(lost)}." if lost else ""

    def _again(self, given: Given) -> str:
        place: Address = given["place"]
        words = [COMMAND, quoted(place.uri)]
        words += ["--ca-file", quoted(given["ca_file"])] if given.get("ca_file") else []
        words += ["--allow-http"] if given.get("allow_http") else []
        words += ["--name", given["name"]] if given.get("name") else []
        if given.get("username"):
            words += ["--username", quoted(given["username"]), "--password-stdin < password.txt"]
        elif given.get("token"):
            words.append("--token-stdin < token.txt")
        return " ".join(words)


def _default_name(place: Address) -> str:
    saved = Connections().all()
    names = chain(("server",), (f"server-{number}" for number in count(2)))
    return next(name for name in names if name not in saved or saved[name].tracking_uri == place.uri)


def _answers(place: Address) -> bool:
    try:
        with Http(place.uri, READ_TIMEOUT) as http:
            http.request("GET", "/version")
            return True
    except QuickstartError:
        return False
