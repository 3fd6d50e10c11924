"""--help and --version: there for every command, at once, and without anything heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

import quickstart
from quickstart.cli.app import COMMANDS, cli
from tests.conftest import Home
from tests.unit.conftest import everything_below

HEAVY = ("rich", "requests", "questionary", "prompt_toolkit", "psutil", "segno", "mlflow")
LOOK = f"""
import json, sys
from quickstart.cli.app import command_line
sys.argv = ["quickstart", *sys.argv[1:]]
status = command_line()
heavy = sorted(set({HEAVY!r}) & {{name.split(".")[0] for name in sys.modules}})
print(json.dumps([status, heavy]), file=sys.stderr)
"""


def commands() -> list[tuple[str, ...]]:
    """Return every command of the command line, the whole tree of them."""
    found: list[tuple[str, ...]] = [()]

    def below(group: click.Group, path: tuple[str, ...]) -> None:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            found.append((*path, name))
            if isinstance(command, click.Group):
                below(command, (*path, name))

    below(cli, ())
    return found


TREE = commands()
BY_COMMAND = pytest.mark.parametrize("path", TREE, ids=[" ".join(("quickstart", *path)) for path in TREE])


def light(home: Home, *arguments: str) -> tuple[int, list[str], str]:
    """Run a command line; return its exit status, which heavy modules it imported, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**home.environment, "PYTHONPATH": str(Path(quickstart.__file__).parents[1])},
        cwd=home.cwd,
        timeout=60,
        check=False,
    )
    status, heavy = json.loads(done.stderr.splitlines()[-1])
    return status, heavy, done.stdout


def test_the_contracts_commands_are_there() -> None:
    assert {"verify", "server", "env", "list", "use", "undo", "guide"} <= set(COMMANDS)
    assert {("server", name) for name in ("start", "stop", "restart", "status", "logs")} <= set(TREE)


@BY_COMMAND
def test_help_is_there_and_imports_nothing_heavy(path: tuple[str, ...], bare: Home) -> None:
    before = everything_below(bare.path)
    status, heavy, text = light(bare, *path, "--help")
    assert (status, heavy) == (0, [])
    assert text.startswith("Usage: ")
    for option in ("--json", "--no-input", "--yes", "--python", "--quiet", "--verbose", "--color"):
        assert option in text
    assert everything_below(bare.path) == before


def test_the_short_forms_are_there(bare: Home) -> None:
    assert bare.run("-h").out == bare.run("--help").out


def test_the_table_of_commands_says_what_each_command_says_itself(bare: Home) -> None:
    text = bare.run("--help", COLUMNS="200").out
    for name, (_, _, words) in COMMANDS.items():
        assert f"{name} " in text
        assert words in text


def test_version_is_one_line_and_imports_nothing_heavy(bare: Home) -> None:
    status, heavy, text = light(bare, "--version")
    assert (status, heavy) == (0, [])
    assert text == f"quickstart, version {quickstart.__version__}\n"
    assert everything_below(bare.path) == {"home", "work"}


def test_the_command_and_the_module_are_the_same(bare: Home) -> None:
    installed = Path(sys.executable).with_name("quickstart.exe" if os.name == "nt" else "quickstart")
    if not installed.exists():
        pytest.skip("quickstart is not installed beside this interpreter")
    done = subprocess.run(
        [installed, "--version"], capture_output=True, encoding="utf-8", env=bare.environment, timeout=60, check=True
    )
    assert done.stdout == bare.run("--version").out


def test_server_alone_shows_its_commands(bare: Home) -> None:
    ran = bare.run("server", status=2)
    assert "start" in ran.out + ran.err
    assert "is not valid" not in ran.err
