"""The road: detect, ask, recommend, plan, run, verify, report. Whoever opens the project reads this first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from quickstart import explain
from quickstart.errors import ExitCode, Fault
from quickstart.events import Watcher
from quickstart.methods import METHODS, PLATFORMS, TRACES, by_name
from quickstart.models import Connection, Machine, Outcome, Plan, Recommendation, Verification, public
from quickstart.prompts import answers_file as preset
from quickstart.prompts.base import Prompter
from quickstart.prompts.interview import Interview
from quickstart.prompts.questions import flag, questions
from quickstart.runtime.find import find
from quickstart.system import machine
from quickstart.system.shell import as_typed
from quickstart.wizard.execute import run
from quickstart.wizard.recommend import recommend
from quickstart.wizard.review import Agreed, Agreement, Cancelled, Stuck, go_on, told

QUESTIONS = questions(PLATFORMS)


@dataclass(frozen=True)
class Wish:
    """What was said beforehand; None where it was not.

    Args:
        answers: by flag or variable, under the questions' keys.
        answers_file: TOML file with more of them.
        save_answers: file to write all answers to.
        method: skips the recommendation.
        python: the target interpreter.
        python_is: why that one, in words; None where the person named it.
        dry_run: stop after the plan.
        open_it: whether to open the run in the browser.
        write_script: whether to write the example script into the working directory.
        login: what a method's login needs, by its keys.
    """

    answers: Mapping[str, Any] = field(default_factory=dict)
    answers_file: Path | None = None
    save_answers: Path | None = None
    method: str | None = None
    python: str | None = None
    python_is: str | None = None
    dry_run: bool = False
    open_it: bool | None = None
    write_script: bool | None = None
    login: Mapping[str, Any] = field(default_factory=dict)

    @property
    def silent(self) -> bool:
        """Whether nothing was said that decides what is to be done."""
        return not self.answers and self.answers_file is None and self.method is None


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
    unfinished = preset.Unfinished()
    interview: Interview | None = None
    try:
        wish = settled(wish)
        where, target = machine.detect(traces=TRACES), find(wish.python, wish.python_is)
        watcher.found(where, target.origin, target.mlflow)
        data["detected"] = public(where)

        interview = Interview(QUESTIONS, wish.answers, where, "quickstart --yes")
        if prompter.interactive and wish.silent:
            go_on(interview, QUESTIONS, unfinished, prompter)
        agreed = Agreement(interview, where, target, prompter, watcher, data, wish.login).reach(
            wish.method, dry_run=wish.dry_run
        )
        save(wish, interview, agreed)
        if agreed is None:
            return Outcome("quickstart", data)

        run(agreed.plan, watcher, data)
        unfinished.forget()
        connection = agreed.method.connection(agreed.setup)
        data["connection"] = public(connection)

        verification = proven(agreed, connection, wish, watcher)
        watcher.verified(verification)
        data["verification"] = explain.shown(verification)
        if verification.failed is None:
            run(offer(wish, prompter, where, connection, verification), watcher, data)
        again = one_line(agreed, interview.said(prompter))
        return Outcome(
            "quickstart", data, *explain.verdict(verification), again, afterwards=agreed.method.afterwards(verification)
        )
    except Fault as fault:
        return Outcome("quickstart", data, explain.explain(fault), fault.exit_code)
    except Stuck as stuck:
        return Outcome("quickstart", data, explain.explain(stuck.fault), stuck.fault.exit_code, error_told=True)
    except (KeyboardInterrupt, Cancelled):
        kept = bool(prompter.interactive and interview and interview.answered and unfinished.keep(interview.all))
        return Outcome("quickstart", data, exit_code=ExitCode.CANCELLED, answers_kept=kept)


def proven(agreed: Agreed, connection: Connection, wish: Wish, watcher: Watcher) -> Verification:
    """Prove a connection: over REST, and by MLflow's own client where the method ends with that."""
    from quickstart.tracking.check import verify

    # What the plan installed is there only now.
    target = replace(find(connection.python or str(agreed.setup.target.python)), origin=agreed.setup.target.origin)
    check = agreed.method.check(connection.tracking_uri, connection, None)
    return verify(check, watcher.progress, agreed.method.further(connection, target))


def only_recommend(wish: Wish, prompter: Prompter, watcher: Watcher) -> Outcome:
    """Walk the road up to the recommendation; nothing is written but what --save-answers names.

    Returns:
        The outcome of the command "recommend".
    """
    data: dict[str, Any] = {}
    try:
        where = machine.detect(traces=TRACES)
        watcher.found(where)
        interview, recommendation = recommended(wish, prompter, where)
        data |= {"detected": public(where), **told(interview.answers(), recommendation)}
        watcher.recommended(recommendation)
        save(settled(wish), interview, None)
        return Outcome("recommend", data)
    except Fault as fault:
        return Outcome("recommend", data, explain.explain(fault), fault.exit_code)
    except KeyboardInterrupt:
        return Outcome("recommend", data, exit_code=ExitCode.CANCELLED)


def recommended(wish: Wish, prompter: Prompter, where: Machine) -> tuple[Interview, Recommendation]:
    """Ask what is missing and recommend; raise Fault where it cannot be asked, or what settled() raises."""
    wish = settled(wish)
    interview = Interview(QUESTIONS, wish.answers, where, "quickstart recommend")
    answers = interview.answers() if wish.method else interview.ask(prompter)
    return interview, recommend(answers, where, METHODS, wish.method)


def settled(wish: Wish) -> Wish:
    """Return the wish with all that follows from what was said: the file's answers, and what a method implies.

    Raises:
        Fault: "unknown-method", or what preset.read() raises.
    """
    names = [method.name for method in METHODS]
    written = preset.read(wish.answers_file, QUESTIONS, names) if wish.answers_file else {}
    method = wish.method or written.pop(preset.METHOD, None)
    written.pop(preset.METHOD, None)
    implied = by_name(method).implies if method else {}
    if wish.answers.get("platform") and "production" not in wish.answers:
        implied, written = {**implied, "production": True}, {**written, "production": True}
    answers = {**implied, **written, **wish.answers}
    if method and not answers.get("production") and "platform" not in {**written, **wish.answers}:
        answers.pop("platform", None)
    preset.checked(answers, QUESTIONS, names, "What was given")
    return replace(wish, answers=answers, method=method)


def one_line(agreed: Agreed, said: Mapping[str, Any]) -> str:
    """Return the line that does the same without a question.

    Args:
        agreed: the method; it is named only where the person chose it themselves.
        said: the answers that the person gave; those that the method settles need not be given.
    """
    implied = agreed.method.implies if agreed.chosen else {}
    given = {key: value for key, value in said.items() if value is not None and implied.get(key) != value}
    chosen = {"method": agreed.method.name} if agreed.chosen else {}
    return as_typed(" ".join(("quickstart --yes", *(flag(key, value) for key, value in {**chosen, **given}.items()))))


def save(wish: Wish, interview: Interview, agreed: Agreed | None) -> None:
    """Write the answers to the file that was named for them."""
    if wish.save_answers:
        chosen = agreed.method.name if agreed and agreed.chosen else wish.method
        preset.write(wish.save_answers, interview.answers(), chosen)


def offer(wish: Wish, prompter: Prompter, where: Machine, made: Connection, proof: Verification) -> Plan:
    """Offer what comes next: the browser, opened at once, and the example script, returned as a plan."""
    from quickstart.steps.example import write_example

    def accepted(said: bool | None, question: str, flag: str) -> bool:
        return prompter.confirm(question, default=False, flag=flag) if said is None else said

    if (where.browser or wish.open_it) and accepted(wish.open_it, "Open the run in your browser", "--open"):
        machine.open_browser((proof.run or {})["url"])
    folder = machine.working_directory()
    if folder is None and not wish.write_script:
        return Plan(made.name, made.method, ())
    example = write_example(made, folder or Path.cwd(), (proof.experiment or {})["name"])
    question = f"Write the example {Path(example.where).name} into this folder"
    steps = (example,) if accepted(wish.write_script, question, "--write-script") else ()
    return Plan(made.name, made.method, steps)
