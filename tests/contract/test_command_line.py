"""Every command with its options and arguments, without the sentences of --help."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from tests.contract.arrangement import command_line
from tests.contract.golden import check


def lines(command: click.Command, path: str, parent: click.Context | None = None) -> Iterator[str]:
    """Yield each command's path, and a line for each thing that can be typed; groups before their commands."""
    name = path.rpartition(" ")[2]
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    yield f"{path}{' (hidden)' * command.hidden}"
    yield from sorted(f"    {line(one)}" for one in command.get_params(context) if isinstance(one, click.Option))
    yield from (f"    {line(one)}" for one in command.get_params(context) if isinstance(one, click.Argument))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below
            yield from lines(below, f"{path} {name}", context)


def line(one: click.Parameter) -> str:
    """Return what can be typed, and what it means to leave it out."""
    told = [" ".join(sorted(one.opts)), *one.secondary_opts]
    if isinstance(one, click.Option):
        told += ["flag"] * one.is_flag + ["repeated"] * one.multiple + ["hidden"] * one.hidden
        told += [] if one.is_flag else [one.metavar or one.type.name]
    else:
        told = ["argument", str(one.metavar or one.name).upper(), "required" if one.required else "optional"]
    if isinstance(one.type, click.Choice):
        told.append("|".join(map(str, one.type.choices)))
    if isinstance(one.type, click.IntRange):
        told.append(f"{one.type.min}..{one.type.max}")
    if one.envvar:
        told.append(f"${one.envvar}")
    if isinstance(one.default, str | int | float | Path) and not isinstance(one.default, bool):
        told.append(f"else {one.default}")
    return " ".join(told)


def test_no_command_option_or_argument_is_lost() -> None:
    check("command_line.txt", "".join(f"{one}\n" for one in lines(command_line(), "quickstart")))
