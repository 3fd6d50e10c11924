"""Make guides/reference.md from the code: every command's --help, the answers, the methods, the errors.

Usage: python -m tests.guides.make_reference [FILE]     (default: guides/reference.md)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from quickstart.cli.app import cli
from quickstart.errors import ExitCode
from quickstart.explain.causes import BY_CAUSE
from quickstart.methods.catalog import METHODS
from quickstart.prompts.fields import Field
from quickstart.wizard.flow import QUESTIONS
from tests.messages import all_messages

WIDTH = 78  # columns of a help text
FILE = Path(__file__).parents[2] / "guides" / "reference.md"
TOP = """# Reference

Every command, option, answer and error. `python -m tests.guides.make_reference` generates this page from the code.
Scripts can rely on `--json` and exit codes. Other output can change from version to version.
"""
PRINTED = "Depends on the output of the installer or the server."
MEANINGS = {
    ExitCode.OK: "success",
    ExitCode.FAILED: "failure",
    ExitCode.USAGE: "usage error: an invalid option, value or file",
    ExitCode.CHECK_FAILED: "a check failed",
    ExitCode.ANSWER_NEEDED: "missing answer and no way to prompt for it, or not possible on this machine",
    ExitCode.CANCELLED: "canceled; answers are kept, secrets are not",
}


def commands(command: click.Command, path: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Yield each command's path and its help, groups before their commands."""
    name = path.rpartition(" ")[2]
    context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=WIDTH)
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below:
                yield from commands(below, f"{path} {name}", context)


def helps() -> Iterator[tuple[str, str]]:
    """Yield each command's path and its help."""
    yield from commands(cli, "quickstart")


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [header, ("---",) * len(header), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def answer(question: Field) -> tuple[str, ...]:
    """Return one line of the table of answers."""
    values = ", ".join(str(value).lower() for value in question.values)
    flags = ", ".join(f"`{part}`" for part in question.flags.split(" or "))
    return question.text, flags, f"`{question.variable}`", f"`{question.key}`", values


def reference() -> str:
    """Return the whole page."""
    parts = [TOP, "\n## Commands\n"]
    for path, text in helps():
        parts.append(f"\n### {path}\n\n```text\n{text.rstrip()}\n```\n")
    answers = table(("question", "flag", "variable", "key in a file", "values"), [answer(one) for one in QUESTIONS])
    methods = table(("method", "description", "kind"), [(f"`{one.name}`", one.title, one.kind) for one in METHODS])
    exits = table(("exit code", "meaning"), [(str(int(code)), meaning) for code, meaning in MEANINGS.items()])
    told = {**{code: one.what for code, one in all_messages().items()}, **dict.fromkeys(BY_CAUSE, PRINTED)}
    errors = table(("code", "what happened"), [(f"`{code}`", what) for code, what in sorted(told.items())])
    parts += ["\n## Answers\n\n", answers, "\n## Methods\n\n", methods, "\n## Exit codes\n\n", exits]
    parts += ["\n## Errors\n\nWith `--json`, each error has a `code`. Words in braces stand for details.\n\n", errors]
    return "".join(parts)


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else FILE).write_text(reference(), encoding="utf-8")
