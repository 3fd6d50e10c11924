"""`quickstart login`: the road's second half for one method: its login, the connection, and the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quickstart import machine
from quickstart.diagnosis import explain
from quickstart.errors import ExitCode, Fault
from quickstart.interview.prompter import Prompter
from quickstart.methods import TRACES
from quickstart.methods.base import Method, Setup
from quickstart.model import Answers, Outcome, Plan, public
from quickstart.running import run
from quickstart.signing_in import logged_in
from quickstart.target.find import find
from quickstart.watching import Watcher


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
        data["verification"] = explain.shown(verification)
        return Outcome("login", data, *explain.verdict(verification), afterwards=method.afterwards(verification))
    except Fault as fault:
        return Outcome("login", {**data, **done}, explain.explain(fault), fault.exit_code)
    except KeyboardInterrupt:
        return Outcome("login", {**data, **done}, exit_code=ExitCode.CANCELLED)
