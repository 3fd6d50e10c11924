"""The road: detect, ask, recommend, plan, run, verify, report. Whoever opens the project reads this first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from quickstart import machine
from quickstart.doctor import explain
from quickstart.errors import ExitCode, Fault
from quickstart.interview.prompter import Prompter
from quickstart.journal import Journal
from quickstart.methods import METHODS, by_name
from quickstart.methods.base import Setup
from quickstart.methods.example import write_example
from quickstart.methods.steps import HANDLERS
from quickstart.model import Answers, Connection, Machine, Outcome, Plan, StepResult, Verification, Watcher, public
from quickstart.recommend import recommend
from quickstart.state import lock
from quickstart.target.find import find
from quickstart.target.install import DEADLINE
from quickstart.tracking.check import verify


@dataclass(frozen=True)
class Wish:
    """What was said beforehand, by flags; None where it was not.

    Args:
        method: skips the recommendation.
        privacy: whether data must stay on machines the person controls.
        python: the target interpreter.
        dry_run: stop after the plan.
        open_it: whether to open the run in the browser.
        write_script: whether to write the example script into the working directory.
    """

    method: str | None = None
    privacy: bool | None = None
    python: str | None = None
    dry_run: bool = False
    open_it: bool | None = None
    write_script: bool | None = None


def set_up(wish: Wish, prompter: Prompter, watcher: Watcher) -> Outcome:
    """Walk the whole road.

    Args:
        wish: what was said beforehand.
        prompter: who asks the rest.
        watcher: shown each hand-off as it happens.

    Returns:
        The outcome of the command "quickstart"; a failure on the way is in it, with all that was done until then.
    """
    data: dict[str, Any] = {}
    try:
        where = machine.detect()
        watcher.found(where)
        answers = ask(wish, where)
        data |= {"detected": public(where), "answers": public(answers)}

        recommendation = recommend(answers, where, [by_name(wish.method)] if wish.method else METHODS)
        watcher.recommended(recommendation)
        data["recommendation"] = public(recommendation)
        data["alternatives"] = [public(alternative) for alternative in recommendation.alternatives]
        if not recommendation.here:
            raise Fault("not-here", ExitCode.ANSWER_NEEDED, method=recommendation.method, evidence=where.evidence)

        method = by_name(recommendation.method)
        setup = Setup(answers, where, find(wish.python), wish.privacy)
        plan = method.plan(setup)
        watcher.planned(plan)
        data |= {"plan": [public(step) for step in plan.steps], "steps": []}
        if wish.dry_run:
            return Outcome("quickstart", data)
        if not prompter.confirm("Set it up", default=True, flag="--yes"):
            return Outcome("quickstart", data, exit_code=ExitCode.CANCELLED)

        run(plan, watcher, data)
        connection = method.connection(setup)
        data["connection"] = public(connection)

        verification = verify(connection.tracking_uri, progress=watcher.progress)
        watcher.verified(verification)
        data["verification"] = explain.shown(verification)
        if verification.failed is None:
            run(offer(wish, prompter, where, connection, verification), watcher, data)
        return Outcome("quickstart", data, *explain.verdict(verification))
    except Fault as fault:
        return Outcome("quickstart", data, explain.explain(fault), fault.exit_code)
    except KeyboardInterrupt:
        return Outcome("quickstart", data, exit_code=ExitCode.CANCELLED)


def ask(wish: Wish, where: Machine) -> Answers:
    """Return the answers: what was said, else the default, which keeps data on this machine."""
    answers = Answers(environment=where.environment)
    return answers if wish.privacy is None else replace(answers, privacy=wish.privacy)


def run(plan: Plan, watcher: Watcher, data: dict[str, Any]) -> None:
    """Run a plan, journalled; a second wizard waits for the first."""
    waiting = partial(watcher.progress, "waiting for another quickstart to finish")
    ahead = list(plan.steps)
    with lock("set-up", patience=DEADLINE, waiting=waiting):
        try:
            for result in Journal(plan.connection).run(plan, HANDLERS, watcher.progress):
                ahead.pop(0)
                watcher.done(result)
                data["steps"].append(public(result))
        except (Fault, KeyboardInterrupt) as stop:
            why = stop.code if isinstance(stop, Fault) else "cancelled"
            data["steps"].append(public(StepResult(ahead[0].id, "fail", why)))
            raise


def offer(wish: Wish, prompter: Prompter, where: Machine, made: Connection, proof: Verification) -> Plan:
    """Offer what comes next: the browser, opened at once, and the example script, returned as a plan."""

    def accepted(said: bool | None, question: str, flag: str) -> bool:
        return prompter.confirm(question, default=False, flag=flag) if said is None else said

    if (where.browser or wish.open_it) and accepted(wish.open_it, "Open the run in your browser", "--open"):
        import webbrowser

        webbrowser.open((proof.run or {})["url"])
    example = write_example(made, Path.cwd(), (proof.experiment or {})["name"])
    question = f"Write the example {Path(example.where).name} into this folder"
    steps = (example,) if accepted(wish.write_script, question, "--write-script") else ()
    return Plan(made.name, made.method, steps)
