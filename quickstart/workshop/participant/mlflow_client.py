"""MLflow's own client on a participant's machine: looked for beside the joining, and brought once that is proven."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable
from typing import Any

from quickstart.errors import ExitCode, Fault
from quickstart.events import Watcher
from quickstart.methods import common_steps
from quickstart.methods.server import versions
from quickstart.models import Step
from quickstart.prompts.base import Prompter
from quickstart.runtime.find import Target, find
from quickstart.runtime.install import command_of


class Looking:
    """The search for the target interpreter, which goes on beside the calls.

    Args:
        python: the target interpreter, where it was named.
        python_is: why that one, in words; None where the participant named it.
    """

    def __init__(self, python: str | None, python_is: str | None) -> None:
        self._named = (python, python_is)
        self._found: Target | Fault | None = None
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        try:
            self._found = find(*self._named)
        except Fault as fault:
            self._found = fault

    def target(self) -> Target:
        """Return the target; raise the Fault of one that does not run."""
        self._thread.join()
        if isinstance(self._found, Fault):
            raise self._found
        assert self._found is not None  # noqa: S101 - one of both is found
        return self._found

    @property
    def python(self) -> str:
        """The path of the target's interpreter; "" where it does not run, which is told later: the seat comes first."""
        try:
            return str(self.target().python)
        except Fault:
            return ""


def bring(
    target: Target,
    server: str,
    again: str,
    data: dict[str, Any],
    install: Callable[[tuple[Step, ...]], None],
    prompter: Prompter,
    watcher: Watcher,
) -> None:
    """Install MLflow's light client where there is none; tell where the one that is there does not fit the server.

    Args:
        target: the participant's interpreter.
        server: version of the class's MLflow.
        again: the line that joins once more, and installs.
        data: what the outcome tells; "client" of it is kept true all the while.
        install: runs steps.
        prompter: who asks whether it may be installed; nobody is as good as a no, since the seat works without it.
        watcher: shown what happens.

    Raises:
        Fault: what stands in its way.
    """
    shown = data["client"] = {"python": str(target.python), "installed": bool(target.client), "install": ""}
    if target.client:
        if words := unfit(target.client, server):
            watcher.told("warn", words)
        return
    shown["install"] = shlex.join(command_of(target.python, common_steps.CLIENT)) if target.exists else again
    steps = common_steps.client_steps(target, enough=False)
    if _wanted(target, prompter, watcher):
        install(steps)
        shown |= {"installed": True, "install": ""}


def _wanted(target: Target, prompter: Prompter, watcher: Watcher) -> bool:
    watcher.asking()
    question = f"MLflow is missing in {target.python}. Install {common_steps.CLIENT} ({common_steps.CLIENT_SIZE})"
    try:
        return prompter.confirm(question, default=True, flag="join ADDRESS/CODE --yes")
    except Fault as fault:
        if fault.exit_code is not ExitCode.ANSWER_NEEDED:
            raise
        return False


def unfit(client: str, server: str) -> str:
    """Return in words how a client's MLflow and a server's do not go together; "" where they do. Pure."""
    own, theirs = versions.release(client), versions.release(server)
    if own is None or theirs is None or own == theirs:
        return ""
    if lost := versions.missing(client, server):
        return f"MLflow {client} is newer than the class's {server}, where these will not work: {', '.join(lost)}"
    if own[0] < theirs[0]:
        return f"MLflow {client} is older than the class's {server}: what is new there cannot be used from here"
    return ""
