"""Commands that need no server: what they answer, and how they fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import Home, free_port
from tests.contract.golden import Documents, check_files

RECOMMENDED = ("--privacy", "--environment", "vm", "--audience", "me", "--no-production")
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/mine"
# label: (exit status, arguments)
DONE: dict[str, tuple[int, tuple[str, ...]]] = {
    "recommend": (0, ("recommend", *RECOMMENDED)),
    "recommend for a team": (0, ("recommend", "--no-privacy", "--audience", "team", "--production", "--yes")),
    "dry run": (0, ("--dry-run", "--yes")),
    "dry run of sagemaker": (0, ("--dry-run", "--yes", "--method", "sagemaker")),
    "list of nothing": (0, ("list",)),
    "status of no server": (0, ("server", "status")),
    "undo of nothing": (0, ("undo", "--yes")),
    "doctor --list": (0, ("doctor", "--list")),
    "guides": (0, ("guide",)),
    "a guide": (0, ("guide", "local")),
    "completion": (0, ("completion", "bash")),
    "handout before a class": (0, ("workshop", "handout", "--title", "Monday")),
}
FAILED: dict[str, tuple[int, tuple[str, ...]]] = {
    "recommend without an answer": (4, ("recommend",)),
    "quickstart without an answer": (4, ()),
    "quickstart of no method": (2, ("--method", "cloud")),
    "quickstart where it cannot be": (4, ("--method", "server", "--yes")),
    "answers not there": (2, ("--answers", "nothing.toml")),
    "dry run without its python": (2, ("--yes", "--dry-run", "--python", "/not/there")),
    "doctor of no check": (2, ("doctor", "--only", "nothing")),
    "preflight of no option": (2, ("preflight", "--nonsense")),
    "verify of nothing": (1, ("verify",)),
    "env of nothing": (1, ("env",)),
    "list with too much": (2, ("list", "more")),
    "use of an unknown name": (2, ("use", "nothing")),
    "undo of an unknown name": (2, ("undo", "nothing", "--yes")),
    "guide of an unknown name": (2, ("guide", "nothing")),
    "completion of no shell": (2, ("completion", "tcsh")),
    "login without a method": (2, ("login",)),
    "login databricks": (4, ("login", "databricks", "--no-input")),
    "login azureml": (4, ("login", "azureml", "--no-input")),
    "login sagemaker": (4, ("login", "sagemaker", ARN, "--no-input")),
    "login server": (4, ("login", "server", "--no-input")),
    "join": (2, ("join", "nobody")),
    "server start": (2, ("server", "start", "--port", "70000")),
    "server start without mlflow": (1, ("server", "start")),
    "server restart": (2, ("server", "restart", "--name", "../x")),
    "server stop": (2, ("server", "stop", "--name", "nothing")),
    "server status": (2, ("server", "status", "--name", "nothing")),
    "server logs": (2, ("server", "logs", "--name", "nothing")),
    "server backup": (2, ("server", "backup", "--name", "nothing")),
    "server restore": (1, ("server", "restore", "nothing.tar.gz")),
    "workshop open": (2, ("workshop", "open", "--seats", "0")),
    "workshop status": (2, ("workshop", "status", "nothing")),
    "workshop rehearse": (2, ("workshop", "rehearse", "nothing")),
    "workshop lock": (2, ("workshop", "lock", "nothing")),
    "workshop unlock": (2, ("workshop", "unlock", "nothing")),
    "workshop free": (2, ("workshop", "free", "1", "--name", "nothing")),
    "workshop remove": (2, ("workshop", "remove", "1", "--name", "nothing")),
    "workshop close": (2, ("workshop", "close", "nothing", "--yes")),
    "workshop export": (2, ("workshop", "export", "1", "--name", "nothing")),
    "workshop handout": (2, ("workshop", "handout", "../x")),
}


@pytest.mark.parametrize(
    ("group", "commands"), [("without_server", DONE), pytest.param("failures", FAILED, marks=pytest.mark.matrix)]
)
def test_documents(
    group: str, commands: dict[str, tuple[int, tuple[str, ...]]], bare: Home, documents: Documents
) -> None:
    def run(label: str) -> None:
        status, arguments = commands[label]
        documents.run(label, bare, *arguments, status=status)

    with ThreadPoolExecutor(2) as several:  # none of them writes what another reads
        list(several.map(run, commands))
    documents.check(group)


@pytest.mark.matrix
def test_what_fails_by_looking(bare: Home, documents: Documents) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    documents.run("verify", bare, "verify", dead, status=3)
    documents.run("doctor", bare, "doctor", dead, status=3)
    documents.run("preflight", bare, "preflight", status=3, PATH="")  # without pip and uv
    documents.run("login server", bare, "login", "server", dead, "--no-input", status=1)
    documents.check("failures_by_looking")


def test_answers_that_are_saved(bare: Home) -> None:
    bare.run("recommend", *RECOMMENDED, "--save-answers", "answers.toml")
    bare.run("recommend", "--no-privacy", "--production", "--platform", "server", "--audience", "team",
             "--environment", "laptop", "--save-answers", "all.toml")  # fmt: skip
    check_files("answers", bare)


def test_answers_by_variables(bare: Home, documents: Documents) -> None:
    told = documents.run("recommend by variables", bare, "recommend", QUICKSTART_PRIVACY="yes",
                         QUICKSTART_AUDIENCE="me", QUICKSTART_PRODUCTION="no", QUICKSTART_ENVIRONMENT="vm")  # fmt: skip
    assert told["data"]["answers"]["privacy"] is True
    documents.check("variables")
