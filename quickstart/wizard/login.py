"""Logging in, as a conversation: what a method's login still needs is found, asked for, and asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quickstart.errors import ExitCode, Fault
from quickstart.events import Progress, Watcher
from quickstart.explain import explain, shown, verdict
from quickstart.methods import TRACES
from quickstart.methods.base import Method, Setup
from quickstart.models import Answers, Outcome, Plan, Status, Step, public
from quickstart.prompts.base import Line, Missing, Option, Prompt, Prompter
from quickstart.prompts.fields import Need
from quickstart.runtime.find import find
from quickstart.system import machine
from quickstart.system.machine import open_browser
from quickstart.system.shell import quoted
from quickstart.wizard.execute import run


class Room:
    """Where somebody logs in: methods/base.Scene by a prompter and a watcher.

    Args:
        method: whose login it is, for the command that is named where nobody can be asked.
        prompter: who asks.
        watcher: who tells.
    """

    def __init__(self, method: Method, prompter: Prompter, watcher: Watcher) -> None:
        self._method = method
        self._prompter = prompter
        self._watcher = watcher
        self.progress: Progress = watcher.progress
        self.interactive = prompter.interactive
        self.installed = False
        self._given: Mapping[str, Any] = {}

    def tell(self, status: Status, text: str) -> None:
        """Show one line."""
        self._watcher.told(status, text)

    def link(self, words: str, url: str, *, open_it: bool) -> None:
        """Show an address, and open it in the browser if wished."""
        self._watcher.link(words, url)
        if open_it:
            open_browser(url)

    def value(self, need: Need, given: Mapping[str, Any]) -> Any:
        """Return what the machine has for a need, else what the person says; what is given completes the command."""
        self._given = given
        if need.known is None:
            return self.ask(need)
        self.tell("ok", f"{need.name}: {need.known_from}")
        return need.known

    def ask(self, need: Need) -> Any:
        """Ask for one more thing."""
        self._watcher.asking()
        missing = Missing(need.flags, need.variable, self._command(need))
        if need.choices:
            options = tuple(Option(value, label) for value, label in need.choices)
            text, name, why, more = need.text, need.name, need.why, need.more
            found = need.found
            prompt = Prompt(text, options, need.default, name=name, why=why, more=more, missing=missing, found=found)
            return self._prompter.select(prompt)
        default = str(need.default or "")
        line = Line(need.text, need.name, need.why, need.more, default, secret=need.secret, missing=missing)
        return self._prompter.line(line)

    def _command(self, need: Need) -> str:
        """Return the command that leaves nothing to be asked, with what is known already."""
        words = ["quickstart login", self._method.login_name]
        for flag in self._method.login_flags:
            if flag.key == "method" and flag.gives == self._method.name:
                words.append(flag.name)
            elif flag.name in need.example or not isinstance(self._given.get(flag.key), str):
                continue
            elif flag.positional:
                words.append(quoted(self._given[flag.key]))
            elif flag.metavar:
                words += [flag.name, quoted(self._given[flag.key])]
        return " ".join((*words, need.example))

    def install(self, steps: tuple[Step, ...]) -> None:
        """Install what the login itself needs, after asking."""
        self._watcher.asking()
        what = ", ".join(f"{step.does}, in {step.where}" for step in steps)
        if not self._prompter.confirm(f"This login needs more: {what}. Go on", default=True, flag="--yes"):
            raise KeyboardInterrupt
        run(Plan(self._method.name, self._method.name, steps), self._watcher, {})
        self.installed = True


def logged_in(method: Method, setup: Setup, given: Mapping[str, Any], prompter: Prompter, watcher: Watcher) -> Setup:
    """Return the set-up with a login that works, for a method that has one.

    Args:
        method: the method.
        setup: the machine and the target.
        given: what was said beforehand, by the keys of the method's needs.
        prompter: who asks the rest.
        watcher: who tells.

    Raises:
        Fault: "answer-needed" where something is missing and nobody can be asked; "login-refused" and whatever else
            the login raises, where nobody can be asked anew.
    """
    room = Room(method, prompter, watcher)
    login = method.login(setup, room)
    if login is None:
        return setup
    known: dict[str, Any] = {}
    ahead = dict(given)
    while True:
        try:
            while ahead:
                key = next(iter(ahead))
                known = login.take(key, ahead.pop(key), known)
            while need := login.need(known):
                known = login.take(need.key, room.value(need, known), known)
            entered = login.enter(known)
            if room.installed:
                target = setup.target
                setup = replace(setup, target=replace(find(str(target.python), target.origin), managed=target.managed))
            return replace(setup, login=entered)
        except Fault as fault:
            doubted = login.doubted(fault)
            if not prompter.interactive or not doubted or fault.code == "answer-needed":
                raise
            watcher.stuck(explain(fault))
            known = {key: value for key, value in known.items() if key not in doubted}


def log_in(
    method: Method, given: Mapping[str, Any], python: str | None, prompter: Prompter, watcher: Watcher
) -> Outcome:
    """Log in, save the connection, and prove it.

    Args:
        method: whose login it is.
        given: what was said beforehand, by the keys of its needs.
        python: the target interpreter, where the person named one.
        prompter: who asks the rest.
        watcher: shown what happens.

    Returns:
        The outcome of the command "login"; where the login is refused nothing was saved.
    """
    data: dict[str, Any] = {}
    done: dict[str, Any] = {}
    try:
        setup = Setup(Answers(), machine.detect(traces=TRACES), find(python))
        setup = logged_in(method, setup, given, prompter, watcher)
        connection = method.connection(setup)
        run(Plan(connection.name, method.name, method.login_steps(setup)), watcher, done)
        data["connection"] = public(connection)

        from quickstart.tracking.check import verify

        check = method.check(connection.tracking_uri, connection, None)
        verification = verify(
            check, watcher.progress, method.further(connection, find(connection.python or str(setup.target.python)))
        )
        watcher.verified(verification)
        data["verification"] = shown(verification)
        return Outcome("login", data, *verdict(verification), afterwards=method.afterwards(verification))
    except Fault as fault:
        return Outcome("login", {**data, **done}, explain(fault), fault.exit_code)
    except KeyboardInterrupt:
        return Outcome("login", {**data, **done}, exit_code=ExitCode.CANCELLED)
