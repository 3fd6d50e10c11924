"""Logging in, as a conversation: what a method's login still needs is found, asked for, and asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events, Progress
from quickstart.explain import explain, explain_verification
from quickstart.methods.base import Method, Setup
from quickstart.methods.catalog import TRACES
from quickstart.models import Answers, Plan, Status, Step, StepResult
from quickstart.prompts.base import Line, MissingAnswer, Option, Prompt, Prompter
from quickstart.prompts.fields import Field
from quickstart.results import LoginResult, Outcome
from quickstart.runtime.find import find_runtime
from quickstart.system import machine
from quickstart.system.machine import open_browser
from quickstart.system.shell import quoted
from quickstart.wizard.execute import execute_plan


class PrompterUI:
    """Where somebody logs in: methods/base.Scene by a prompter and a events.

    Args:
        method: whose login it is, for the command that is named where nobody can be asked.
        prompter: who asks.
        events: who tells.
    """

    def __init__(self, method: Method, prompter: Prompter, events: Events) -> None:
        self._method = method
        self._prompter = prompter
        self._events = events
        self.progress: Progress = events.progress
        self.interactive = prompter.interactive
        self.installed = False
        self._given: Mapping[str, Any] = {}

    def tell(self, status: Status, text: str) -> None:
        """Show one line."""
        self._events.on_message(status, text)

    def link(self, words: str, url: str, *, open_it: bool) -> None:
        """Show an address, and open it in the browser if wished."""
        self._events.on_link(words, url)
        if open_it:
            open_browser(url)

    def value(self, field: Field, given: Mapping[str, Any]) -> Any:
        """Return what the machine has for a need, else what the person says; what is given completes the command."""
        self._given = given
        if field.known is None:
            return self.ask(field)
        self.tell("ok", f"{field.name}: {field.known_from}")
        return field.known

    def ask(self, field: Field) -> Any:
        """Ask for one more thing."""
        self._events.on_prompt()
        missing = MissingAnswer(field.flags, field.variable, self._command(field))
        if field.choices:
            options = tuple(Option(value, label) for value, label in field.choices)
            text, name, why, more = field.text, field.name, field.why, field.more
            found = field.found
            prompt = Prompt(text, options, field.default, name=name, why=why, more=more, missing=missing, found=found)
            return self._prompter.select(prompt)
        default = str(field.default or "")
        line = Line(field.text, field.name, field.why, field.more, default, secret=field.secret, missing=missing)
        return self._prompter.line(line)

    def _command(self, field: Field) -> str:
        """Return the command that leaves nothing to be asked, with what is known already."""
        words = ["quickstart login", self._method.login_name]
        for flag in self._method.login_flags:
            if flag.key == "method" and flag.gives == self._method.name:
                words.append(flag.name)
            elif flag.name in field.example or not isinstance(self._given.get(flag.key), str):
                continue
            elif flag.positional:
                words.append(quoted(self._given[flag.key]))
            elif flag.metavar:
                words += [flag.name, quoted(self._given[flag.key])]
        return " ".join((*words, field.example))

    def install(self, steps: tuple[Step, ...]) -> None:
        """Install what the login itself needs, after asking."""
        self._events.on_prompt()
        what = ", ".join(f"{step.does}, in {step.where}" for step in steps)
        if not self._prompter.confirm(f"This login needs more: {what}. Go on", default=True, flag="--yes"):
            raise KeyboardInterrupt
        execute_plan(Plan(self._method.name, self._method.name, steps), self._events, [])
        self.installed = True


def collect_login(method: Method, setup: Setup, given: Mapping[str, Any], prompter: Prompter, events: Events) -> Setup:
    """Return the set-up with a login that works, for a method that has one.

    Args:
        method: the method.
        setup: the machine and the runtime.
        given: what was said beforehand, by the keys of the method's needs.
        prompter: who asks the rest.
        events: who tells.

    Raises:
        Fault: "answer-needed" where something is missing and nobody can be asked; "login-refused" and whatever else
            the login raises, where nobody can be asked anew.
    """
    ui = PrompterUI(method, prompter, events)
    login = method.actions.login(setup, ui)
    if login is None:
        return setup
    values: dict[str, Any] = {}
    pending = dict(given)
    while True:
        try:
            while pending:
                key = next(iter(pending))
                values = login.set(key, pending.pop(key), values)
            while field := login.next_field(values):
                values = login.set(field.key, ui.value(field, values), values)
            result = login.authenticate(values)
            if ui.installed:
                runtime = setup.runtime
                setup = replace(
                    setup, runtime=replace(find_runtime(str(runtime.python), runtime.origin), managed=runtime.managed)
                )
            return replace(setup, login=result)
        except QuickstartError as error:
            retry = login.fields_to_retry(error)
            if not prompter.interactive or not retry or error.code == "answer-needed":
                raise
            events.on_error(explain(error))
            values = {key: value for key, value in values.items() if key not in retry}


def log_in(method: Method, given: Mapping[str, Any], python: str | None, prompter: Prompter, events: Events) -> Outcome:
    """Log in, save the connection, and prove it.

    Args:
        method: whose login it is.
        given: what was said beforehand, by the keys of its needs.
        python: the runtime's interpreter, where the person named one.
        prompter: who asks the rest.
        events: shown what happens.

    Returns:
        The outcome of the command "login"; where the login is refused nothing was saved.
    """
    result = LoginResult()
    steps: list[StepResult] = []
    try:
        setup = Setup(Answers(), machine.detect(traces=TRACES), find_runtime(python))
        setup = collect_login(method, setup, given, prompter, events)
        connection = method.actions.connection(setup)
        execute_plan(Plan(connection.name, method.name, method.actions.login_steps(setup)), events, steps)
        result = replace(result, connection=connection)

        from quickstart.tracking.check import verify

        check = method.actions.check(connection.tracking_uri, connection, None)
        verification = verify(
            check,
            events.progress,
            method.actions.client_check(connection, find_runtime(connection.python or str(setup.runtime.python))),
        )
        events.on_verification(verification)
        error, exit_code = explain_verification(verification)
        result = replace(result, verification=verification.explained(error))
        return Outcome("login", result, error, exit_code, next_steps=method.actions.next_steps(verification))
    except QuickstartError as stopped:
        return Outcome("login", replace(result, steps=tuple(steps)), explain(stopped), stopped.exit_code)
    except KeyboardInterrupt:
        return Outcome("login", replace(result, steps=tuple(steps)), exit_code=ExitCode.CANCELLED)
