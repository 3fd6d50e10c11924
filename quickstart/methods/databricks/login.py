"""Logging in to a Databricks workspace. Nothing is saved here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from quickstart.errors import QuickstartError
from quickstart.methods.base import Login, LoginUI, Method, Setup
from quickstart.methods.databricks import access, fields, profiles, workspace
from quickstart.methods.databricks.discovery import DiscoveredLogin, discover_logins, known_value, login_for_profile
from quickstart.methods.databricks.setup import LoginResult
from quickstart.methods.databricks.workspace import READ_TIMEOUT, LoginSource, WorkspaceHost
from quickstart.models import Secret
from quickstart.net.http import Http
from quickstart.prompts.base import name_in_sentence
from quickstart.prompts.fields import Choice, Field, Given
from quickstart.system.shell import quoted

COMMAND = "quickstart login databricks"
# By error code, the answers to ask for again.
FIELDS_TO_RETRY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "bad-uri",
            "community-edition",
            "host-silent",
            "name-unknown",
            "no-answer",
            "no-http-uri",
            "not-a-workspace",
            "not-databricks",
            "plain-http",
            "secret-in-uri",
            "server-down",
            "unreachable",
        ),
        ("host",),
    ),
    "bad-folder": ("folder",),
    "bad-profile": ("profile",),
    "bad-secret": ("token", "client_secret"),
    "login-refused": ("use", "token", "client_id", "client_secret"),
    **dict.fromkeys(("oauth-denied", "oauth-expired", "oauth-ports", "oauth-refused", "oauth-state"), ("way",)),
}
WAY_FLAGS = {
    "browser": " --oauth",
    "paste": " --no-browser",
    "token": " --token-stdin < token.txt",
    "machine": " --client-secret-stdin < secret.txt",
}
WAY_FIELDS = {"token": (fields.TOKEN,), "machine": (fields.CLIENT_ID, fields.CLIENT_SECRET)}
SECRET_KEYS = {"token": "token", "machine": "client_secret"}
SOURCES = {"token": "the given token", "machine": "the service principal's secret"}


class NotebookLogin(Login):
    """The login inside a Databricks notebook, which has credentials: nothing is asked or saved."""

    def next_field(self, given: Given) -> None:
        return None

    def set(self, key: str, value: Any, given: Given) -> Given:
        return given

    def authenticate(self, given: Given) -> LoginResult:
        return LoginResult("this notebook's own workspace", "you", "notebook", "databricks", "")

    def fields_to_retry(self, error: QuickstartError) -> tuple[str, ...]:
        return ()


class DatabricksLogin(Login):
    """One login to a workspace."""

    def __init__(self, method: Method, setup: Setup, ui: LoginUI) -> None:
        self._method = method.name
        self._free = method.kind == "free-hosted"
        self._setup = setup
        self._ui = ui
        self._found: tuple[DiscoveredLogin, ...] | None = None
        self._sources = dict(SOURCES)
        self._used: set[str] = set()  # variables: a rejected value is not tried again
        self._command = f"{COMMAND} --free" if self._free else COMMAND

    def next_field(self, given: Given) -> Field | None:
        """Return the next missing field: credentials that work are offered first; then host, way, secret and folder."""
        missing = self._login_field(given)
        if missing is None and "folder" not in given and not self._free and self._ui.interactive:
            return fields.FOLDER
        return missing

    def _login_field(self, given: Given) -> Field | None:
        answered = {"host", "way", "token", "client_id", "session"} & set(given)
        if self._uses_existing(given):
            return None
        if not answered and "profile" not in given and given.get("use") is None and (offered := self._existing_field()):
            return offered
        if "host" not in given:
            return self._prefill(fields.FREE_HOST if self._free else fields.HOST, given)
        if "profile" in given and "replace" not in given and profiles.is_other_profile(self._method, given["profile"]):
            return fields.replace_field(given["profile"])
        if "way" not in given:
            return self._way_field(given)
        missing = next((field for field in WAY_FIELDS.get(given["way"], ()) if field.key not in given), None)
        return self._prefill(missing, given) if missing else None

    def _prefill(self, field: Field, given: Given) -> Field:
        """Return a field with this machine's value for it, once; a value for another host is never sent to this one."""
        place = known_value("DATABRICKS_HOST")
        elsewhere = place and given.get("host") and not same_host(place.text, given["host"])
        one = known_value(field.variable)
        if one is None or elsewhere or field.variable in self._used:
            return field
        self._used.add(field.variable)
        if not field.secret:
            return replace(field, known=one.text, known_from=one.source)
        shown = f" ({Secret(one.text).masked})"
        way = "token" if field.key == "token" else "machine"
        self._sources[way] = f"{name_in_sentence(field)}{shown} from {one.source}"
        return replace(field, known=one.text, known_from=f"{one.source}{shown}")

    def _uses_existing(self, given: Given) -> bool:
        """Tell whether existing credentials were chosen, or a profile was named and nothing else."""
        alone = not {"host", "way", "token", "client_id"} & set(given)
        return bool(given.get("use")) or (alone and given.get("profile") in profiles.all_profiles())

    def set(self, key: str, value: Any, given: Given) -> Given:
        """Return what is given with one more value, checked; a host is connected to at once, so that a typo shows."""
        if key == "host":
            return {**given, "host": self._reach(str(value)).url}
        if key == "replace" and not value:
            return {name: one for name, one in given.items() if name != "profile"}
        return {**given, key: value}

    def authenticate(self, given: Given) -> LoginResult:
        self._ui.progress("logging in to Databricks", str(given.get("host", "")))
        entered = replace(self._log_in(given), session=bool(given.get("session")))
        self._ui.tell("ok", f"Logged in to {entered.host} as {entered.me}")
        return entered

    def fields_to_retry(self, error: QuickstartError) -> tuple[str, ...]:
        return FIELDS_TO_RETRY.get(error.code, ())

    def _log_in(self, given: Given) -> LoginResult:
        profile = given.get("profile") or profiles.new_profile_name(self._method)
        connection = profiles.connection_name(self._method, given.get("profile"))
        if self._uses_existing(given):
            log_in = self._use_existing
        elif given["way"] in ("browser", "paste"):
            log_in = self._use_browser
        else:
            log_in = self._use_secret
        entered = log_in(given, connection, profile)
        return replace(entered, folder=given.get("folder") or f"/Users/{entered.me}")

    def _use_existing(self, given: Given, connection: str, profile: str) -> LoginResult:
        one: DiscoveredLogin = given.get("use") or login_for_profile(given["profile"], self._setup.runtime)
        if one.login.profile:
            return LoginResult(one.host, one.me, "profile", connection, one.login.profile)
        # Variables end with this shell, so a profile saves their values.
        way: Literal["token", "machine"] = "token" if one.login.way == "token" else "machine"
        secret = Secret(one.login.get(SECRET_KEYS[way]))
        return secret_result(one.host, one.me, way, connection, profile, one.login.get("client_id"), secret)

    def _use_secret(self, given: Given, connection: str, profile: str) -> LoginResult:
        url, way, client_id = given["host"], given["way"], given.get("client_id", "")
        secret: Secret = given[SECRET_KEYS[way]]
        source = self._note_other_profile(secret, url, LoginSource(self._sources[way], self._again(given)))
        with Http(url, READ_TIMEOUT) as http:
            token = secret.value
            if way == "machine":
                token = workspace.principal_token(http, client_id, token, source)
            http.authorize(access.bearer(token))
            me = workspace.current_user(http, source)
        return secret_result(url, me, way, connection, profile, client_id, secret)

    def _use_browser(self, given: Given, connection: str, profile: str) -> LoginResult:
        url, again = given["host"], self._again(given)
        tokens = access.sign_in(url, profile, self._setup, self._ui, again, paste=given["way"] == "paste")
        with Http(url, READ_TIMEOUT) as http:
            http.authorize(access.bearer(tokens.access.value))
            me = workspace.current_user(http, LoginSource("the login in the browser", again))
        values = {"host": url, "auth_type": "external-browser"}
        return LoginResult(url, me, "browser", connection, profile, values, tokens=tokens)

    def _reach(self, pasted: str) -> WorkspaceHost:
        """Return a workspace's address if it answers as one; no credentials are sent."""
        again = f"{self._command} --host https://WORKSPACE.cloud.databricks.com"
        try:
            place = workspace.parse_host(pasted)
            again = f"{self._command} --host {place.url}"
            for change in place.changes:
                self._ui.tell("warn", f"{place.url}: {change}")
            self._ui.progress("looking for the workspace", place.url)
            with Http(place.url, READ_TIMEOUT) as http:
                workspace.connect(http, place, again)
        except QuickstartError as error:
            raise error.with_defaults(again=again) from error
        return place

    def _again(self, given: Given) -> str:
        flags = {"profile": "--profile", "client_id": "--client-id", "folder": "--folder"}
        options = "".join(f" {flag} {quoted(given[key])}" for key, flag in flags.items() if given.get(key))
        return f"{self._command} --host {given['host']}{options}{WAY_FLAGS[given['way']]}"

    def _note_other_profile(self, secret: Secret, url: str, source: LoginSource) -> LoginSource:
        for name, values in profiles.all_profiles().items():
            elsewhere = values.get("host", "").rstrip("/")
            if secret.value in (values.get("token"), values.get("client_secret")) and elsewhere not in ("", url):
                return replace(source, source=f"{source.source}, which belongs to profile {name} for {elsewhere}")
        return source

    def _existing_field(self) -> Field | None:
        """Return the field that offers credentials that work; None if there are none."""
        if self._found is None:
            self._ui.progress("looking for existing credentials", str(profiles.config_file(os.environ)))
            self._found = discover_logins(self._setup.runtime, self._ui)
        if not self._found:
            return None
        return Field(
            key="use",
            label="Login",
            text="Use existing credentials?",
            why="quickstart tried each of them just now.",
            flag="--host H --token-stdin, or --profile NAME",
            choices=(
                *(Choice(login, f"{login.label}: {login.host}, as {login.me}") for login in self._found),
                Choice(False, "No, log in again"),
            ),
            default=self._found[0],
            optional=True,
            example=fields.EXAMPLE,
        )

    def _way_field(self, given: Given) -> Field:
        field = fields.way_field(can_open=self._setup.machine.browser, keeps=not given.get("session"))
        if self._prefill(fields.TOKEN, given).known is None:
            return field
        self._used.discard(fields.TOKEN.variable)
        return replace(field, known="token", known_from="a personal access token")


def same_host(one: str, other: str) -> bool:
    try:
        return workspace.parse_host(one).url == workspace.parse_host(other).url
    except QuickstartError:
        return False


def secret_result(
    url: str, me: str, way: Literal["token", "machine"], connection: str, profile: str, client_id: str, secret: Secret
) -> LoginResult:
    principal = {"client_id": client_id, "auth_type": "oauth-m2m"} if way == "machine" else {}
    return LoginResult(url, me, way, connection, profile, {"host": url, **principal}, SECRET_KEYS[way], secret)
