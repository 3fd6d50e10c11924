"""What the status of an HTTP answer means: decided once, for the tracking API, the platforms and the workshop."""

from __future__ import annotations

from typing import Literal

StatusClass = Literal["ok", "unauthorized", "denied", "busy", "down", "failed"]

BY_STATUS: dict[int, StatusClass] = {401: "unauthorized", 403: "denied", 429: "busy"}
NO_ACCESS: tuple[StatusClass, ...] = ("unauthorized", "denied")
UNAVAILABLE: tuple[StatusClass, ...] = ("busy", "down")
GATEWAY = (502, 503, 504)  # a proxy's or load balancer's: the server behind it did not answer
DEFAULT_WAIT = "60"  # seconds


def classify(status: int) -> StatusClass:
    """Return what a status means; "busy": the same request succeeds later, "failed": any other error."""
    if status in BY_STATUS:
        return BY_STATUS[status]
    if status >= 500:
        return "down"
    return "ok" if status < 400 else "failed"


def retry_after(value: str) -> str:
    """Return the seconds to wait from a Retry-After header; a date or no value means a minute."""
    return value if value.isdecimal() else DEFAULT_WAIT
