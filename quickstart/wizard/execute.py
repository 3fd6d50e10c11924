"""Execute a plan: journaled, reported step by step, one at a time on a machine."""

from __future__ import annotations

from functools import partial
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Events
from quickstart.models import Plan, StepResult, to_json


def execute_plan(plan: Plan, events: Events, data: dict[str, Any]) -> None:
    """Run a plan; a second one waits until the first has ended.

    Args:
        plan: the steps.
        events: receives each result.
        data: of the outcome; each result is added to its "steps".

    Raises:
        QuickstartError: what a step raises.
    """
    # Imported here: they would delay the first question.
    from quickstart.runtime.install import DEADLINE
    from quickstart.state.journal import Journal
    from quickstart.state.locks import lock
    from quickstart.steps.handlers import HANDLERS

    waiting = partial(events.progress, "waiting for another quickstart to finish")
    remaining = list(plan.steps)
    results = data.setdefault("steps", [])
    with lock("set-up", patience=DEADLINE, waiting=waiting):
        try:
            for result in Journal(plan.connection).run(plan, HANDLERS, events.progress):
                remaining.pop(0)
                events.on_step(result)
                results.append(to_json(result))
        except (QuickstartError, KeyboardInterrupt) as error:
            reason = error.code if isinstance(error, QuickstartError) else "cancelled"
            results.append(to_json(StepResult(remaining[0].id, "fail", reason)))
            raise
