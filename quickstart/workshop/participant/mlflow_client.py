"""MLflow's client on a participant's machine: looked up during the join, installed after the verification."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Callable

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events
from quickstart.methods import common_steps
from quickstart.methods.server import probe
from quickstart.models import Step
from quickstart.prompts.base import Prompter
from quickstart.runtime.find import Runtime, find_runtime
from quickstart.runtime.install import install_command
from quickstart.workshop.participant.results import ClientStatus


class ClientLookup:
    """The search for the Python environment that has MLflow, in parallel to the join; see JoinOptions."""

    def __init__(self, python: str | None, python_is: str | None) -> None:
        self._named = (python, python_is)
        self._result: Runtime | QuickstartError | None = None
        self._thread = threading.Thread(target=self._find, daemon=True)
        self._thread.start()

    def _find(self) -> None:
        try:
            self._result = find_runtime(*self._named)
        except QuickstartError as error:
            self._result = error

    def runtime(self) -> Runtime:
        """Return the Python environment; raise the error of one that does not run."""
        self._thread.join()
        if isinstance(self._result, QuickstartError):
            raise self._result
        assert self._result is not None  # noqa: S101 - one of both is set
        return self._result

    @property
    def python(self) -> str:
        """The path of its interpreter; "" if it does not run, which is reported later: the seat comes first."""
        try:
            return str(self.runtime().python)
        except QuickstartError:
            return ""


def install_client(
    runtime: Runtime,
    server: str,
    again: str,
    report: Callable[[ClientStatus], None],
    install: Callable[[tuple[Step, ...]], None],
    prompter: Prompter,
    events: Events,
) -> None:
    """Install MLflow's light client if there is none; warn if the installed one does not fit the server.

    Args:
        server: version of the workshop's MLflow.
        again: the command that joins again and installs.
        report: receives the status of the client, again after an installation.
        prompter: asks whether it may be installed; no terminal means no, because the seat works without it.
    """
    python = str(runtime.python)
    if runtime.client:
        report(ClientStatus(python, installed=True))
        if warning := client_mismatch(runtime.client, server):
            events.on_message("warn", warning)
        return
    command = shlex.join(install_command(runtime.python, common_steps.CLIENT)) if runtime.exists else again
    report(ClientStatus(python, installed=False, install=command))
    steps = common_steps.client_steps(runtime, enough=False)
    if _confirm_install(runtime, prompter, events):
        install(steps)
        report(ClientStatus(python, installed=True))


def _confirm_install(runtime: Runtime, prompter: Prompter, events: Events) -> bool:
    events.on_prompt()
    question = f"MLflow is missing in {runtime.python}. Install {common_steps.CLIENT} ({common_steps.CLIENT_SIZE})"
    try:
        return prompter.confirm(question, default=True, flag="join ADDRESS/CODE --yes")
    except QuickstartError as error:
        if error.exit_code is not ExitCode.ANSWER_NEEDED:
            raise
        return False


def client_mismatch(client: str, server: str) -> str:
    """Return a warning if a client's and a server's MLflow do not fit; "" if they do."""
    own, theirs = probe.release_of(client), probe.release_of(server)
    if own is None or theirs is None or own == theirs:
        return ""
    if lost := probe.missing_features(client, server):
        return f"MLflow {client} is newer than the workshop's {server}; these will not work: {', '.join(lost)}"
    if own[0] < theirs[0]:
        return f"MLflow {client} is older than the workshop's {server}; its new features are not available"
    return ""
