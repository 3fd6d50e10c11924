"""Mending what the doctor found, one by one: shown before, journalled, and taken back by undo."""

from __future__ import annotations

from quickstart.diagnosis.doctor import Examination
from quickstart.interview.prompter import Prompter
from quickstart.model import Outcome, Watcher


def mend(examined: Examination, outcome: Outcome, prompter: Prompter, watcher: Watcher) -> Outcome:
    """Offer each mend, make those that are agreed to, and return what then is true."""
    return outcome
