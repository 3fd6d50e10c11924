"""Logging in to a workspace: what is asked, in which order, and how each way is tried. Nothing is saved here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from quickstart.errors import ExitCode, Fault
from quickstart.http import Http
from quickstart.methods.base import Login, Method, Scene, Setup
from quickstart.methods.databricks import INSIDE, SIGN_UP, access, host, kept, notebook, oauth, profiles, rest
from quickstart.methods.databricks.entered import Entered
from quickstart.methods.databricks.found import Found, found, named
from quickstart.methods.databricks.known import known
from quickstart.needs import Given, Need, Secret
from quickstart.next_steps import quoted
from quickstart.tracking.check import reach

COMMAND = "quickstart login databricks"
# Which of the given a fault puts in doubt.
DOUBTED: Mapping[str, tuple[str, ...]] = {
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
    "bad-profile": ("profile",),
    "bad-secret": ("token", "client_secret"),
    "login-refused": ("use", "token", "client_secret"),
    **dict.fromkeys(("oauth-denied", "oauth-expired", "oauth-ports", "oauth-refused", "oauth-state"), ("way",)),
}


def login(method: Method, setup: Setup, scene: Scene) -> Login:
    """Return the login for a machine: inside a Databricks notebook one is logged in already."""
    if os.environ.get(INSIDE):
        return notebook.Inside()
    return Workspaces(method, setup, scene)


class Workspaces(Login):
    """One login to a workspace.

    Args:
        method: Free Edition, or a workspace for production.
        setup: the machine and the target.
        scene: who is told and asked.
    """

    def __init__(self, method: Method, setup: Setup, scene: Scene) -> None:
        self._method = method.name
        self._free = method.kind == "free-hosted"
        self._setup = setup
        self._scene = scene
        self._found: tuple[Found, ...] | None = None
        self._taken: set[str] = set()  # of what the machine has: what was refused is not taken again
        self._command = f"{COMMAND} --free" if self._free else COMMAND

    def need(self, given: Given) -> Need | None:
        """Return what is missing next: a profile that works goes before all; then host, way and secret."""
        said = {"host", "way", "token", "client_id"} & set(given)
        if self._existing(given):
            return None
        if not said and "profile" not in given and given.get("use") is None and (offered := self._offered()):
            return offered
        if "host" not in given:
            return self._known("DATABRICKS_HOST", self._host(), given)
        if "profile" in given and "replace" not in given and kept.foreign(self._method, given["profile"]):
            return replace_it(given["profile"])
        if "way" not in given:
            return self._way(given)
        if given["way"] == "token" and "token" not in given:
            return self._known("DATABRICKS_TOKEN", TOKEN, given)
        if given["way"] == "machine" and "client_id" not in given:
            return self._known("DATABRICKS_CLIENT_ID", CLIENT_ID, given)
        if given["way"] == "machine" and "client_secret" not in given:
            return self._known("DATABRICKS_CLIENT_SECRET", CLIENT_SECRET, given)
        return None

    def _known(self, variable: str, need: Need, given: Given) -> Need:
        """Return a need with what the machine has for it, once; what belongs to another host never goes to this one."""
        place = known("DATABRICKS_HOST")
        elsewhere = place and given.get("host") and not same_host(place.value, given["host"])
        one = known(variable)
        if one is None or elsewhere or variable in self._taken:
            return need
        self._taken.add(variable)
        shown = f" ({Secret(one.value).masked})" if need.secret else ""
        return replace(need, known=one.value, known_from=f"{one.source}{shown}")

    def _existing(self, given: Given) -> bool:
        """Tell whether a login that is there already is meant: a profile that was named without anything else."""
        alone = given.get("profile") and not {"host", "way", "token", "client_id"} & set(given)
        return bool(given.get("use")) or bool(alone and given["profile"] in kept.all_profiles())

    def take(self, key: str, value: Any, given: Given) -> Given:
        """Return what is given with one more value, checked; a host is called at once, so that a typo shows."""
        if key == "use":
            return {**given, "use": value}
        if key == "host":
            return {**given, "host": self._reached(str(value)).url}
        if key in ("token", "client_secret"):
            return {**given, key: checked_secret(value, key)}
        if key == "profile":
            return {**given, "profile": checked_profile(str(value))}
        if key == "replace" and not value:
            return {other: said for other, said in given.items() if other != "profile"}
        if key == "folder" and not str(value).startswith("/"):
            raise Fault("bad-folder", ExitCode.USAGE, folder=value)
        return {**given, key: value}

    def enter(self, given: Given) -> Entered:
        """Log in."""
        self._scene.progress("logging in to Databricks", str(given.get("host", "")))
        entered = replace(self._entered(given), session=bool(given.get("session")))
        self._scene.tell("ok", f"Logged in to {entered.host} as {entered.me}")
        return entered

    def doubted(self, fault: Fault) -> tuple[str, ...]:
        """Return which of the given a fault puts in doubt."""
        return DOUBTED.get(fault.code, ())

    def _entered(self, given: Given) -> Entered:
        if self._existing(given):
            return self._by_profile(given)
        way = given["way"]
        profile = given.get("profile") or kept.own_name(self._method)
        connection = kept.connection_name(self._method, given.get("profile"))
        if way in ("browser", "paste"):
            entered = self._by_browser(given, connection, profile)
        else:
            entered = self._by_secret(given, connection, profile)
        return replace(entered, folder=given.get("folder") or f"/Users/{entered.me}")

    def _by_profile(self, given: Given) -> Entered:
        one: Found = given.get("use") or named(given["profile"], self._setup.target)
        folder = given.get("folder") or f"/Users/{one.me}"
        connection = kept.connection_name(self._method, given.get("profile"))
        if one.profile:
            return Entered(one.host, one.me, "profile", connection, one.profile, folder=folder)
        # Variables end with this shell: what they hold is kept in a profile.
        token = one.login.way == "token"
        key = "token" if token else "client_secret"
        values = {"host": one.host, **({} if token else machine(one.login.get("client_id")))}
        secret, profile = Secret(one.login.get(key)), kept.own_name(self._method)
        way: Literal["token", "machine"] = "token" if token else "machine"
        return Entered(one.host, one.me, way, connection, profile, values, key, secret, folder=folder)

    def _by_secret(self, given: Given, connection: str, profile: str) -> Entered:
        url, way = given["host"], given["way"]
        key = "token" if way == "token" else "client_secret"
        secret: Secret = given[key]
        told = self._told_of(secret, url, rest.Told(SOURCES[way], self._again(given)))
        with Http(url) as http:
            if way == "token":
                token, values = secret.value, {"host": url}
            else:
                token = rest.machine_token(http, given["client_id"], secret.value, told)
                values = {"host": url, **machine(given["client_id"])}
            http.authorize(access.bearer(token))
            me = rest.me(http, told)
        return Entered(url, me, way, connection, profile, values, key, secret)

    def _by_browser(self, given: Given, connection: str, profile: str) -> Entered:
        url, again = given["host"], self._again(given)
        tokens = oauth.sign_in(url, profile, self._setup, self._scene, again, paste=given["way"] == "paste")
        with Http(url) as http:
            http.authorize(access.bearer(tokens.access))
            me = rest.me(http, rest.Told("the login in the browser", again))
        values = {"host": url, "auth_type": "external-browser"}
        kind: Literal["browser"] = "browser"
        return Entered(url, me, kind, connection, profile, values, tokens=tokens.all, tokens_file=tokens.file)

    def _reached(self, pasted: str) -> host.Host:
        """Return a workspace's address once it answers as one; nothing secret is sent for it."""
        place = host.workspace(pasted)
        for change in place.changes:
            self._scene.tell("warn", f"{place.url}: {change}")
        self._scene.progress("looking for the workspace", place.url)
        try:
            with Http(place.url, read_timeout=5.0) as http:
                if not http.proxied:
                    reach(place.url, place.name, place.port)
                rest.identify(http)
        except Fault as fault:
            raise fault.with_facts(again=f"{self._command} --host {place.url}") from fault
        return place

    def _again(self, given: Given) -> str:
        """Return the command that logs in anew, without a secret."""
        flags = {"profile": "--profile", "client_id": "--client-id", "folder": "--folder"}
        said = "".join(f" {flag} {quoted(given[key])}" for key, flag in flags.items() if given.get(key))
        return f"{self._command} --host {given['host']}{said}{WAY_FLAGS[given['way']]}"

    def _told_of(self, secret: Secret, url: str, told: rest.Told) -> rest.Told:
        """Say where else a secret is known: one of another workspace is the commonest of mistakes."""
        for name, values in self._profiles().items():
            elsewhere = values.get("host", "").rstrip("/")
            if secret.value in (values.get("token"), values.get("client_secret")) and elsewhere not in ("", url):
                return rest.Told(f"{told.source}, which is that of profile {name} for {elsewhere},", told.again)
        return told

    def _profiles(self) -> Mapping[str, Mapping[str, str]]:
        try:
            return profiles.read(profiles.config_file(os.environ))
        except Fault:
            return {}

    def _offered(self) -> Need | None:
        """Return the offer of what works already, or None where nothing does."""
        if self._found is None:
            self._scene.progress("looking for a login that works", str(profiles.config_file(os.environ)))
            self._found = found(self._setup.target, self._scene)
        if not self._found:
            return None
        works = tuple((one, f"{one.label}: {one.host}, as {one.me}") for one in self._found)
        return Need(
            key="use",
            name="Login",
            text="Use a login that works already?",
            flags="--host H --token-stdin, or --profile NAME",
            why="Each was tried just now.",
            choices=(*works, (False, "No, log in anew")),
            default=works[0][0],
            example=WHOLE,
            found=True,
        )

    def _host(self) -> Need:
        free = f"Not there yet? Sign up, about 3 minutes: {SIGN_UP}\n" if self._free else ""
        return Need(
            key="host",
            name="Workspace",
            text="What is your workspace's address?",
            flags="--host H",
            variable="DATABRICKS_HOST",
            why=f"{free}Copy it from the browser, logged in: https://<something>.cloud.databricks.com",
            more=MORE_FREE if self._free else MORE,
            example=WHOLE,
        )

    def _way(self, given: Given) -> Need:
        can_open = self._setup.machine.browser
        ways = (WAYS["browser"], WAYS["paste"]) if can_open else (WAYS["paste"],)
        need = Need(
            key="way",
            name="Log in by",
            text="How do you log in?",
            flags="--oauth, --no-browser, --token-stdin, or --client-id ID --client-secret-stdin",
            choices=(*ways, WAYS["token"], WAYS["machine"]),
            default="browser" if can_open else "token",
            example=TOKEN.example,
        )
        if self._known("DATABRICKS_TOKEN", TOKEN, given).known is None:
            return need
        self._taken.discard("DATABRICKS_TOKEN")
        return replace(need, known="token", known_from="a personal access token")


def same_host(one: str, other: str) -> bool:
    """Tell whether two addresses are of one workspace."""
    try:
        return host.workspace(one).url == host.workspace(other).url
    except Fault:
        return False


WAY_FLAGS = {
    "browser": " --oauth",
    "paste": " --no-browser",
    "token": " --token-stdin",
    "machine": " --client-secret-stdin",
}
WHOLE = "--host https://<something>.cloud.databricks.com --token-stdin < token.txt"
SOURCES = {"token": "the token that was given", "machine": "the service principal's secret"}
WAYS = {
    way: (way, words)
    for way, words in (
        ("browser", "In the browser: nothing to copy, and it renews itself"),
        ("paste", "In a browser on another machine, and paste an address back"),
        ("token", "With a personal access token"),
        ("machine", "As a service principal, for machines"),
    )
}
MORE = (
    "Any form that the browser shows will do, such as https://dbc-a1b2c3d4-e5f6.cloud.databricks.com/?o=123#ml (AWS), "
    "https://adb-123.4.azuredatabricks.net (Azure) or https://123.4.gcp.databricks.com (GCP): what follows the host is "
    "dropped. The page on which you manage an account is no workspace."
)
MORE_FREE = (
    f"Free Edition is the successor of Community Edition, which is gone. Sign up at {SIGN_UP}: an email address or a "
    "Google account is enough, no card is asked for. You then are in your workspace; its address is in the browser's "
    "address line. " + MORE
)
TOKEN = Need(
    key="token",
    name="Token",
    text="Paste a personal access token.",
    flags="--token-stdin",
    variable="DATABRICKS_TOKEN",
    why="In the workspace: your initials (top right), Settings, Developer, Access tokens, Manage, Generate new token.",
    more=(
        "A token logs in as you. Give it a comment such as 'mlflow quickstart' and a lifetime; copy it before the "
        "dialog closes, for it is shown once. What you paste does not appear here. It is tried before it is saved, "
        "and saved only in your own file of profiles, which nobody else can read."
    ),
    secret=True,
    example="--token-stdin < token.txt",
)
CLIENT_ID = Need(
    key="client_id",
    name="Client id",
    text="What is the service principal's client id?",
    flags="--client-id ID",
    variable="DATABRICKS_CLIENT_ID",
    why="In the workspace: Settings, Identity and access, Service principals; it is called Application ID there.",
    example="--client-id ID --client-secret-stdin < secret.txt",
)
CLIENT_SECRET = Need(
    key="client_secret",
    name="Secret",
    text="Paste its OAuth secret.",
    flags="--client-secret-stdin",
    variable="DATABRICKS_CLIENT_SECRET",
    why="On the service principal's page: Secrets, Generate secret. It is shown once.",
    secret=True,
    example="--client-secret-stdin < secret.txt",
)


def replace_it(profile: str) -> Need:
    """Return the question what is to happen to a profile that somebody else wrote."""
    return Need(
        key="replace",
        name="Profile",
        text=f"There is a profile named {profile} already. Replace how it logs in?",
        flags=f"another --profile, such as {profile}-mlflow",
        why="Its other settings stay, and undo brings it back.",
        example="--profile another-name --token-stdin < token.txt",
        choices=((False, "No, leave it alone and take another name"), (True, "Yes, replace its login")),
    )


def machine(client_id: str) -> dict[str, str]:
    """Return what a profile of a service principal holds beside host and secret."""
    return {"client_id": client_id, "auth_type": "oauth-m2m"}


def checked_secret(value: Any, key: str) -> Secret:
    """Return a pasted secret without what was copied around it; raise Fault "bad-secret" where it can be none."""
    text = (value.value if isinstance(value, Secret) else str(value)).strip().strip("'\"")
    if not text or not text.isascii() or not text.isprintable() or " " in text or "%" in text:
        raise Fault("bad-secret", ExitCode.USAGE, name=key.replace("_", " "), length=len(text))
    return Secret(text)


def checked_profile(name: str) -> str:
    """Return a profile's name; raise Fault "bad-profile" where the file, or a shell's variable, could not hold it."""
    if not name.strip() or name != name.strip() or not name.isprintable() or set(name) & set("[]%"):
        raise Fault("bad-profile", ExitCode.USAGE, profile=name)
    return name
