"""Looking once more where something failed, for what an error alone does not tell apart.

A look is short, writes nothing and never raises: where it finds nothing, the fault stays what it was.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from quickstart.errors import QuickstartError
from quickstart.explain import probes_local, probes_network
from quickstart.explain.listeners import side_by_side
from quickstart.methods.server.membership import EXPERIMENT, is_class, seat_at
from quickstart.system.shell import set_line

Look = Callable[[QuickstartError], QuickstartError | None]

LIMIT = 1.5  # seconds for all looks at one fault
STILL_TRUE = 3.0  # seconds for which what was seen holds: a failure is put into words several times
LOOKED = "looked"  # the fact that marks what was looked at


def of_tls(fault: QuickstartError) -> QuickstartError | None:
    """Tell what a TLS library complains of; "tls-failed" stays for an authority that is not known here."""
    url, detail, again = str(fault.facts["url"]), str(fault.facts.get("detail", "")), _again(fault)
    if re.search(r"WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|record layer|RECORD_LAYER|HTTP_REQUEST", detail):
        return QuickstartError("https-to-http", url=url, again=again)
    if re.search(r"certificate has expired|not yet valid", detail):
        return QuickstartError("certificate-dates", url=url, again=again)
    if re.search(r"Hostname mismatch|doesn't match|IP address mismatch|is not valid for", detail):
        return QuickstartError("certificate-name", url=url, again=again)
    return None


def of_permission(fault: QuickstartError) -> QuickstartError | None:
    """Tell that a request was refused for want of a permission, and did not fail."""
    if fault.facts.get("status") != 403:
        return None
    return QuickstartError("not-permitted", url=str(fault.facts["url"]), message=str(fault.facts.get("message", "")))


def of_haste(fault: QuickstartError) -> QuickstartError | None:
    """Tell that a request was put off, as too many came, and did not fail."""
    if fault.facts.get("status") != 429:
        return None
    after = str(fault.facts.get("retry_after", ""))
    seconds = after if after.isdecimal() else "60"
    return QuickstartError("too-many-requests", url=str(fault.facts["url"]), seconds=seconds, again=_again(fault))


def class_over(fault: QuickstartError) -> QuickstartError | None:
    """Tell that it is a class where nobody answers."""
    return QuickstartError("class-over", url=str(fault.facts["url"])) if _of_class(fault) else None


def class_another(fault: QuickstartError) -> QuickstartError | None:
    """Tell that it was a class, and that somebody else is there now."""
    return QuickstartError("class-another", url=str(fault.facts["url"])) if _of_class(fault) else None


def seat_gone(fault: QuickstartError) -> QuickstartError | None:
    """Tell that it is a class whose seat is somebody else's now."""
    return QuickstartError("seat-gone", url=str(fault.facts["url"])) if _of_class(fault) else None


def of_another_seat(fault: QuickstartError) -> QuickstartError | None:
    """Tell that an experiment is another seat's: in a class a name is there once."""
    name, url = str(fault.facts.get("experiment", "")), str(fault.facts["url"])
    if fault.facts.get("status") != 403 or not name or not _of_class(fault):
        return None
    seat = seat_at(url) or "YOUR-SEAT"
    line = set_line(os.environ, EXPERIMENT, f"{name}-{seat}")
    return QuickstartError("experiment-of-another", url=url, name=name, seat=seat, line=line)


def _of_class(fault: QuickstartError) -> bool:
    with suppress(QuickstartError):  # a damaged file of ours has a row of its own
        return is_class(str(fault.facts["url"]))
    return False


# code: what is looked at, the likeliest cause first. The codes that come of it are not among them.
LOOKS: Mapping[str, tuple[Look, ...]] = {
    "server-down": (
        class_over,
        probes_local.own_server,
        probes_network.wrong_port,
        probes_network.container,
        probes_network.notebook,
        probes_network.session,
        probes_network.tunnel,
    ),
    "host-silent": (class_over, probes_network.no_network, probes_network.wrong_port, probes_network.tunnel),
    "name-unknown": (class_over, probes_network.no_network, probes_network.short_name),
    "no-answer": (probes_local.suspended_server, probes_network.proxy_silent, probes_local.holder),
    "empty-403": (probes_local.other_owner, probes_local.holder, probes_network.proxy_answered),
    "not-mlflow": (
        probes_local.other_owner,
        probes_network.mlflow_above,
        probes_local.holder,
        probes_network.proxy_answered,
    ),
    "web-server-page": (
        probes_local.other_owner,
        probes_network.mlflow_above,
        probes_local.holder,
        probes_network.proxy_answered,
    ),
    "unreachable": (probes_network.speaks_https, probes_local.other_owner, probes_local.holder),
    "tls-failed": (class_another, of_tls),
    "server-login-refused": (seat_gone,),
    "proxy-failed": (probes_network.proxy_failed,),
    "forbidden": (probes_network.proxy_answered,),
    "behind-down": (probes_network.proxy_answered,),
    "api-error": (of_another_seat, of_permission, of_haste),
}

_seen: dict[str, tuple[float, QuickstartError]] = {}


def investigate(fault: QuickstartError) -> QuickstartError:
    """Return a fault, or the one that fits better after another look at this machine and the address.

    Args:
        fault: of a stage of the check, or of a login.
    """
    if fault.code not in LOOKS or LOOKED in fault.facts or not _address(fault):
        return fault
    key = f"{fault.code} {sorted((name, str(value)) for name, value in fault.facts.items())}"
    when, found = _seen.get(key, (-STILL_TRUE, fault))
    if time.monotonic() - when > STILL_TRUE:
        found = _looked_at(fault)
        _seen[key] = (time.monotonic(), found)
    return found


def _looked_at(fault: QuickstartError) -> QuickstartError:
    acts = [partial(look, fault) for look in LOOKS[fault.code]]
    found = next((one for one in side_by_side(acts, LIMIT) if one), fault)
    return found.with_defaults(**{**fault.facts, LOOKED: True})


def _address(fault: QuickstartError) -> bool:
    """Tell whether a fault says which address it is about, in a form that can be looked at."""
    try:
        return bool(urlsplit(str(fault.facts.get("url", ""))).hostname)
    except ValueError:
        return False


def _again(fault: QuickstartError) -> str:
    return str(fault.facts.get("again") or f"quickstart verify {fault.facts['url']}")
