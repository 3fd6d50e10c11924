"""Method "local": one's own MLflow server on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quickstart.methods.base import Method, Setup

if TYPE_CHECKING:
    from quickstart.methods.base import Offer
    from quickstart.models import Answers, Connection, Machine, Plan

PORT = 5000


class Local(Method):
    """A tracking server of one's own, on the machine one sits at. How it is set up: local_setup.py."""

    def warnings(self, answers: Answers, machine: Machine) -> tuple[str, ...]:
        """Say how its page is reached from elsewhere, who else can read it, and what may end with the machine."""
        # In a notebook there is one thing to say, and it is not how to go on there.
        notebook = (IN_NOTEBOOK, *(NOTEBOOK if answers.privacy else ()))
        where = notebook if answers.environment == "notebook" else _where(answers, machine)
        shared = (SHARED,) if machine.shared else ()
        return (*where, *shared, *((CLASS,) if answers.audience == "class" else ()), *_found(machine))

    # What the functions below import, --help need not wait for.

    def offer(self, setup: Setup) -> Offer | None:
        """Offer runs that are in the working directory, where no server was set up before."""
        from quickstart.methods.local import existing_runs

        return existing_runs.offer(setup)

    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up."""
        from quickstart.methods.local import setup as local_setup

        return local_setup.plan(setup)

    def connection(self, setup: Setup) -> Connection:
        """Return the connection to the server as it runs now."""
        from quickstart.methods.local import setup as local_setup

        return local_setup.connection(self.name)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        """Return the commands that do the same without quickstart."""
        from quickstart.methods.local import setup as local_setup

        return local_setup.manual_commands(setup)


IN_NOTEBOOK = (
    "Your browser cannot reach a server inside the notebook, and the notebook itself is on somebody else's machine."
)
NOTEBOOK = (
    "To keep data with you, run quickstart on your own machine: quickstart --privacy --environment laptop",
    "If a provider may store your runs, this is the answer that changes: --no-privacy",
)
SHARED = (
    "Other people have accounts on this machine and can read a server without a login. "
    "How to give it one is in: quickstart guide local"
)
CLASS = (
    "A server of your own is for you alone. One that a whole class joins, each with a seat of their own: "
    "quickstart workshop open"
)
CONTAINER = (
    "In a container, localhost is the container itself: a browser outside sees the server only if the container "
    "shares the host's network (docker run --network host).",
    "When the container is deleted, so are your runs, unless QUICKSTART_HOME names a folder on a volume.",
)


RUNS_HERE = {
    "mlflow.db": "There is an mlflow.db in this folder. A server that works on the runs in it: "
    "quickstart server start --name here --store .",
    "mlruns": "There is a folder mlruns here: older MLflows kept runs so, newer ones do not open it. "
    "A copy of its runs for a server of their own: quickstart server restore mlruns --name old",
}


def _found(machine: Machine) -> tuple[str, ...]:
    return tuple(RUNS_HERE[name] for name in machine.runs_here)


def _where(answers: Answers, machine: Machine) -> tuple[str, ...]:
    from quickstart.system.shell import ssh_line

    if answers.environment == "container":
        return CONTAINER
    if answers.environment == "vm" or machine.ssh:
        tunnel = ssh_line(machine.ssh, PORT) or f"ssh -N -L {PORT}:127.0.0.1:{PORT} you@this-machine"
        ports = "" if machine.ssh else " (in Codespaces its Ports tab does that)"
        return (f"To see it in your own browser, type on your own machine: {tunnel}{ports}",)
    return ()


LOCAL = Local(
    name="local",
    kind="local",
    title="your own MLflow server on this machine",
    short="Your own server on this machine",
    data_location="here",
    pros=("your data stays with you", "no account, no quota", "works offline"),
    cons=("you run and update it", "harder to share with a team", "no model serving"),
)
