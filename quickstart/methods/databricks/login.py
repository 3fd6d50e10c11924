"""Logging in to a Databricks workspace. Nothing is saved here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from quickstart.errors import QuickstartError
from quickstart.methods.base import Login, LoginUI, Method, Setup
from quickstart.methods.databricks import INSIDE, access, fields, notebook, oauth, profiles, workspace
from quickstart.methods.databricks.discovery import DiscoveredLogin, discover_logins, known_value, login_for_profile
from quickstart.methods.databricks.setup import LoginResult
from quickstart.models import Secret
from quickstart.net.http import Http
from quickstart.prompts.base import name_in_sentence
from quickstart.prompts.fields import Field, Given
from quickstart.system.shell import quoted
from quickstart.tracking.check import reach

COMMAND = "quickstart login databricks"
READ_TIMEOUT = 5.0  # seconds for an answer: a person waits
# Answers to ask for again after an error.
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
SOURCES = {"token": "the given token", "machine": "the service principal's secret"}


def make_login(method: Method, setup: Setup, ui: LoginUI) -> Login:
    if os.environ.get(INSIDE):
        return notebook.NotebookLogin()
    return DatabricksLogin(method, setup, ui)


class DatabricksLogin(Login):
    """One login to a workspace.

    Args:
        method: Free Edition, or a workspace for production.
        setup: the machine and the runtime.
        ui: shows and asks.
    """

    def __init__(self, method: Method, setup: Setup, ui: LoginUI) -> None:
        self._method = method.name
        self._free = method.kind == "free-hosted"
        self._setup = setup
        self._ui = ui
        self._found: tuple[DiscoveredLogin, ...] | None = None
        self._sources = dict(SOURCES)
        self._used: set[str] = set()  # a rejected value of this machine is not tried again
        self._command = f"{COMMAND} --free" if self._free else COMMAND

    def next_field(self, given: Given) -> Field | None:
        """Return what is missing next: a profile that works goes before all; then host, way, secret and folder."""
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
            return self._prefill("DATABRICKS_HOST", fields.FREE_HOST if self._free else fields.HOST, given)
        if "profile" in given and "replace" not in given and profiles.is_other_profile(self._method, given["profile"]):
            return fields.replace_field(given["profile"])
        if "way" not in given:
            return self._way_field(given)
        if given["way"] == "token" and "token" not in given:
            return self._prefill("DATABRICKS_TOKEN", fields.TOKEN, given)
        if given["way"] == "machine" and "client_id" not in given:
            return self._prefill("DATABRICKS_CLIENT_ID", fields.CLIENT_ID, given)
        if given["way"] == "machine" and "client_secret" not in given:
            return self._prefill("DATABRICKS_CLIENT_SECRET", fields.CLIENT_SECRET, given)
        return None

    def _prefill(self, variable: str, field: Field, given: Given) -> Field:
        """Return a need with what the machine has for it, once; what belongs to another host never goes to this one."""
        place = known_value("DATABRICKS_HOST")
        elsewhere = place and given.get("host") and not same_host(place.value, given["host"])
        one = known_value(variable)
        if one is None or elsewhere or variable in self._used:
            return field
        self._used.add(variable)
        shown = f" ({Secret(one.value).masked})" if field.secret else ""
        if field.secret:
            self._sources["token" if field.key == "token" else "machine"] = (
                f"{name_in_sentence(field)}{shown} from {one.source}"
            )
        return replace(field, known=one.value, known_from=f"{one.source}{shown}")

    def _uses_existing(self, given: Given) -> bool:
        """Tell whether a login that is there already is meant: a profile that was named without anything else."""
        alone = given.get("profile") and not {"host", "way", "token", "client_id"} & set(given)
        return bool(given.get("use")) or bool(alone and given["profile"] in profiles.all_profiles())

    def set(self, key: str, value: Any, given: Given) -> Given:
        """Return what is given with one more value, checked; a host is called at once, so that a typo shows."""
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
        if self._uses_existing(given):
            return self._by_profile(given)
        way = given["way"]
        profile = given.get("profile") or profiles.new_profile_name(self._method)
        connection = profiles.connection_name(self._method, given.get("profile"))
        if way in ("browser", "paste"):
            entered = self._by_browser(given, connection, profile)
        else:
            entered = self._by_secret(given, connection, profile)
        return replace(entered, folder=given.get("folder") or f"/Users/{entered.me}")

    def _by_profile(self, given: Given) -> LoginResult:
        one: DiscoveredLogin = given.get("use") or login_for_profile(given["profile"], self._setup.runtime)
        folder = given.get("folder") or f"/Users/{one.me}"
        connection = profiles.connection_name(self._method, given.get("profile"))
        if one.profile:
            return LoginResult(one.host, one.me, "profile", connection, one.profile, folder=folder)
        # Variables end with this shell: what they hold is kept in a profile.
        token = one.login.way == "token"
        key = "token" if token else "client_secret"
        values = {"host": one.host, **({} if token else principal_values(one.login.get("client_id")))}
        secret, profile = Secret(one.login.get(key)), profiles.new_profile_name(self._method)
        way: Literal["token", "machine"] = "token" if token else "machine"
        return LoginResult(one.host, one.me, way, connection, profile, values, key, secret, folder=folder)

    def _by_secret(self, given: Given, connection: str, profile: str) -> LoginResult:
        url, way = given["host"], given["way"]
        key = "token" if way == "token" else "client_secret"
        secret: Secret = given[key]
        source = self._note_other_profile(secret, url, workspace.LoginSource(self._sources[way], self._again(given)))
        with Http(url, READ_TIMEOUT) as http:
            if way == "token":
                token, values = secret.value, {"host": url}
            else:
                token = workspace.principal_token(http, given["client_id"], secret.value, source)
                values = {"host": url, **principal_values(given["client_id"])}
            http.authorize(access.bearer(token))
            me = workspace.current_user(http, source)
        return LoginResult(url, me, way, connection, profile, values, key, secret)

    def _by_browser(self, given: Given, connection: str, profile: str) -> LoginResult:
        url, again = given["host"], self._again(given)
        tokens = oauth.sign_in(url, profile, self._setup, self._ui, again, paste=given["way"] == "paste")
        with Http(url, READ_TIMEOUT) as http:
            http.authorize(access.bearer(tokens.access))
            me = workspace.current_user(http, workspace.LoginSource("the login in the browser", again))
        values = {"host": url, "auth_type": "external-browser"}
        kind: Literal["browser"] = "browser"
        return LoginResult(url, me, kind, connection, profile, values, tokens=tokens.all, tokens_file=tokens.file)

    def _reach(self, pasted: str) -> workspace.WorkspaceHost:
        """Return a workspace's address once it answers as one; nothing secret is sent for it."""
        try:
            place = workspace.parse_host(pasted)
        except QuickstartError as error:
            raise error.with_defaults(again=f"{self._command} --host https://WORKSPACE.cloud.databricks.com") from error
        for change in place.changes:
            self._ui.tell("warn", f"{place.url}: {change}")
        self._ui.progress("looking for the workspace", place.url)
        again = f"{self._command} --host {place.url}"
        try:
            with Http(place.url, READ_TIMEOUT) as http:
                if not http.proxied:
                    reach(place.url, place.name, place.port)
                workspace.identify(http, again)
        except QuickstartError as error:
            raise error.with_defaults(again=again) from error
        return place

    def _again(self, given: Given) -> str:
        flags = {"profile": "--profile", "client_id": "--client-id", "folder": "--folder"}
        options = "".join(f" {flag} {quoted(given[key])}" for key, flag in flags.items() if given.get(key))
        return f"{self._command} --host {given['host']}{options}{WAY_FLAGS[given['way']]}"

    def _note_other_profile(self, secret: Secret, url: str, source: workspace.LoginSource) -> workspace.LoginSource:
        for name, values in self._profiles().items():
            elsewhere = values.get("host", "").rstrip("/")
            if secret.value in (values.get("token"), values.get("client_secret")) and elsewhere not in ("", url):
                words = f"{source.source}, which belongs to profile {name} for {elsewhere}"
                return workspace.LoginSource(words, source.again)
        return source

    def _profiles(self) -> Mapping[str, Mapping[str, str]]:
        try:
            return profiles.read(profiles.config_file(os.environ))
        except QuickstartError:
            return {}

    def _existing_field(self) -> Field | None:
        """Return the offer of what works already, or None where nothing does."""
        if self._found is None:
            self._ui.progress("looking for existing credentials", str(profiles.config_file(os.environ)))
            self._found = discover_logins(self._setup.runtime, self._ui)
        return fields.existing_login_field(self._found) if self._found else None

    def _way_field(self, given: Given) -> Field:
        field = fields.way_field(can_open=self._setup.machine.browser, keeps=not given.get("session"))
        if self._prefill("DATABRICKS_TOKEN", fields.TOKEN, given).known is None:
            return field
        self._used.discard("DATABRICKS_TOKEN")
        return replace(field, known="token", known_from="a personal access token")


def same_host(one: str, other: str) -> bool:
    try:
        return workspace.parse_host(one).url == workspace.parse_host(other).url
    except QuickstartError:
        return False


def principal_values(client_id: str) -> dict[str, str]:
    return {"client_id": client_id, "auth_type": "oauth-m2m"}
