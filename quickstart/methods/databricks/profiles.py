"""Profiles and variables with credentials, resolved as databricks-sdk does; and which profile a login is saved in.

Arguments take precedence over variables, variables over the file (databricks.sdk.config.Config in 0.162).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal

from quickstart.config_files import ini
from quickstart.config_files.ini import fingerprint
from quickstart.config_files.section import load
from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.databricks import profiles
from quickstart.models import Secret
from quickstart.server import records
from quickstart.state.connections import Connections
from quickstart.state.journal import Journal

Way = Literal["token", "machine", "sdk"]

VARIABLES: Mapping[str, str] = {
    "host": "DATABRICKS_HOST",
    "token": "DATABRICKS_TOKEN",
    "client_id": "DATABRICKS_CLIENT_ID",
    "client_secret": "DATABRICKS_CLIENT_SECRET",
    "username": "DATABRICKS_USERNAME",
    "password": "DATABRICKS_PASSWORD",
    "auth_type": "DATABRICKS_AUTH_TYPE",
}
IN_SHELL = " in this shell"
PROFILE = "DATABRICKS_CONFIG_PROFILE"
FILE = "DATABRICKS_CONFIG_FILE"
SECRETS = frozenset({"token", "client_secret", "password"})
# Keys with credentials; a new login replaces all of them and keeps the other keys.
LOGIN_KEYS = (
    *VARIABLES,
    "azure_client_id",
    "azure_client_secret",
    "azure_tenant_id",
    "azure_use_msi",
    "databricks_cli_path",
    "google_credentials",
    "google_service_account",
    "metadata_service_url",
    "oidc_token_env",
    "oidc_token_filepath",
    "scopes",
)
# The SDK's authentication method of each value; it rejects two at once unless auth_type decides.
METHODS = {
    "token": "pat",
    "username": "basic",
    "password": "basic",
    "client_id": "oauth",
    "client_secret": "oauth",
    "azure_client_id": "azure",
    "azure_client_secret": "azure",
}


@dataclass(frozen=True)
class Value:
    """A value and its source."""

    text: str
    source: str


@dataclass(frozen=True)
class Login:
    """The credentials of a workspace.

    Args:
        profile: the profile that contributes values, if any.
        values: host, token and the like; secrets are never shown.
    """

    profile: str | None
    values: Mapping[str, Value]

    def __repr__(self) -> str:
        return f"<login to {self.host or 'nowhere'}, {self.source}>"

    def get(self, key: str) -> str:
        """Return a value, or "" where there is none."""
        return self.values[key].text if key in self.values else ""

    @property
    def host(self) -> str:
        return self.get("host")

    @property
    def way(self) -> Way:
        kind = self.get("auth_type")
        if self.get("token") and kind in ("", "pat"):
            return "token"
        if self.get("client_id") and self.get("client_secret") and kind in ("", "oauth-m2m"):
            return "machine"
        return "sdk"

    @property
    def _deciding(self) -> str:
        return next((key for key in ("token", "client_secret", "auth_type", "host") if key in self.values), "")

    @property
    def decides(self) -> str:
        key = self._deciding
        if not key:
            return "no credentials"
        text = self.get(key)
        shown = f" ({Secret(text).masked})" if key in SECRETS else f" by {text}" if key == "auth_type" else ""
        return f"{KEY_NAMES[key]}{shown}"

    @property
    def source(self) -> str:
        return f"{self.decides} from {self.values[self._deciding].source}" if self._deciding else self.decides


KEY_NAMES = {"token": "token", "client_secret": "client secret", "auth_type": "login", "host": "URL"}


def config_file(environment: Mapping[str, str]) -> Path:
    return Path(environment.get(FILE) or "~/.databrickscfg").expanduser().absolute()


def read(path: Path) -> dict[str, dict[str, str]]:
    """Return the profiles in a file, none where there is no file.

    Raises:
        QuickstartError: "profiles-unreadable" or "profiles-damaged".
    """
    try:
        found = ini.read(load(path))
    except QuickstartError as error:
        raise error.with_defaults(path=str(path)) from error
    return {name: values for name, values in found.items() if name != "__settings__"}


def resolve(
    profile: str | None, environment: Mapping[str, str], profiles: Mapping[str, Mapping[str, str]], path: Path
) -> Login:
    """Return the credentials that the SDK would use.

    Args:
        profile: the profile that is asked for, as by databricks://NAME; else DATABRICKS_CONFIG_PROFILE counts.
        environment: the variables.
        profiles: what is in the file.
        path: of the file, to name it.

    Raises:
        QuickstartError: "profile-unknown"; "login-ambiguous" where two ways to log in are set at once.
    """
    values = {
        key: Value(environment[variable], f"{variable}{IN_SHELL}")
        for key, variable in VARIABLES.items()
        if environment.get(variable)
    }
    profile = profile or environment.get(PROFILE) or None
    if profile and profile not in profiles:
        known = ", ".join(profiles) or "none"
        raise QuickstartError("profile-unknown", ExitCode.USAGE, profile=profile, path=str(path), known=known)
    chosen = profile or (None if values else "DEFAULT")
    for key, text in profiles.get(chosen or "", {}).items():
        values.setdefault(key, Value(text, f"profile {chosen} in {path}"))
    login = Login(chosen if chosen in profiles else None, values)
    _check_single_method(login)
    return login


def _check_single_method(login: Login) -> None:
    found = {METHODS[key]: value.source for key, value in login.values.items() if key in METHODS and value.text}
    if len(found) > 1 and not login.get("auth_type"):
        both = " and ".join(f"{way} ({source})" for way, source in found.items())
        by_shell = {key: VARIABLES[key] for key in METHODS if key in login.values and _in_shell(login.values[key])}
        if all(_in_shell(login.values[key]) for key in METHODS if key in login.values):
            by_shell.pop("token", None)  # one of them has to stay
        raise QuickstartError("login-ambiguous", both=both, unset=" ".join(by_shell.values()) or "one of them")


def _in_shell(value: Value) -> bool:
    return value.source.endswith(IN_SHELL)


def conflicting_variables(login: Login, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that would beat a profile in a shell: they go before it, unless they say the same."""
    return tuple(
        variable
        for key, variable in VARIABLES.items()
        if environment.get(variable) and environment[variable].rstrip("/") != login.get(key).rstrip("/")
    )


SAVE, REMOVE = "save-profile", "remove-profile"


def connection_name(method: str, profile: str | None) -> str:
    """Return the name of the connection that a profile makes: the method's own, unless the person named a profile.

    A name that belongs to a server, to another profile or to another file gets a number: undo goes by names.
    """
    slug = re.sub(r"[^a-z0-9_-]+", "-", (profile or "").lower()).strip("-_")[:36]
    base = slug if profile and slug and profile != "DEFAULT" else method
    numbered = (f"{base}-{number}" for number in count(2))
    return next(name for name in chain((base,), numbered) if _is_free_for(name, profile))


def _is_free_for(name: str, profile: str | None) -> bool:
    saved = Connections().all().get(name)
    if saved is None:
        steps = [entry.step for entry in Journal(name).entries()]
        written = {step.parameters["profile"] for step in steps if step.kind == SAVE}
        return records.load(name) is None and (profile is None or written <= {profile})
    file = str(profiles.config_file(os.environ))
    same_file = saved.env.get(profiles.FILE, file) == file
    return profiles.PROFILE in saved.env and same_file and profile in (None, saved.env[profiles.PROFILE])


def all_profiles() -> dict[str, dict[str, str]]:
    """Return the profiles in the file; {} if it cannot be read, which writing to it reports."""
    try:
        return profiles.read(profiles.config_file(os.environ))
    except QuickstartError:
        return {}


def last_written(connection: str, profile: str) -> Mapping[str, Any] | None:
    """Return what would take back our last writing of a profile, or None where we wrote none."""
    path = str(profiles.config_file(os.environ))
    for entry in reversed(Journal(connection).entries()):
        given = entry.step.inverse["parameters"] if entry.step.inverse else {}
        if entry.step.kind == SAVE and given["profile"] == profile and given["path"] == path:
            return dict(given)
    return None


def is_ours(connection: str, profile: str) -> bool:
    written, now = last_written(connection, profile), all_profiles().get(profile)
    return bool(written and now and fingerprint(now, written["salt"]) == written["fingerprint"])


def is_other_profile(method: str, profile: str) -> bool:
    return profile in all_profiles() and not is_ours(connection_name(method, profile), profile)


def new_profile_name(method: str) -> str:
    """Return the profile that is written where the person named none: the method's name, with a number if need be."""
    taken = all_profiles()
    number, name = 1, method
    while name in taken and not is_ours(method, name):
        number += 1
        name = f"{method}-{number}"
    return name
