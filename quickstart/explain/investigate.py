"""Find the cause that an error alone does not tell, on this machine and at the address. This is I/O.

A probe is short, writes nothing and never raises; if it finds nothing, the error stays what it was.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from quickstart.errors import QuickstartError
from quickstart.explain import probes_local, probes_network
from quickstart.explain.probes_local import run_in_parallel
from quickstart.methods.server.membership import EXPERIMENT, is_class, seat_at
from quickstart.system.shell import set_line
from quickstart.tracking.rest import StatusClass, classify, retry_after

Probe = Callable[[QuickstartError], QuickstartError | None]

LIMIT = 1.5  # seconds for all probes of one error


def tls_error(error: QuickstartError) -> QuickstartError | None:
    """Find what a TLS library reports; "tls-failed" stays for an authority that is unknown here."""
    url, detail, again = str(error.facts["url"]), str(error.facts.get("detail", "")), _again(error)
    if re.search(r"WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|record layer|RECORD_LAYER|HTTP_REQUEST", detail):
        return QuickstartError("https-to-http", url=url, again=again)
    if re.search(r"certificate has expired|not yet valid", detail):
        return QuickstartError("certificate-dates", url=url, again=again)
    if re.search(r"Hostname mismatch|doesn't match|IP address mismatch|is not valid for", detail):
        return QuickstartError("certificate-name", url=url, again=again)
    return None


def missing_permission(error: QuickstartError) -> QuickstartError | None:
    if _meaning(error) != "denied":
        return None
    return QuickstartError("not-permitted", url=str(error.facts["url"]), message=str(error.facts.get("message", "")))


def too_many_requests(error: QuickstartError) -> QuickstartError | None:
    if _meaning(error) != "busy":
        return None
    seconds = retry_after(str(error.facts.get("retry_after", "")))
    return QuickstartError("too-many-requests", url=str(error.facts["url"]), seconds=seconds, again=_again(error))


def other_seats_experiment(error: QuickstartError) -> QuickstartError | None:
    """Find that an experiment is another seat's: in a workshop each name exists once."""
    name, url = str(error.facts.get("experiment", "")), str(error.facts["url"])
    if _meaning(error) != "denied" or not name or not _is_workshop(error):
        return None
    seat = seat_at(url) or "YOUR-SEAT"
    line = set_line(os.environ, EXPERIMENT, f"{name}-{seat}")
    return QuickstartError("experiment-of-another", url=url, name=name, seat=seat, line=line)


def workshop_over(error: QuickstartError) -> QuickstartError | None:
    return QuickstartError("class-over", url=str(error.facts["url"])) if _is_workshop(error) else None


def other_workshop(error: QuickstartError) -> QuickstartError | None:
    return QuickstartError("class-another", url=str(error.facts["url"])) if _is_workshop(error) else None


def seat_gone(error: QuickstartError) -> QuickstartError | None:
    return QuickstartError("seat-gone", url=str(error.facts["url"])) if _is_workshop(error) else None


def _is_workshop(error: QuickstartError) -> bool:
    with suppress(QuickstartError):  # another check reports a damaged file of ours
        return is_class(str(error.facts["url"]))
    return False


NOT_MLFLOW: tuple[Probe, ...] = (
    probes_local.other_owner,
    probes_network.mlflow_above,
    probes_local.holder,
    probes_network.proxy_answered,
)

# By code, the likeliest cause first. The codes that probes return are not among the keys.
PROBES: Mapping[str, tuple[Probe, ...]] = {
    "server-down": (
        workshop_over,
        probes_local.own_server,
        probes_network.wrong_port,
        probes_network.container,
        probes_network.notebook,
        probes_network.session,
        probes_network.tunnel,
    ),
    "host-silent": (workshop_over, probes_network.no_network, probes_network.wrong_port, probes_network.tunnel),
    "name-unknown": (workshop_over, probes_network.no_network, probes_network.short_name),
    "no-answer": (probes_local.suspended_server, probes_network.proxy_silent, probes_local.holder),
    "empty-403": (probes_local.other_owner, probes_local.holder, probes_network.proxy_answered),
    "not-mlflow": NOT_MLFLOW,
    "web-server-page": NOT_MLFLOW,
    "unreachable": (probes_network.speaks_https, probes_local.other_owner, probes_local.holder),
    "tls-failed": (other_workshop, tls_error),
    "server-login-refused": (seat_gone,),
    "proxy-failed": (probes_network.proxy_failed,),
    "forbidden": (probes_network.proxy_answered,),
    "behind-down": (probes_network.proxy_answered,),
    "api-error": (other_seats_experiment, missing_permission, too_many_requests),
}


def investigate(error: QuickstartError) -> QuickstartError:
    """Return an error, or the one that fits better after probing this machine and the URL."""
    if error.code not in PROBES or not _has_host(error):
        return error
    probes = [partial(probe, error) for probe in PROBES[error.code]]
    found = next((one for one in run_in_parallel(probes, LIMIT) if one), error)
    return found.with_defaults(**error.facts)


def _meaning(error: QuickstartError) -> StatusClass:
    return classify(int(error.facts.get("status", 0)))


def _has_host(error: QuickstartError) -> bool:
    try:
        return bool(urlsplit(str(error.facts.get("url", ""))).hostname)
    except ValueError:
        return False


def _again(error: QuickstartError) -> str:
    return str(error.facts.get("again") or f"quickstart verify {error.facts['url']}")
