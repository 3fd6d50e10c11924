"""Method "local": your own MLflow server on this machine."""

from __future__ import annotations

from quickstart.methods.base import Method
from quickstart.models import Answers, Machine
from quickstart.system.shell import ssh_line

NAME = "local"  # of the method, and of the connection and the server that it sets up
PORT = 5000
RUNS_HERE = {
    "mlflow.db": "This folder has an mlflow.db. To start a server that uses its runs: "
    "quickstart server start --name here --store .",
    "mlruns": "This folder has an mlruns folder, which older MLflow versions wrote and newer ones do not open. "
    "To copy its runs into a new server: quickstart server restore mlruns --name old",
}


def _warnings(answers: Answers, machine: Machine) -> tuple[str, ...]:
    found = list(_reachability(answers, machine))
    if machine.shared:
        found.append(
            "Other users have accounts on this machine and can read a server without a login. "
            "To require one, see: quickstart guide local"
        )
    if answers.audience == "class":
        found.append(
            "This server is for you alone. To give each participant of a workshop a seat: quickstart workshop open"
        )
    return (*found, *(RUNS_HERE[name] for name in machine.runs_here))


def _reachability(answers: Answers, machine: Machine) -> tuple[str, ...]:
    if answers.environment == "notebook":
        # Nothing else helps in a notebook.
        where = "Your browser cannot reach a server inside the notebook, and the notebook runs on a provider's machine."
        if not answers.privacy:
            return (where,)
        return (
            where,
            "To keep data with you, run quickstart on your own machine: quickstart --privacy --environment laptop",
            "If a provider may store your runs, change this answer: --no-privacy",
        )
    if answers.environment == "container":
        return (
            "In a container, localhost is the container itself: a browser outside sees the server only if the "
            "container shares the host's network (docker run --network host).",
            "Deleting the container deletes your runs, unless QUICKSTART_HOME names a folder on a volume.",
        )
    if answers.environment == "vm" or machine.ssh:
        tunnel = ssh_line(machine.ssh, PORT) or f"ssh -N -L {PORT}:127.0.0.1:{PORT} you@this-machine"
        ports = "" if machine.ssh else " (in Codespaces, use the Ports tab)"
        return (f"To open it in your own browser, run on your own machine: {tunnel}{ports}",)
    return ()


METHODS = (
    Method(
        name=NAME,
        kind="local",
        title="your own MLflow server on this machine",
        short="Your own server on this machine",
        data_location="here",
        pros=("your data stays with you", "no account, no quota", "works offline"),
        cons=("you run and update it", "harder to share with a team", "no model serving"),
        warnings=_warnings,
        implementation=f"{__name__}.actions:Local",
    ),
)
