"""Logins and values that this machine already has; each login is tried before it is offered."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from quickstart.errors import QuickstartError
from quickstart.methods.base import LoginUI
from quickstart.methods.databricks import access, profiles, workspace
from quickstart.methods.databricks.profiles import Login
from quickstart.net.http import Http
from quickstart.runtime.find import Runtime
from quickstart.tracking.check import reach

COLAB_SECRETS = "google.colab.userdata"


@dataclass(frozen=True)
class KnownValue:
    """A value, and where it is from in words."""

    value: str
    source: str

    def __repr__(self) -> str:
        return f"<known from {self.source}>"


def known_value(variable: str) -> KnownValue | None:
    """Return what a variable, or the secret of that name in Colab, holds; None where neither is there."""
    if os.environ.get(variable):
        return KnownValue(os.environ[variable], f"{variable} in this shell")
    if value := _colab_secret(variable):
        return KnownValue(value, f"{variable} in Colab's secrets")
    return None


def _colab_secret(name: str) -> str:
    """Return a secret of Colab's, "" where there is none or the notebook may not read it.

    Source: google.colab.userdata.get(), which raises SecretNotFoundError or NotebookAccessError.
    """
    if "google.colab" not in sys.modules:  # in Colab the kernel itself has imported it
        return ""
    try:
        return str(importlib.import_module(COLAB_SECRETS).get(name) or "")
    except Exception:  # Colab's own errors have no common ground that could be imported here
        return ""


MAX_PROFILES = 8  # profiles that are tried; with more, the person names one
READ_TIMEOUT = 5.0  # seconds


@dataclass(frozen=True)
class DiscoveredLogin:
    """A login that works.

    Args:
        login: the credentials, and where each value comes from.
        host: the workspace.
        me: who we are there.
    """

    login: Login
    host: str
    me: str

    @property
    def profile(self) -> str | None:
        return self.login.profile

    @property
    def label(self) -> str:
        if self.profile:
            return f"profile {self.profile}, {self.login.decides}"
        return f"{self.login.decides} from this shell's variables"


def discover_logins(runtime: Runtime, ui: LoginUI) -> tuple[DiscoveredLogin, ...]:
    """Return the verified logins of this machine, this shell's variables first; show the ones that fail.

    Args:
        runtime: its SDK reads profiles that only the SDK can read.
        ui: shows failures.
    """
    candidates = list(_candidates(ui))
    if not candidates:
        return ()
    with ThreadPoolExecutor(len(candidates)) as all_at_once:
        tried = all_at_once.map(lambda login: _try_login(login, runtime), candidates)
        results = list(zip(candidates, tried, strict=True))
    for login, result in results:
        if isinstance(result, QuickstartError):
            ui.tell("warn", f"{login.source}, for {login.host}, failed: {REASONS.get(result.code, result.code)}")
    return tuple(result for _, result in results if isinstance(result, DiscoveredLogin))


def login_for_profile(profile: str, runtime: Runtime) -> DiscoveredLogin:
    """Return the login of a profile; raise the error for one that does not work."""
    path = profiles.config_file(os.environ)
    result = _try_login(profiles.resolve(profile, {}, profiles.read(path), path), runtime)
    if isinstance(result, QuickstartError):
        raise result
    return result


REASONS = {
    "login-refused": "rejected",
    "host-silent": "the workspace timed out",
    "name-unknown": "the host does not exist",
    "not-databricks": "not a Databricks workspace",
    "sdk-missing": "needs databricks-sdk, which is not installed",
    "workspace-busy": "the workspace's quota is used up",
}


def _candidates(ui: LoginUI) -> Iterator[Login]:
    path = profiles.config_file(os.environ)
    try:
        known = profiles.read(path)
    except QuickstartError as error:
        ui.tell("warn", f"Cannot read {path}: {error.facts.get('detail', error.code)}")
        return
    variables = {key: value for key, value in os.environ.items() if key in profiles.VARIABLES.values()}
    if "DATABRICKS_HOST" in variables and len(variables) > 1:
        with suppress(QuickstartError):  # verify reports its errors
            yield profiles.resolve(None, variables, {}, path)
    preferred = os.environ.get(profiles.PROFILE, "DEFAULT")
    for name in sorted(known, key=lambda name: name != preferred)[:MAX_PROFILES]:
        with suppress(QuickstartError):
            login = profiles.resolve(name, {}, known, path)
            if login.host:
                yield login


def _try_login(login: Login, runtime: Runtime) -> DiscoveredLogin | QuickstartError:
    try:
        place = workspace.parse_host(login.host)
        source = access.describe_login(login)
        with Http(place.url, READ_TIMEOUT) as http:
            if not http.proxied:
                reach(place.url, place.name, place.port)
            workspace.identify(http)
            if login.way == "sdk" and not runtime.sdk:
                raise QuickstartError("sdk-missing", url=place.url, detail="", again=source.again)
            environment = {profiles.FILE: os.environ[profiles.FILE]} if profiles.FILE in os.environ else {}
            http.authorize(access.headers(login, http, source, str(runtime.python), environment))
            return DiscoveredLogin(login, place.url, workspace.current_user(http, source))
    except QuickstartError as error:
        return error
