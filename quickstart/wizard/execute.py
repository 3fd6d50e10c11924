"""Running a plan: journalled, told step by step, and alone: a second wizard waits for the first."""

from __future__ import annotations

from functools import partial
from typing import Any

from quickstart.errors import Fault
from quickstart.events import Watcher
from quickstart.models import Plan, StepResult, public


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
    from quickstart.runtime.install import DEADLINE
    from quickstart.state.journal import Journal
    from quickstart.state.locks import lock
    from quickstart.steps.handlers import HANDLERS

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
