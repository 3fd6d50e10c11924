"""Logins that are on the machine already and work: each is tried, all at once, before it is offered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from quickstart.errors import QuickstartError
from quickstart.methods.base import LoginUI
from quickstart.methods.databricks import access, host, profiles, rest
from quickstart.methods.databricks.profiles import Login
from quickstart.net.http import Http
from quickstart.runtime.find import Runtime
from quickstart.tracking.check import reach

MOST = 8  # profiles that are tried; whoever has more names one
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
        """The profile it is in; None where this shell's variables hold it."""
        return self.login.profile

    @property
    def label(self) -> str:
        """What it is called in a list: which value decides, and where that comes from."""
        if self.profile:
            return f"profile {self.profile}, {self.login.decides}"
        return f"{self.login.decides} from this shell's variables"


def discover_logins(runtime: Runtime, scene: LoginUI) -> tuple[DiscoveredLogin, ...]:
    """Return the logins that work, that of this shell's variables first; what does not work is told.

    Args:
        runtime: its SDK is asked about profiles that only the SDK can read.
        scene: is told.
    """
    candidates = list(_candidates(scene))
    if not candidates:
        return ()
    with ThreadPoolExecutor(len(candidates)) as all_at_once:
        tried = all_at_once.map(lambda login: _tried(login, runtime), candidates)
        results = list(zip(candidates, tried, strict=True))
    for login, result in results:
        if isinstance(result, QuickstartError):
            scene.tell(
                "warn", f"{login.source}, for {login.host}, does not work: {WORDS.get(result.code, result.code)}"
            )
    return tuple(result for _, result in results if isinstance(result, DiscoveredLogin))


def login_for_profile(profile: str, runtime: Runtime) -> DiscoveredLogin:
    """Return the login of a profile; raise the fault of one that does not work."""
    path = profiles.config_file(os.environ)
    result = _tried(profiles.resolve(profile, {}, profiles.read(path), path), runtime)
    if isinstance(result, QuickstartError):
        raise result
    return result


WORDS = {
    "login-refused": "it is refused",
    "host-silent": "the workspace does not answer",
    "name-unknown": "there is no such machine",
    "not-databricks": "no workspace answers there",
    "sdk-missing": "only databricks-sdk can read it, which is not installed",
    "workspace-busy": "the workspace is out of quota now",
}


def _candidates(scene: LoginUI) -> Iterator[Login]:
    path = profiles.config_file(os.environ)
    try:
        known = profiles.read(path)
    except QuickstartError as fault:
        scene.tell("warn", f"{path} cannot be read: {fault.facts.get('detail', fault.code)}")
        return
    variables = {key: value for key, value in os.environ.items() if key in profiles.VARIABLES.values()}
    if "DATABRICKS_HOST" in variables and len(variables) > 1:
        with suppress(QuickstartError):  # what is wrong with it, whoever uses it is told by verify
            yield profiles.resolve(None, variables, {}, path)
    preferred = os.environ.get(profiles.PROFILE, "DEFAULT")
    for name in sorted(known, key=lambda name: name != preferred)[:MOST]:
        with suppress(QuickstartError):
            login = profiles.resolve(name, {}, known, path)
            if login.host:
                yield login


def _tried(login: Login, runtime: Runtime) -> DiscoveredLogin | QuickstartError:
    try:
        place = host.workspace(login.host)
        told = access.describe_login(login)
        with Http(place.url, READ_TIMEOUT) as http:
            if not http.proxied:
                reach(place.url, place.name, place.port)
            rest.identify(http)
            if login.way == "sdk" and not runtime.sdk:
                raise QuickstartError("sdk-missing", url=place.url, detail="", again=told.again)
            environment = {profiles.FILE: os.environ[profiles.FILE]} if profiles.FILE in os.environ else {}
            http.authorize(access.headers(login, http, told, str(runtime.python), environment))
            return DiscoveredLogin(login, place.url, rest.me(http, told))
    except QuickstartError as fault:
        return fault
