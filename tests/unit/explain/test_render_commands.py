"""Every command that an error offers can be pasted: our own into our command line, others into a shell."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from typing import Any

import click
import pytest

from quickstart.cli.app import cli
from quickstart.errors import Explanation, QuickstartError
from quickstart.explain.causes import BY_CAUSE, INSTALL, SERVER_LOG
from quickstart.explain.render import render
from tests.unit.explain.test_messages import ELSEWHERE_URL, HERE, RAISERS, facts_of

PYTHON = "/env/bin/python"
# Facts that are a command, or a part of one, by their names.
COMMANDS: dict[str, Any] = {
    "again": "quickstart verify http://127.0.0.1:5000",
    "better": "https://tracking.example.org",
    "backup": "/data/runs.tar.gz",
    "client_id": "CLIENT",
    "command": "quickstart login server http://127.0.0.1:5000",
    "file": "/data/runs.tar.gz",
    "first": "local",
    "fix": "quickstart server start --name local",
    "folder": "/data/folder",
    "free": "5001",
    "grant": "aws iam put-user-policy --user-name me",
    "host": "tracking.example.org",
    "id": "connect",
    "line": "export MLFLOW_TRACKING_URI=http://127.0.0.1:5000",
    "log": "/state/logs/local.log",
    "login": "quickstart login server http://127.0.0.1:5000",
    "me": "me@example.org",
    "name": "local",
    "option": "title",
    "options": " --title wine",
    "other": "/data/other",
    "path": "/data/file",
    "python": PYTHON,
    "renew": "aws configure",
    "seat": 7,
    "secure": "https://tracking.example.org",
    "seconds": 2,
    "store": "/data/local",
    "uri": "http://127.0.0.1:5000",
    "variable": "HTTP_PROXY",
    "written": "/data/written",
}
# Where a message goes on from {again}, it is a login of that method.
LOGINS = {
    "methods/azureml/": "quickstart login azureml",
    "methods/databricks/": "quickstart login databricks",
    "methods/sagemaker/": "quickstart login sagemaker",
    "methods/server/": "quickstart login server http://127.0.0.1:5000",
    "net/http.py": "quickstart login server http://127.0.0.1:5000",
    "runtime/scripts/azure": "quickstart login azureml",
    "runtime/scripts/databricks": "quickstart login databricks",
}
# Lines of Python: the errors exist only in a notebook.
IN_NOTEBOOK = {"answer-needed-in-kernel", "notebook-refused"}
# What a person's shell has, or what a message has told them to install.
PROGRAMS = {
    *(
        "aws",
        "az",
        "cat",
        "cd",
        "chmod",
        "cp",
        "curl",
        "date",
        "del",
        "df",
        "docker",
        "eval",
        "export",
        "grep",
        "hash",
        "head",
    ),
    *(
        "ipconfig",
        "kill",
        "ls",
        "lsof",
        "mkdir",
        "mv",
        "openssl",
        "pip",
        "python",
        "python3",
        "rm",
        "sleep",
        "ssh",
        "sudo",
    ),
    *("systemctl", "ulimit", "unset", "uv", "xcode-select"),
}
BASH = shutil.which("bash")
OUR_OWN = re.compile(rf"(?:quickstart|{re.escape(sys.executable)} -m quickstart)(?=\s|$)")


def explanations() -> dict[str, Explanation]:
    """Return the explanation of each code that is raised, here and elsewhere, and of each cause in an output."""
    found = {}
    for site in RAISERS:
        for where, url in (("here", HERE), ("elsewhere", ELSEWHERE_URL)):
            again = next((line for start, line in LOGINS.items() if site.where.startswith(start)), COMMANDS["again"])
            options = "--port 5001" if site.code == "already-running" else COMMANDS["options"]
            facts = facts_of(site, **{**COMMANDS, "again": again, "options": options, "url": url})
            found[f"{site.code}-{site.where}-{where}"] = render(QuickstartError(site.code, **facts))
    return found


EXPLANATIONS = explanations()
WITH_COMMAND = {key: one.command for key, one in EXPLANATIONS.items() if one.command and one.code not in IN_NOTEBOOK}


def parse(words: list[str]) -> None:
    """Parse a command line of ours, and run nothing."""
    command: click.Command = cli
    context = None
    while True:
        options = {"ignore_unknown_options": False, "allow_interspersed_args": not isinstance(command, click.Group)}
        # A line may ask for help.
        if "--help" in words:
            return
        context = command.make_context("quickstart", list(words), parent=context, resilient_parsing=False, **options)
        if not isinstance(command, click.Group):
            return
        words = [*getattr(context, "_protected_args", getattr(context, "protected_args", [])), *context.args]
        if not words:
            return
        _, found, words = command.resolve_command(context, words)
        assert found is not None
        command = found


def check(line: str) -> None:
    """Check one line for a shell: its syntax, the programs that it calls, and the options of ours."""
    assert "\n" not in line
    if BASH:
        done = subprocess.run([BASH, "-n", "-c", line], capture_output=True, text=True, check=False)
        assert not done.stderr, done.stderr
    line = re.sub(r"\$\([^()]*\)", "WORD", re.sub(r"2>&1|<\s*\S+", "", line))
    for part in re.split(r"\s*(?:&&|\|\||;|\|)\s*", line):
        words = shlex.split(part)
        while words and re.fullmatch(r"[A-Za-z_]\w*=.*", words[0]):
            words = words[1:]
        assert words, line
        program = re.sub(r"^python3\.\d+$", "python3", words[0].rpartition("/")[2])
        if OUR_OWN.match(part):
            parse(words[1:] if words[0] == "quickstart" else words[3:])
        else:
            assert program in PROGRAMS, f"{program!r} is not a program that a shell has: {line}"


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a POSIX shell")
@pytest.mark.parametrize("key", WITH_COMMAND)
def test_a_command_can_be_pasted(key: str) -> None:
    check(WITH_COMMAND[key])


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a POSIX shell")
def test_the_commands_of_causes_can_be_pasted() -> None:
    facts = {"python": PYTHON, "store": "/data", "name": "local", "detail": "x", "command": "pip install mlflow"}
    for cause in (*INSTALL.values(), *SERVER_LOG.values()):
        check(cause.fill(facts).command)


def test_every_code_that_is_explained_by_its_output_is_tried() -> None:
    assert set(BY_CAUSE) <= {one.code for one in EXPLANATIONS.values()}
