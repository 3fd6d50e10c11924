"""Log in: find or ask for the fields of a method's login, and ask again for what was rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events, Progress
from quickstart.explain import explain
from quickstart.methods.base import Method, Setup
from quickstart.methods.catalog import TRACES
from quickstart.models import Answers, Plan, Status, Step, StepResult
from quickstart.prompts.base import Prompt, Prompter
from quickstart.prompts.fields import Field
from quickstart.results import LoginResult, Outcome
from quickstart.runtime.find import find_runtime
from quickstart.system import machine
from quickstart.system.machine import open_browser
from quickstart.system.shell import quoted
from quickstart.wizard.execute import execute_plan, verify_connection


class PrompterUI:
    """The LoginUI of a terminal: a prompter asks, events show."""

    def __init__(self, method: Method, prompter: Prompter, events: Events) -> None:
        self._method = method
        self._prompter = prompter
        self._events = events
        self.progress: Progress = events.progress
        self.interactive = prompter.interactive
        self.has_installed = False
        self._given: Mapping[str, Any] = {}

    def tell(self, status: Status, text: str) -> None:
        self._events.on_message(status, text)

    def link(self, text: str, url: str, *, open_it: bool) -> None:
        self._events.on_link(text, url)
        if open_it:
            open_browser(url)

    def value(self, field: Field, given: Mapping[str, Any]) -> Any:
        """Return the value that the machine has for a field, else ask. `given` completes the command of an error."""
        self._given = given
        if field.known is None:
            return self.ask(field)
        self.tell("ok", f"{field.label}: {field.known_from}")
        return field.known

    def ask(self, field: Field) -> Any:
        self._events.on_prompt()
        return self._prompter.ask(Prompt(field, command=self._command(field)))

    def install(self, steps: tuple[Step, ...]) -> None:
        """Install what the login itself needs, after asking."""
        self._events.on_prompt()
        names = ", ".join(f"{step.does[0].lower()}{step.does[1:]} in {step.where}" for step in steps)
        if not self._prompter.confirm(f"This login needs to {names}. Continue", default=True, flag="--yes"):
            raise KeyboardInterrupt
        execute_plan(Plan(self._method.name, self._method.name, steps), self._events, [])
        self.has_installed = True

    def _command(self, missing: Field) -> str:
        """Return the command that leaves nothing to ask, with what is known already."""
        words = ["quickstart login", self._method.login_name]
        for field in self._method.login_fields:
            value = self._given.get(field.key)
            if field.key == "method":
                words += [choice.flag for choice in field.choices if choice.value == self._method.name]
            elif not field.flag or field.flag in missing.shell_words or not isinstance(value, str):
                continue
            else:
                words += [quoted(value)] if field.is_argument else [field.flag, quoted(value)]
        return " ".join((*words, missing.shell_words))


def collect_login(method: Method, setup: Setup, given: Mapping[str, Any], prompter: Prompter, events: Events) -> Setup:
    """Return the setup with a login that works, if the method has one. `given` has values by the fields' keys.

    Raises:
        QuickstartError: "answer-needed" if a field is missing and prompting is impossible; what the login raises, if
            asking again cannot fix it.
    """
    ui = PrompterUI(method, prompter, events)
    login = method.actions.login(setup, ui)
    if login is None:
        return setup
    values: dict[str, Any] = {}
    fields = {field.key: field for field in method.login_fields}
    pending = dict(given)
    while True:
        try:
            while pending:
                key = next(iter(pending))
                value = pending.pop(key)
                values = login.set(key, fields[key].clean(value) if key in fields else value, values)
            while field := login.next_field(values):
                values = login.set(field.key, field.clean(ui.value(field, values)), values)
            result = login.authenticate(values)
            if ui.has_installed:
                runtime = find_runtime(str(setup.runtime.python), setup.runtime.origin)
                setup = replace(setup, runtime=replace(runtime, managed=setup.runtime.managed))
            return replace(setup, login=result)
        except QuickstartError as error:
            retry = login.fields_to_retry(error)
            if not prompter.interactive or not retry or error.code == "answer-needed":
                raise
            events.on_error(explain(error))
            values = {key: value for key, value in values.items() if key not in retry}


def log_in(method: Method, given: Mapping[str, Any], python: str | None, prompter: Prompter, events: Events) -> Outcome:
    """Log in, save the connection, and verify it. Nothing is saved if the login fails."""
    result = LoginResult()
    steps: list[StepResult] = []
    try:
        setup = Setup(Answers(), machine.detect(traces=TRACES), find_runtime(python))
        setup = collect_login(method, setup, given, prompter, events)
        connection = method.actions.connection(setup)
        execute_plan(Plan(connection.name, method.name, method.actions.login_steps(setup)), events, steps)
        result = replace(result, connection=connection)
        verification, error, exit_code = verify_connection(method, setup, connection, events)
        result = replace(result, verification=verification)
        return Outcome("login", result, error, exit_code, next_steps=method.actions.next_steps(verification))
    except QuickstartError as stopped:
        return Outcome("login", replace(result, steps=tuple(steps) or None), explain(stopped), stopped.exit_code)
    except KeyboardInterrupt:
        return Outcome("login", replace(result, steps=tuple(steps) or None), exit_code=ExitCode.CANCELLED)
