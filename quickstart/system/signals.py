"""Being told to stop: Ctrl-C, SIGTERM and a closed terminal are one thing, and none of them gets lost."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_told: list[float] = []  # when, by a clock that nobody sets
CLEANING_UP = 15.0  # seconds that the first signal has to itself: to end a server politely takes up to 8


def listen() -> None:
    """Make every way of being told to stop a KeyboardInterrupt; nohup, which ignores SIGHUP, keeps its meaning."""
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _stop)
    sys.unraisablehook = _unraisable


def ignore_stops() -> None:
    """Take no notice any more of being told to stop: all is done, and what came of it has yet to be told."""
    for name in SIGNALS:
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Say nothing of a KeyboardInterrupt that got lost: check() raises it again."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)


def _stop(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, once: whoever presses Ctrl-C twice must not stop the cleaning up after the first."""
    _told.append(time.monotonic())
    if len(_told) == 1 or _told[-1] - _told[0] > CLEANING_UP:
        raise KeyboardInterrupt


def raise_if_stopped() -> None:
    """Raise KeyboardInterrupt if we were told to stop and it got lost.

    Python drops an exception that is raised in a weak reference's callback or in a finaliser, which run at any
    time: seen with Ctrl-C while requests was being imported. So whoever waits or goes on to a next step asks here.
    """
    if _told:
        raise KeyboardInterrupt
