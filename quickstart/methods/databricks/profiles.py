"""Profiles and variables with credentials, resolved as databricks-sdk does; and which profile a login is saved in.

Arguments take precedence over variables, variables over the file (databricks.sdk.config.Config in 0.162).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal

from quickstart.config_files import ini
from quickstart.config_files.section import is_unchanged, load
from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import Secret
from quickstart.server import records
from quickstart.state.connections import Connections
from quickstart.state.journal import Journal

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
SAVE, REMOVE = "save-profile", "remove-profile"
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
# Keys with credentials; a new login replaces all of them and keeps the other keys.
LOGIN_KEYS = {
    *VARIABLES,
    *METHODS,
    "azure_tenant_id",
    "azure_use_msi",
    "databricks_cli_path",
    "google_credentials",
    "google_service_account",
    "metadata_service_url",
    "oidc_token_env",
    "oidc_token_filepath",
    "scopes",
}


@dataclass(frozen=True)
class Value:
    """A value and its source, in words."""

    text: str = field(repr=False)
    source: str


@dataclass(frozen=True)
class Login:
    """The credentials of a workspace.

    Args:
        profile: the one that contributes values, if any.
        values: host, token and other keys of a profile.
    """

    profile: str | None
    values: Mapping[str, Value]

    def __repr__(self) -> str:
        return f"<login to {self.host or 'nowhere'}, {self.source}>"

    def get(self, key: str) -> str:
        return self.values[key].text if key in self.values else ""

    @property
    def host(self) -> str:
        return self.get("host")

    @property
    def way(self) -> Literal["token", "machine", "sdk"]:
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
        """What a server would reject, in words; a secret is masked."""
        key = self._deciding
        if key == "host":
            return "URL"
        if key == "auth_type":
            return f"login by {self.get(key)}"
        return f"{key.replace('_', ' ')} ({Secret(self.get(key)).masked})" if key else "no credentials"

    @property
    def source(self) -> str:
        return f"{self.decides} from {self.values[self._deciding].source}" if self._deciding else self.decides


def config_file(environment: Mapping[str, str]) -> Path:
    return Path(environment.get(FILE) or "~/.databrickscfg").expanduser().absolute()


def read(path: Path) -> dict[str, dict[str, str]]:
    """Return the profiles in a file, {} if it does not exist; raise "profiles-unreadable" or "profiles-damaged"."""
    try:
        found = ini.read(load(path))
    except QuickstartError as error:
        raise error.with_defaults(path=str(path)) from error
    return {name: values for name, values in found.items() if name != "__settings__"}


def resolve(
    profile: str | None, environment: Mapping[str, str], known: Mapping[str, Mapping[str, str]], path: Path
) -> Login:
    """Return the credentials that the SDK would use.

    Args:
        profile: as in databricks://NAME; if None, DATABRICKS_CONFIG_PROFILE selects it.
        known: the profiles in the file at `path`.

    Raises:
        QuickstartError: "profile-unknown", or "login-ambiguous" if two authentication methods are set.
    """
    values = {
        key: Value(environment[variable], f"{variable}{IN_SHELL}")
        for key, variable in VARIABLES.items()
        if environment.get(variable)
    }
    profile = profile or environment.get(PROFILE) or None
    if profile and profile not in known:
        names = ", ".join(known) or "none"
        raise QuickstartError("profile-unknown", ExitCode.USAGE, profile=profile, path=str(path), known=names)
    chosen = profile or (None if values else "DEFAULT")
    for key, text in known.get(chosen or "", {}).items():
        values.setdefault(key, Value(text, f"profile {chosen} in {path}"))
    login = Login(chosen if chosen in known else None, values)
    _check_single_method(login)
    return login


def _check_single_method(login: Login) -> None:
    found = {METHODS[key]: value.source for key, value in login.values.items() if key in METHODS and value.text}
    if len(found) < 2 or login.get("auth_type"):
        return
    keys = [key for key in METHODS if key in login.values]
    in_shell = [key for key in keys if is_in_shell(login.values[key])]
    kept = "token" if in_shell == keys else ""  # one of them must stay
    both = " and ".join(f"{way} ({source})" for way, source in found.items())
    unset = " ".join(VARIABLES[key] for key in in_shell if key != kept) or "one of them"
    raise QuickstartError("login-ambiguous", both=both, unset=unset)


def is_in_shell(value: Value) -> bool:
    return value.source.endswith(IN_SHELL)


def conflicting_variables(login: Login, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that override a profile: those that are set and differ from it."""
    return tuple(
        variable
        for key, variable in VARIABLES.items()
        if environment.get(variable) and environment[variable].rstrip("/") != login.get(key).rstrip("/")
    )


def connection_name(method: str, profile: str | None) -> str:
    """Return the name of the connection that a profile makes: the method's own, unless the person named a profile.

    A name that belongs to a server, to another profile, or to another file gets a number: undo goes by names.
    """
    slug = re.sub(r"[^a-z0-9_-]+", "-", (profile or "").lower()).strip("-_")[:36]
    base = slug if profile and slug and profile != "DEFAULT" else method
    return next(name for name in _number_names(base) if _is_free_for(name, profile))


def _number_names(base: str) -> Iterator[str]:
    return chain((base,), (f"{base}-{number}" for number in count(2)))


def _is_free_for(name: str, profile: str | None) -> bool:
    saved = Connections().all().get(name)
    if saved is None:
        steps = [entry.step for entry in Journal(name).entries()]
        written = {step.parameters["profile"] for step in steps if step.kind == SAVE}
        return records.load(name) is None and (profile is None or written <= {profile})
    file = str(config_file(os.environ))
    same_file = saved.env.get(FILE, file) == file
    return PROFILE in saved.env and same_file and profile in (None, saved.env[PROFILE])


def all_profiles(environment: Mapping[str, str] = os.environ) -> dict[str, dict[str, str]]:
    """Return the profiles in the file; {} if it cannot be read, which logging in with it or writing to it reports."""
    try:
        return read(config_file(environment))
    except QuickstartError:
        return {}


def last_written(connection: str, profile: str) -> Mapping[str, Any] | None:
    """Return what undoes our last change of a profile; None if there is none, or if the profile changed since."""
    path = str(config_file(os.environ))
    for entry in reversed(Journal(connection).entries()):
        given = entry.step.inverse["parameters"] if entry.step.inverse else {}
        if entry.step.kind == SAVE and given["profile"] == profile and given["path"] == path:
            return dict(given) if is_unchanged(given) else None
    return None


def is_other_profile(method: str, profile: str) -> bool:
    """Tell whether a profile exists that quickstart did not write."""
    return profile in all_profiles() and not last_written(connection_name(method, profile), profile)


def new_profile_name(method: str) -> str:
    """Return the profile to write if the person named none: the method's name, with a number if it is taken."""
    taken = all_profiles()
    return next(name for name in _number_names(method) if name not in taken or last_written(method, name))
