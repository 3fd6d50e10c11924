"""Signals to stop: Ctrl-C, SIGTERM and a closed terminal do the same, and none of them gets lost."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_stops: list[float] = []  # when, by time.monotonic()
CLEANING_UP = 15.0  # seconds in which a second signal is ignored; ending a server takes up to 8


def listen() -> None:
    """Raise KeyboardInterrupt at every signal to stop, except at SIGHUP under nohup."""
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _stop)
    sys.unraisablehook = _unraisable


def ignore_stops() -> None:
    """Ignore signals from now on: everything is done, and only the result is left to report."""
    for name in SIGNALS:
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Hide a KeyboardInterrupt that got lost: raise_if_stopped() raises it again."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)


def _stop(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt once: a second Ctrl-C must not stop the cleanup after the first."""
    _stops.append(time.monotonic())
    if len(_stops) == 1 or _stops[-1] - _stops[0] > CLEANING_UP:
        raise KeyboardInterrupt


def raise_if_stopped() -> None:
    """Raise KeyboardInterrupt if a signal to stop got lost.

    Python drops an exception that is raised in a weak reference's callback or in a finalizer, which run at any time:
    seen with Ctrl-C during the import of requests. So every loop that waits, and every next step, calls this.
    """
    if _stops:
        raise KeyboardInterrupt
