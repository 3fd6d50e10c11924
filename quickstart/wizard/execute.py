"""Running a plan: journalled, told step by step, and alone: a second wizard waits for the first."""

from __future__ import annotations

from functools import partial
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Events
from quickstart.models import Plan, StepResult, to_json


def execute_plan(plan: Plan, events: Events, data: dict[str, Any]) -> None:
    """Run a plan.

    Args:
        plan: the steps.
        events: shown each result.
        data: what the outcome will tell; each result is added to its "steps".

    Raises:
        Fault: what a step raises.
    """
    # The first question need not wait for what does the work.
    from quickstart.runtime.install import DEADLINE
    from quickstart.state.journal import Journal
    from quickstart.state.locks import lock
    from quickstart.steps.handlers import HANDLERS

    waiting = partial(events.progress, "waiting for another quickstart to finish")
    ahead = list(plan.steps)
    told = data.setdefault("steps", [])
    with lock("set-up", patience=DEADLINE, waiting=waiting):
        try:
            for result in Journal(plan.connection).run(plan, HANDLERS, events.progress):
                ahead.pop(0)
                events.on_step(result)
                told.append(to_json(result))
        except (QuickstartError, KeyboardInterrupt) as stop:
            why = stop.code if isinstance(stop, QuickstartError) else "cancelled"
            told.append(to_json(StepResult(ahead[0].id, "fail", why)))
            raise
