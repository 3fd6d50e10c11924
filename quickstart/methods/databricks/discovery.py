"""Credentials and values that this machine already has; credentials are tried before they are offered."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from quickstart.errors import QuickstartError
from quickstart.methods.base import LoginUI
from quickstart.methods.databricks import access, profiles, workspace
from quickstart.methods.databricks.profiles import IN_SHELL, Login, Value
from quickstart.net.http import Http
from quickstart.runtime.find import Runtime

COLAB_SECRETS = "google.colab.userdata"
MAX_PROFILES = 8  # that are tried; with more, the person names one


def known_value(variable: str) -> Value | None:
    """Return the value of a variable, or of the secret of that name in Colab; None if neither is set."""
    if os.environ.get(variable):
        return Value(os.environ[variable], f"{variable}{IN_SHELL}")
    if secret := _colab_secret(variable):
        return Value(secret, f"{variable} in Colab's secrets")
    return None


def _colab_secret(name: str) -> str:
    """Return a secret of Colab's; "" if it does not exist or the notebook may not read it.

    Source: google.colab.userdata.get(), which raises SecretNotFoundError or NotebookAccessError.
    """
    if "google.colab" not in sys.modules:  # in Colab the kernel itself has imported it
        return ""
    try:
        return str(importlib.import_module(COLAB_SECRETS).get(name) or "")
    except Exception:  # their classes can be imported only in Colab
        return ""


@dataclass(frozen=True)
class DiscoveredLogin:
    """Credentials that work.

    Args:
        host: the URL of the workspace.
        me: the user name, or the service principal's id.
    """

    login: Login
    host: str
    me: str

    @property
    def label(self) -> str:
        if self.login.profile:
            return f"profile {self.login.profile}, {self.login.decides}"
        return f"{self.login.decides} from this shell's variables"


def discover_logins(runtime: Runtime, ui: LoginUI) -> tuple[DiscoveredLogin, ...]:
    """Return the credentials that work, this shell's variables first; show the ones that fail."""
    candidates = list(_candidates(ui))
    if not candidates:
        return ()
    with ThreadPoolExecutor(len(candidates)) as pool:
        results = list(pool.map(partial(_try_login, runtime=runtime), candidates))
    for login, result in zip(candidates, results, strict=True):
        if isinstance(result, QuickstartError):
            ui.tell("warn", f"{login.source}, for {login.host}, failed: {REASONS.get(result.code, result.code)}")
    return tuple(result for result in results if isinstance(result, DiscoveredLogin))


def login_for_profile(profile: str, runtime: Runtime) -> DiscoveredLogin:
    """Return the credentials of a profile; raise why they do not work."""
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
        with Http(place.url, workspace.READ_TIMEOUT) as http:
            workspace.connect(http, place)
            if login.way == "sdk" and not runtime.sdk:
                raise QuickstartError("sdk-missing", url=place.url, detail="", again=source.again)
            environment = {profiles.FILE: os.environ[profiles.FILE]} if profiles.FILE in os.environ else {}
            http.authorize(access.headers(login, http, source, str(runtime.python), environment))
            return DiscoveredLogin(login, place.url, workspace.current_user(http, source))
    except QuickstartError as error:
        return error
