"""`quickstart login METHOD`: log in, save the connection, verify it. Its options are the fields of the login."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from quickstart.cli.options import Common, SectionedGroup, SectionedHelp, common_options, without_command
from quickstart.cli.runner import action
from quickstart.methods.base import Method
from quickstart.methods.catalog import METHODS, by_name
from quickstart.models import Secret
from quickstart.prompts.fields import Field
from quickstart.results import Outcome

MAX_SECRET = 10_000  # characters on stdin


@click.group(cls=SectionedGroup, invoke_without_command=True)
@common_options
@click.pass_context
def login(ctx: click.Context, /) -> None:
    """Log in to a platform or server, save the connection, and verify it."""
    without_command(ctx)


def _make_command(method: Method) -> click.Command:
    """Return the command of a method's login; an option chooses between methods that share it."""

    @action("login")
    def log_in(common: Common, **options: Any) -> Outcome:
        from quickstart.wizard.login import log_in  # noqa: PLC0415 - start-up: --help does not need it

        given = _read_options(method.login_fields, options)
        chosen = by_name(given.pop("method", method.name))
        return log_in(chosen, given, common.python, common.prompter(), common.events())

    words = f"Log in to {method.short}"
    as_command = click.command(
        method.login_name, SectionedHelp, help=f"{words}, save the connection, and verify it.", short_help=f"{words}."
    )
    command = as_command(log_in)
    command.params[:0] = [parameter for field in method.login_fields for parameter in _parameters(field)]
    return command


def _parameters(field: Field) -> Iterator[click.Parameter]:
    """Yield the options that set a field: its own, and those of its choices."""
    if field.is_argument:
        yield click.Argument([_name(field.flag)], required=False, metavar=f"[{field.flag}]")
    elif field.flag:
        kind: dict[str, Any] = {"is_flag": True} if field.secret else {"metavar": field.metavar}
        yield click.Option([field.flag, _name(field.flag)], help=field.help, **kind)
    for choice in field.choices:
        if choice.help:
            yield click.Option([choice.flag, _name(choice.flag)], is_flag=True, help=choice.help)


def _name(flag: str) -> str:
    return flag.strip("-").replace("-", "_").lower()


def _read_options(fields: Sequence[Field], options: dict[str, Any]) -> dict[str, Any]:
    """Return the values that options set, by the fields' keys; a secret is read from stdin."""
    used: list[tuple[str, Field, Any]] = []
    for field in fields:
        if value := options.get(_name(field.flag)):
            used.append((field.flag, field, value))
        chosen = [choice for choice in field.choices if choice.help and options.get(_name(choice.flag))]
        used += [(choice.flag, field, choice.value) for choice in chosen]
    if sum(field.secret for _, field, _ in used) > 1:
        raise click.UsageError("Only one secret can come from stdin.")
    given: dict[str, Any] = {}
    for flag, field, value in used:
        given[field.key] = _read_secret(flag) if field.secret else value
        for key, implied in field.implies:
            if given.setdefault(key, implied) != implied:
                others = [name for name, one, _ in used if name != flag and key in (one.key, *dict(one.implies))]
                raise click.UsageError(f"{flag} cannot be used with {', '.join(others)}.")
    return given


def _read_secret(flag: str) -> Secret:
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError(f"{flag} reads from a pipe or a file. Omit it to be asked.")
    text = sys.stdin.read(MAX_SECRET + 1).strip("\r\n")
    if not text.strip() or len(text) > MAX_SECRET:
        raise click.UsageError(f"{flag}: stdin is {'too long' if text.strip() else 'empty'}.")
    return Secret(text)


for _login_name in dict.fromkeys(method.login_name for method in METHODS if method.login_name):
    login.add_command(_make_command(by_name(_login_name)))
