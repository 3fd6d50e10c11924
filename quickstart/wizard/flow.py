"""The road: detect, ask, recommend, plan, run, verify, report. Whoever opens the project reads this first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from quickstart import explain
from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events
from quickstart.methods.catalog import METHODS, PLATFORMS, TRACES, by_name
from quickstart.models import Connection, Machine, Outcome, Plan, Recommendation, Verification, to_json
from quickstart.prompts import answers_file as preset
from quickstart.prompts.base import Prompter
from quickstart.prompts.interview import Interview
from quickstart.prompts.questions import flag, questions
from quickstart.runtime.find import find_runtime
from quickstart.system import machine
from quickstart.system.shell import as_typed_here
from quickstart.wizard.execute import execute_plan
from quickstart.wizard.recommend import recommend
from quickstart.wizard.review import (
    ApprovedPlan,
    Cancelled,
    PlanAbandoned,
    PlanReview,
    offer_resume,
    recommendation_json,
)

QUESTIONS = questions(PLATFORMS)


@dataclass(frozen=True)
class SetupOptions:
    """What was said beforehand; None where it was not.

    Args:
        answers: by flag or variable, under the questions' keys.
        answers_file: TOML file with more of them.
        save_answers: file to write all answers to.
        method: skips the recommendation.
        python: the runtime's interpreter.
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


def set_up(wish: SetupOptions, prompter: Prompter, events: Events) -> Outcome:
    """Walk the whole road.

    Args:
        wish: what was said beforehand.
        prompter: who asks the rest.
        events: shown each hand-off as it happens.

    Returns:
        The outcome of the command "quickstart"; a failure on the way is in it, with all that was done until then.
    """
    data: dict[str, Any] = {}
    unfinished = preset.Unfinished()
    interview: Interview | None = None
    try:
        wish = resolve_options(wish)
        where, runtime = machine.detect(traces=TRACES), find_runtime(wish.python, wish.python_is)
        events.on_machine(where, runtime.origin, runtime.mlflow)
        data["detected"] = to_json(where)

        interview = Interview(QUESTIONS, wish.answers, where, "quickstart --yes")
        if prompter.interactive and wish.silent:
            offer_resume(interview, QUESTIONS, unfinished, prompter)
        agreed = PlanReview(interview, where, runtime, prompter, events, data, wish.login).run(
            wish.method, dry_run=wish.dry_run
        )
        save_answers(wish, interview, agreed)
        if agreed is None:
            return Outcome("quickstart", data)

        execute_plan(agreed.plan, events, data)
        unfinished.forget()
        connection = agreed.method.actions.connection(agreed.setup)
        data["connection"] = to_json(connection)

        verification = verify_connection(agreed, connection, wish, events)
        events.on_verification(verification)
        data["verification"] = explain.describe_verification(verification)
        if verification.failed is None:
            execute_plan(offer_next_steps(wish, prompter, where, connection, verification), events, data)
        again = repeat_command(agreed, interview.said(prompter))
        return Outcome(
            "quickstart",
            data,
            *explain.explain_verification(verification),
            again,
            next_steps=agreed.method.actions.next_steps(verification),
        )
    except QuickstartError as fault:
        return Outcome("quickstart", data, explain.explain(fault), fault.exit_code)
    except PlanAbandoned as stuck:
        return Outcome("quickstart", data, explain.explain(stuck.fault), stuck.fault.exit_code, error_told=True)
    except (KeyboardInterrupt, Cancelled):
        kept = bool(prompter.interactive and interview and interview.answered and unfinished.keep(interview.all))
        return Outcome("quickstart", data, exit_code=ExitCode.CANCELLED, answers_kept=kept)


def verify_connection(agreed: ApprovedPlan, connection: Connection, wish: SetupOptions, events: Events) -> Verification:
    """Prove a connection: over REST, and by MLflow's own client where the method ends with that."""
    from quickstart.tracking.check import verify

    # What the plan installed is there only now.
    runtime = replace(
        find_runtime(connection.python or str(agreed.setup.runtime.python)), origin=agreed.setup.runtime.origin
    )
    check = agreed.method.actions.check(connection.tracking_uri, connection, None)
    return verify(check, events.progress, agreed.method.actions.client_check(connection, runtime))


def recommend_only(wish: SetupOptions, prompter: Prompter, events: Events) -> Outcome:
    """Walk the road up to the recommendation; nothing is written but what --save-answers names.

    Returns:
        The outcome of the command "recommend".
    """
    data: dict[str, Any] = {}
    try:
        where = machine.detect(traces=TRACES)
        events.on_machine(where)
        interview, recommendation = ask_and_recommend(wish, prompter, where)
        data |= {"detected": to_json(where), **recommendation_json(interview.answers(), recommendation)}
        events.on_recommendation(recommendation)
        save_answers(resolve_options(wish), interview, None)
        return Outcome("recommend", data)
    except QuickstartError as fault:
        return Outcome("recommend", data, explain.explain(fault), fault.exit_code)
    except KeyboardInterrupt:
        return Outcome("recommend", data, exit_code=ExitCode.CANCELLED)


def ask_and_recommend(wish: SetupOptions, prompter: Prompter, where: Machine) -> tuple[Interview, Recommendation]:
    """Ask what is missing and recommend; raise Fault where it cannot be asked, or what settled() raises."""
    wish = resolve_options(wish)
    interview = Interview(QUESTIONS, wish.answers, where, "quickstart recommend")
    answers = interview.answers() if wish.method else interview.ask(prompter)
    return interview, recommend(answers, where, METHODS, wish.method)


def resolve_options(wish: SetupOptions) -> SetupOptions:
    """Return the wish with all that follows from what was said: the file's answers, and what a method implies.

    Raises:
        Fault: "unknown-method", or what preset.read() raises.
    """
    names = [method.name for method in METHODS]
    written = preset.read(wish.answers_file, QUESTIONS, names) if wish.answers_file else {}
    method = wish.method or written.pop(preset.METHOD, None)
    written.pop(preset.METHOD, None)
    implied = by_name(method).implied_answers if method else {}
    if wish.answers.get("platform") and "production" not in wish.answers:
        implied, written = {**implied, "production": True}, {**written, "production": True}
    answers = {**implied, **written, **wish.answers}
    if method and not answers.get("production") and "platform" not in {**written, **wish.answers}:
        answers.pop("platform", None)
    preset.validate(answers, QUESTIONS, names, "What was given")
    return replace(wish, answers=answers, method=method)


def repeat_command(agreed: ApprovedPlan, said: Mapping[str, Any]) -> str:
    """Return the line that does the same without a question.

    Args:
        agreed: the method; it is named only where the person chose it themselves.
        said: the answers that the person gave; those that the method settles need not be given.
    """
    implied = agreed.method.implied_answers if agreed.chosen else {}
    given = {key: value for key, value in said.items() if value is not None and implied.get(key) != value}
    chosen = {"method": agreed.method.name} if agreed.chosen else {}
    return as_typed_here(
        " ".join(("quickstart --yes", *(flag(key, value) for key, value in {**chosen, **given}.items())))
    )


def save_answers(wish: SetupOptions, interview: Interview, agreed: ApprovedPlan | None) -> None:
    """Write the answers to the file that was named for them."""
    if wish.save_answers:
        chosen = agreed.method.name if agreed and agreed.chosen else wish.method
        preset.write(wish.save_answers, interview.answers(), chosen)


def offer_next_steps(
    wish: SetupOptions, prompter: Prompter, where: Machine, made: Connection, proof: Verification
) -> Plan:
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
