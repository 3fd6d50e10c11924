"""Being told to stop: Ctrl-C, SIGTERM and a closed terminal are one thing, and none of them gets lost."""

from __future__ import annotations

import signal
import sys
from types import FrameType

_told: list[int] = []


def listen() -> None:
    """Make every way of being told to stop a KeyboardInterrupt; nohup, which ignores SIGHUP, keeps its meaning."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _stop)
    sys.unraisablehook = _unraisable


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Say nothing of a KeyboardInterrupt that got lost: check() raises it again."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)


def _stop(number: int, frame: FrameType | None) -> None:
    _told.append(number)
    raise KeyboardInterrupt


def check() -> None:
    """Raise KeyboardInterrupt if we were told to stop and it got lost.

    Python drops an exception that is raised in a weak reference's callback or in a finaliser, which run at any
    time: seen with Ctrl-C while requests was being imported. So whoever waits or goes on to a next step asks here.
    """
    if _told:
        raise KeyboardInterrupt
