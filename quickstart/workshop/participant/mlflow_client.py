"""MLflow's own client on a participant's machine: looked for beside the joining, and brought once that is proven."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events
from quickstart.methods import common_steps
from quickstart.methods.server import probe
from quickstart.models import Step
from quickstart.prompts.base import Prompter
from quickstart.runtime.find import Runtime, find_runtime
from quickstart.runtime.install import install_command


class ClientLookup:
    """The search for the Python environment that has MLflow, which goes on beside the calls.

    Args:
        python: the runtime's interpreter, where it was named.
        python_is: why that one, in words; None where the participant named it.
    """

    def __init__(self, python: str | None, python_is: str | None) -> None:
        self._named = (python, python_is)
        self._found: Runtime | QuickstartError | None = None
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        try:
            self._found = find_runtime(*self._named)
        except QuickstartError as fault:
            self._found = fault

    def runtime(self) -> Runtime:
        """Return the runtime; raise the Fault of one that does not run."""
        self._thread.join()
        if isinstance(self._found, QuickstartError):
            raise self._found
        assert self._found is not None  # noqa: S101 - one of both is found
        return self._found

    @property
    def python(self) -> str:
        """The path of the runtime's interpreter; "" if it does not run: that error is raised later."""
        try:
            return str(self.runtime().python)
        except QuickstartError:
            return ""


def install_client(
    runtime: Runtime,
    server: str,
    again: str,
    data: dict[str, Any],
    install: Callable[[tuple[Step, ...]], None],
    prompter: Prompter,
    events: Events,
) -> None:
    """Install MLflow's light client where there is none; tell where the one that is there does not fit the server.

    Args:
        runtime: the participant's interpreter.
        server: version of the class's MLflow.
        again: the line that joins once more, and installs.
        data: what the outcome tells; "client" of it is kept true all the while.
        install: runs steps.
        prompter: who asks whether it may be installed; nobody is as good as a no, since the seat works without it.
        events: shown what happens.

    Raises:
        Fault: what stands in its way.
    """
    shown = data["client"] = {"python": str(runtime.python), "installed": bool(runtime.client), "install": ""}
    if runtime.client:
        if words := client_mismatch(runtime.client, server):
            events.on_message("warn", words)
        return
    shown["install"] = shlex.join(install_command(runtime.python, common_steps.CLIENT)) if runtime.exists else again
    steps = common_steps.client_steps(runtime, enough=False)
    if _wanted(runtime, prompter, events):
        install(steps)
        shown |= {"installed": True, "install": ""}


def _wanted(runtime: Runtime, prompter: Prompter, events: Events) -> bool:
    events.on_prompt()
    question = f"MLflow is missing in {runtime.python}. Install {common_steps.CLIENT} ({common_steps.CLIENT_SIZE})"
    try:
        return prompter.confirm(question, default=True, flag="join ADDRESS/CODE --yes")
    except QuickstartError as fault:
        if fault.exit_code is not ExitCode.ANSWER_NEEDED:
            raise
        return False


def client_mismatch(client: str, server: str) -> str:
    """Return in words how a client's MLflow and a server's do not go together; "" where they do. Pure."""
    own, theirs = probe.release_of(client), probe.release_of(server)
    if own is None or theirs is None or own == theirs:
        return ""
    if lost := probe.missing_features(client, server):
        return f"MLflow {client} is newer than the class's {server}, where these will not work: {', '.join(lost)}"
    if own[0] < theirs[0]:
        return f"MLflow {client} is older than the class's {server}: what is new there cannot be used from here"
    return ""
