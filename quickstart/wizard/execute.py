"""Execute a plan: journaled, reported step by step, one at a time on a machine."""

from __future__ import annotations

from functools import partial

from quickstart.errors import QuickstartError
from quickstart.events import Events
from quickstart.models import Plan, StepResult


def execute_plan(plan: Plan, events: Events, results: list[StepResult]) -> None:
    """Run a plan; a second one waits until the first has ended.

    Args:
        plan: the steps.
        events: receives each result.
        results: each result is added to it.

    Raises:
        QuickstartError: what a step raises.
    """
    # Imported here: they would delay the first question.
    from quickstart.runtime.install import DEADLINE  # noqa: PLC0415 - start-up: the first question does not need it
    from quickstart.state.files import lock  # noqa: PLC0415 - start-up: the first question does not need it
    from quickstart.state.journal import Journal  # noqa: PLC0415 - start-up: the first question does not need it
    from quickstart.steps.handlers import HANDLERS  # noqa: PLC0415 - start-up: the first question does not need it

    waiting = partial(events.progress, "waiting for another quickstart to finish")
    remaining = list(plan.steps)
    with lock("set-up", patience=DEADLINE, waiting=waiting):
        try:
            for result in Journal(plan.connection).run(plan, HANDLERS, events.progress):
                remaining.pop(0)
                events.on_step(result)
                results.append(result)
        except (QuickstartError, KeyboardInterrupt) as error:
            reason = error.code if isinstance(error, QuickstartError) else "cancelled"
            results.append(StepResult(remaining[0].id, "fail", reason))
            raise
