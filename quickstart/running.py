"""Running a plan: journalled, told step by step, and alone: a second wizard waits for the first."""

from __future__ import annotations

from functools import partial
from typing import Any

from quickstart.errors import Fault
from quickstart.model import Plan, StepResult, public
from quickstart.watching import Watcher


def run(plan: Plan, watcher: Watcher, data: dict[str, Any]) -> None:
    """Run a plan.

    Args:
        plan: the steps.
        watcher: shown each result.
        data: what the outcome will tell; each result is added to its "steps".

    Raises:
        Fault: what a step raises.
    """
    # The first question need not wait for what does the work.
    from quickstart.journal import Journal
    from quickstart.methods.steps import HANDLERS
    from quickstart.state import lock
    from quickstart.target.install import DEADLINE

    waiting = partial(watcher.progress, "waiting for another quickstart to finish")
    ahead = list(plan.steps)
    told = data.setdefault("steps", [])
    with lock("set-up", patience=DEADLINE, waiting=waiting):
        try:
            for result in Journal(plan.connection).run(plan, HANDLERS, watcher.progress):
                ahead.pop(0)
                watcher.done(result)
                told.append(public(result))
        except (Fault, KeyboardInterrupt) as stop:
            why = stop.code if isinstance(stop, Fault) else "cancelled"
            told.append(public(StepResult(ahead[0].id, "fail", why)))
            raise
