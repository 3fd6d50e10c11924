"""The wizard from start to end: detect, ask, recommend, plan, execute, verify, report. Read this first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from quickstart import explain
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.events import Events
from quickstart.methods.catalog import METHODS, PLATFORMS, TRACES, by_name
from quickstart.models import Connection, Machine, Plan, Recommendation, StepResult, Verification
from quickstart.prompts import answers_file
from quickstart.prompts.base import Prompter
from quickstart.prompts.questions import METHOD, Interview, interview_fields, method_field
from quickstart.results import Outcome, RecommendResult, Recorder, SetupResult
from quickstart.runtime.find import find_runtime
from quickstart.system.machine import detect, open_browser, working_directory
from quickstart.system.shell import as_typed_here
from quickstart.wizard.execute import execute_plan, verify_connection
from quickstart.wizard.recommend import recommend
from quickstart.wizard.review import ApprovedPlan, Cancelled, PlanAbandoned, PlanReview, offer_resume

QUESTIONS = interview_fields(PLATFORMS)
ANSWERS = (*QUESTIONS, method_field(METHODS))  # all that an answers file may contain


@dataclass(frozen=True)
class SetupOptions:
    """The options of a setup; None if an option was not given.

    Args:
        answers: from flags and variables, by the questions' keys.
        answers_file: TOML file with more answers.
        save_answers: file to write all answers to.
        method: name of the method to use instead of the recommended one.
        python: the runtime's interpreter.
        python_is: why that one, in words; None if the person named it.
        dry_run: whether to stop after the plan.
        open_it: whether to open the run in the browser.
        write_script: whether to write the example script into the working directory.
        login: values for the fields of the method's login, by their keys.
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
        """Whether no option says what to set up."""
        return not self.answers and self.answers_file is None and self.method is None


def set_up(options: SetupOptions, prompter: Prompter, events: Events) -> Outcome:
    """Set up tracking. A failure is in the outcome, with everything done before it."""
    record = Recorder(SetupResult())
    steps: list[StepResult] = []

    def outcome(error: Explanation | None = None, exit_code: ExitCode = ExitCode.OK, **more: Any) -> Outcome:
        return Outcome("quickstart", replace(record.result, steps=tuple(steps)), error, exit_code, **more)

    unfinished = answers_file.Unfinished()
    interview: Interview | None = None
    try:
        options = resolve_options(options)
        machine, runtime = detect(traces=TRACES), find_runtime(options.python, options.python_is)
        events.on_machine(machine, runtime.origin, runtime.mlflow)
        record.result = replace(record.result, machine=machine)

        interview = Interview(QUESTIONS, options.answers, machine, "quickstart --yes")
        if prompter.interactive and options.silent:
            offer_resume(interview, QUESTIONS, unfinished, prompter)
        approved = PlanReview(interview, machine, runtime, prompter, events, record, options.login).run(
            options.method, dry_run=options.dry_run
        )
        save_answers(options, interview, approved)
        if approved is None:
            return outcome()

        execute_plan(approved.plan, events, steps)
        unfinished.delete()
        connection = approved.method.actions.connection(approved.setup)
        record.result = replace(record.result, connection=connection)

        verification, error, exit_code = verify_connection(approved.method, approved.setup, connection, events)
        record.result = replace(record.result, verification=verification)
        if verification.failed is None:
            execute_plan(offer_next_steps(options, prompter, machine, connection, verification), events, steps)
        again = repeat_command(approved, interview.own_answers(prompter))
        next_steps = approved.method.actions.next_steps(verification)
        return outcome(error, exit_code, again=again, next_steps=next_steps)
    except QuickstartError as stopped:
        return outcome(explain.explain(stopped), stopped.exit_code)
    except PlanAbandoned as abandoned:
        return outcome(explain.explain(abandoned.error), abandoned.error.exit_code, error_shown=True)
    except (KeyboardInterrupt, Cancelled):
        kept = bool(prompter.interactive and interview and interview.answered and unfinished.save(interview.all))
        return outcome(exit_code=ExitCode.CANCELLED, answers_kept=kept)


def recommend_only(options: SetupOptions, prompter: Prompter, events: Events) -> Outcome:
    """Stop at the recommendation; write only the file of --save-answers."""
    result = RecommendResult()
    try:
        machine = detect(traces=TRACES)
        events.on_machine(machine)
        interview, recommendation = ask_and_recommend(options, prompter, machine)
        result = RecommendResult(machine, interview.answers(), recommendation)
        events.on_recommendation(recommendation)
        save_answers(resolve_options(options), interview, None)
        return Outcome("recommend", result)
    except QuickstartError as error:
        return Outcome("recommend", result, explain.explain(error), error.exit_code)
    except KeyboardInterrupt:
        return Outcome("recommend", result, exit_code=ExitCode.CANCELLED)


def ask_and_recommend(options: SetupOptions, prompter: Prompter, machine: Machine) -> tuple[Interview, Recommendation]:
    """Ask for the missing answers and recommend; raise "answer-needed" if it cannot prompt."""
    options = resolve_options(options)
    interview = Interview(QUESTIONS, options.answers, machine, "quickstart recommend")
    answers = interview.answers() if options.method else interview.ask(prompter)
    return interview, recommend(answers, machine, METHODS, options.method)


def resolve_options(options: SetupOptions) -> SetupOptions:
    """Return the options completed by the answers file and by the answers that the method implies.

    Raises:
        QuickstartError: "unknown-method", or what answers_file.read() raises.
    """
    in_file = answers_file.read(options.answers_file, ANSWERS) if options.answers_file else {}
    method = options.method or in_file.pop(METHOD, None)
    in_file.pop(METHOD, None)
    implied = by_name(method).implied_answers if method else {}
    if options.answers.get("platform") and "production" not in options.answers:
        implied, in_file = {**implied, "production": True}, {**in_file, "production": True}
    answers = {**implied, **in_file, **options.answers}
    if method and not answers.get("production") and "platform" not in {**in_file, **options.answers}:
        answers.pop("platform", None)
    answers_file.validate(answers, QUESTIONS, "Options")
    return replace(options, answers=answers, method=method)


def repeat_command(approved: ApprovedPlan, answers: Mapping[str, Any]) -> str:
    """Return the command that does the same without a question.

    Args:
        approved: the plan; its method is named only if the person chose it.
        answers: the person's own answers; those that the method implies are left out.
    """
    implied = approved.method.implied_answers if approved.chosen else {}
    given = {key: value for key, value in answers.items() if value is not None and implied.get(key) != value}
    chosen = {METHOD: approved.method.name} if approved.chosen else {}
    fields = {field.key: field for field in ANSWERS}
    flags = (fields[key].flag_of(value) for key, value in {**chosen, **given}.items())
    return as_typed_here(" ".join(("quickstart --yes", *flags)))


def save_answers(options: SetupOptions, interview: Interview, approved: ApprovedPlan | None) -> None:
    if options.save_answers:
        chosen = approved.method.name if approved and approved.chosen else options.method
        answers_file.write(options.save_answers, interview.answers(), chosen)


def offer_next_steps(
    options: SetupOptions, prompter: Prompter, machine: Machine, connection: Connection, verification: Verification
) -> Plan:
    """Offer to open the run in the browser, which happens at once, and to write the example script: the plan."""
    from quickstart.methods.common_steps import write_example  # noqa: PLC0415 - start-up: the first question does not need it

    def is_wanted(option: bool | None, question: str, flag: str) -> bool:
        return prompter.confirm(question, default=False, flag=flag) if option is None else option

    if (machine.browser or options.open_it) and is_wanted(options.open_it, "Open the run in your browser", "--open"):
        open_browser((verification.run or {})["url"])
    folder = working_directory()
    if folder is None and not options.write_script:
        return Plan(connection.name, connection.method, ())
    example = write_example(connection, folder or Path.cwd(), (verification.experiment or {})["name"])
    question = f"Write the example {Path(example.where).name} into this folder"
    steps = (example,) if is_wanted(options.write_script, question, "--write-script") else ()
    return Plan(connection.name, connection.method, steps)
