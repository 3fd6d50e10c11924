"""The road: detect, ask, recommend, plan, run, verify, report. Whoever opens the project reads this first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from quickstart import machine
from quickstart.doctor import explain
from quickstart.errors import ExitCode, Fault
from quickstart.interview.prompter import Prompter
from quickstart.journal import Journal
from quickstart.methods import METHODS, by_name
from quickstart.methods.base import Setup
from quickstart.methods.steps import HANDLERS
from quickstart.model import (
    Answers,
    Connection,
    Machine,
    Outcome,
    Plan,
    Progress,
    Recommendation,
    StepResult,
    Verification,
    no_progress,
    public,
)
from quickstart.recommend import recommend
from quickstart.server.life import Wanted
from quickstart.state import lock
from quickstart.target.find import find
from quickstart.target.install import DEADLINE
from quickstart.tracking.check import verify


@dataclass(frozen=True)
class Wish:
    """What was given beforehand, by flags.

    Args:
        method: skips the recommendation.
        privacy: None where it was not said.
        python: the target interpreter.
        dry_run: stop after the plan.
    """

    method: str | None = None
    privacy: bool | None = None
    python: str | None = None
    dry_run: bool = False


class Watcher:
    """Told each hand-off as it happens, so that a person sees the road; does nothing by itself."""

    progress: Progress = staticmethod(no_progress)

    def found(self, where: Machine) -> None:
        """Show what the machine is."""

    def recommended(self, recommendation: Recommendation) -> None:
        """Show what is recommended."""

    def planned(self, plan: Plan) -> None:
        """Show what will be done."""

    def done(self, result: StepResult) -> None:
        """Show one step's result."""

    def verified(self, verification: Verification) -> None:
        """Show the proof."""


def set_up(wish: Wish, prompter: Prompter, watcher: Watcher) -> Outcome:
    """Walk the whole road.

    Args:
        wish: what was given beforehand.
        prompter: who asks the rest.
        watcher: shown each hand-off.

    Returns:
        The outcome of the command "quickstart"; a failure on the way is in it, with all that was done until then.
    """
    data: dict[str, Any] = {}
    try:
        where = machine.detect()
        watcher.found(where)
        data["detected"] = public(where)
        answers = ask(wish, where)
        data["answers"] = public(answers)
        methods = [by_name(wish.method)] if wish.method else METHODS
        recommendation = recommend(answers, where, methods)
        watcher.recommended(recommendation)
        data["recommendation"] = public(recommendation)
        data["alternatives"] = [public(alternative) for alternative in recommendation.alternatives]
        if not recommendation.here:
            raise Fault("not-here", ExitCode.ANSWER_NEEDED, method=recommendation.method, evidence=where.evidence)
        method = by_name(recommendation.method)
        target = find(wish.python)
        wanted = Wanted(
            name="local",
            python=str(target.python),
            installed=target.mlflow,
            # Unsaid, privacy is on for a new server and stays as it is for one that was set up before.
            private=True if wish.privacy or where.do_not_track else wish.privacy,
        )
        setup = Setup(answers, where, target, wanted)
        plan = method.plan(setup)
        watcher.planned(plan)
        data["plan"] = [public(step) for step in plan.steps]
        data["steps"] = []
        if wish.dry_run:
            return Outcome("quickstart", data)
        if not prompter.confirm("Set it up", default=True, flag="--yes"):
            return Outcome("quickstart", data, exit_code=ExitCode.CANCELLED)
        connection = run(plan, partial(method.connection, setup), watcher, data)
        verification = verify(connection.tracking_uri, progress=watcher.progress)
        watcher.verified(verification)
        data["verification"] = explain.shown(verification)
        return Outcome("quickstart", data, *explain.verdict(verification))
    except Fault as fault:
        return Outcome("quickstart", data, explain.explain(fault), fault.exit_code)


def ask(wish: Wish, where: Machine) -> Answers:
    """Return the answers: what was said, else the default, which keeps data on this machine."""
    answers = Answers(environment=where.environment)
    return answers if wish.privacy is None else replace(answers, privacy=wish.privacy)


def run(plan: Plan, connection: Callable[[], Connection], watcher: Watcher, data: dict[str, Any]) -> Connection:
    """Run a plan, journalled, and return the connection it made; a second wizard waits for the first."""
    waiting = partial(watcher.progress, "waiting for another quickstart to finish")
    with lock("set-up", patience=DEADLINE, waiting=waiting):
        for result in Journal(plan.connection).run(plan, HANDLERS, watcher.progress):
            watcher.done(result)
            data["steps"].append(public(result))
    made = connection()
    data["connection"] = public(made)
    return made
