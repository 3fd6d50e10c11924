"""Checks on what stands between MLflow's own client and the server: proxies, netrc, certificates, patience."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from quickstart.diagnosis.context import Context
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.methods.catalog import by_name, method_for_scheme
from quickstart.net.http import Answer, Http, environment_proxies, netrc_user, proxy_problem
from quickstart.net.tcp import is_loopback
from quickstart.system.shell import set_line, unset_line
from quickstart.tracking.uri import without_secret

NO_SERVER = "no server is used"
PATIENCE = 2.0  # seconds for one answer of a server on this machine
LONGEST = 600  # seconds for one try; with MLflow's seven more, an hour and a half of silence

INSECURE = "MLFLOW_TRACKING_INSECURE_TLS"
SERVER_CERTIFICATE = "MLFLOW_TRACKING_SERVER_CERT_PATH"
CERTIFICATES = (SERVER_CERTIFICATE, "MLFLOW_TRACKING_CLIENT_CERT_PATH")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

# Source: mlflow.utils.rest_utils of 3.17, which raises beyond these; requests does for a timeout of 0.
LIMITS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": 10, "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": 120}
TIMEOUT = "MLFLOW_HTTP_REQUEST_TIMEOUT"
SWITCHES = (INSECURE, "MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER")


def proxy(context: Context) -> CheckResult:
    """Check which proxy applies to the server, and whether it lets requests for this machine through."""
    if context.is_store or context.check.resolved is None:
        return skip(NO_SERVER)
    place = context.check.place
    scheme = place.uri.partition(":")[0]
    proxies = environment_proxies(place.uri)
    address = proxies.get(scheme) or proxies.get("all")
    if not address:
        variable = _variable(context, scheme)
        return ok(f"{variable} is set, but does not apply to {place.host}" if variable else "no proxy is set")
    shown = without_secret(address)
    variable = _variable(context, scheme) or "this system's own settings"
    if wrong := proxy_problem(address):
        line = unset_line(context.environment, *([variable] if _variable(context, scheme) else []))
        raise QuickstartError("bad-proxy", variable=variable, proxy=shown, detail=wrong, line=line)
    if not is_loopback(place.host):
        return ok(f"{variable}: {shown} applies to {place.host}")
    named = context.saved.env.get("NO_PROXY", "") if context.saved and context.origin.source == "connection" else ""
    if place.host in named.split(","):
        return ok(f"{variable} is set, but the connection bypasses it")
    return _before_this_machine(place.uri, place.host, shown)


def _before_this_machine(url: str, host: str, proxy: str) -> CheckResult:
    """Call the server directly and as MLflow's client would; the proxy is to blame only for a difference."""
    direct = _version(url, as_client=False)
    if direct is None:
        return skip(f"the server is unreachable with and without {proxy}")
    through = _version(url, as_client=True)
    if through is None or (through.status, through.body) != (direct.status, direct.body):
        raise QuickstartError("client-proxied", url=url, host=host)
    return ok(f"{proxy} forwards to this machine")


def _version(url: str, *, as_client: bool) -> Answer | None:
    with suppress(QuickstartError), Http(url, PATIENCE, as_client=as_client) as http:
        return http.request("GET", "/version")
    return None


def _variable(context: Context, scheme: str) -> str:
    """Return the variable that names a proxy for a scheme; the lower-case name precedes the other."""
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    return next((name for name in names if context.environment.get(name)), "")


def netrc(context: Context) -> CheckResult:
    """Check whether a netrc file has credentials that requests, and so MLflow's client, would send."""
    if context.is_store or context.check.resolved is None:
        return skip(NO_SERVER)
    if method_for_scheme(context.tidy):
        return skip("these credentials do not use netrc")
    place = context.check.place
    user = netrc_user(place.uri)
    if user is None:
        return ok(f"no netrc file has an entry for {place.host}")
    path = context.environment.get("NETRC") or "~/.netrc"
    line = set_line(context.environment, "NETRC", os.devnull)
    return warn("netrc-login", path=path, host=place.host, user=user, line=line)


def certificates(context: Context) -> CheckResult:
    if context.is_store:
        return skip(NO_SERVER)
    environment = {**context.environment, **(context.saved.env if context.saved else {})}
    insecure = environment.get(INSECURE, "").lower() in ("true", "1")
    if insecure and SERVER_CERTIFICATE in environment and not method_for_scheme(context.tidy):
        raise QuickstartError("tls-contradiction", line=unset_line(environment, INSECURE))
    if context.tidy.lower().startswith("http:") or context.looks_like_an_address:
        return skip("plain http")
    for name in CERTIFICATES:
        if (named := environment.get(name)) and not _is_there(context, named):
            raise QuickstartError("no-certificate", variable=name, path=named, line=unset_line(environment, name))
    _bundles(context, environment)
    if insecure and not (
        context.saved and INSECURE in by_name(context.saved.method).actions.conflicting_variables(context.saved)
    ):
        return warn("insecure-tls", line=unset_line(environment, INSECURE))
    return ok("all certificate files exist")


def _bundles(context: Context, environment: dict[str, str]) -> None:
    named = next((environment[name] for name in BUNDLES if environment.get(name)), None)
    if named and SERVER_CERTIFICATE not in environment and not _is_there(context, named):
        raise QuickstartError("ca-missing", path=named, again="quickstart doctor")


def _is_there(context: Context, named: str) -> bool:
    try:
        return (context.folder / Path(named).expanduser()).exists()
    except (OSError, RuntimeError):
        return False


def values(context: Context) -> CheckResult:
    """Check whether MLflow can read the numbers and switches that are set, and how long they make it wait."""
    if context.is_store:
        return skip(NO_SERVER)
    limited = method_for_scheme(context.tidy) is None
    for name, most in LIMITS.items():
        number = _number(context, name, f"a number from 0 to {most}")
        if limited and number is not None and not 0 <= number <= most:
            raise _bad(context, name, f"a number from 0 to {most}")
    seconds = _number(context, TIMEOUT, "a number of seconds above 0")
    if seconds is not None and seconds <= 0:
        raise _bad(context, TIMEOUT, "a number of seconds above 0")
    for name in SWITCHES:
        value = context.environment.get(name)
        if value is not None and value.lower() not in ("true", "false", "1", "0"):
            raise _bad(context, name, "true or false")
    if seconds and seconds > LONGEST:
        hours = f"{seconds * 8 / 3600:.1f}"
        return warn(
            "too-patient", variable=TIMEOUT, value=seconds, hours=hours, line=unset_line(context.environment, TIMEOUT)
        )
    return ok("all values are valid")


def _number(context: Context, name: str, takes: str) -> int | None:
    value = context.environment.get(name)
    try:
        return None if value is None else int(value)
    except ValueError:
        raise _bad(context, name, takes) from None


def _bad(context: Context, name: str, takes: str) -> QuickstartError:
    value, line = context.environment[name][:60], unset_line(context.environment, name)
    return QuickstartError("bad-value", variable=name, value=value, takes=takes, line=line)


CHECKS: tuple[Check, ...] = (
    Check("values", "settings", "MLflow's numeric and boolean settings are valid", values, symptoms=(1,)),
    Check("certificates", "settings", "certificate files exist", certificates, symptoms=(25,)),
    Check(
        "proxy",
        "settings",
        "MLflow's client can reach the server through the proxy",
        proxy,
        symptoms=(26,),
        needs=("resolve",),
        seconds=10.0,
    ),
    Check("netrc", "settings", "no netrc file overrides the credentials", netrc, symptoms=(23, 24), needs=("resolve",)),
)
