"""`quickstart login METHOD`: only that method's login, then the proof. Built from the registry of methods."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from quickstart.cli.options import Common, SectionedGroup, SectionedHelp, common_options, without_command
from quickstart.cli.runner import run
from quickstart.methods.base import Method
from quickstart.methods.catalog import METHODS, by_name
from quickstart.models import Secret
from quickstart.prompts.fields import Flag
from quickstart.results import Outcome

if TYPE_CHECKING:
    from quickstart.output.console import Working

LONGEST = 10_000  # characters; no secret on stdin has more


@click.group(cls=SectionedGroup, invoke_without_command=True)
@common_options
@click.pass_context
def login(ctx: click.Context, /) -> None:
    """Log in to a platform, save the login without harm, and prove that it works."""
    without_command(ctx)


def _command(method: Method) -> click.Command:
    """Return the command of a method's login; where methods share one, flags tell them apart."""

    def log_in(**said: Any) -> None:
        given = _given(method, said)
        chosen = by_name(given.pop("method", method.name))

        def act(common: Common, working: Working) -> Outcome:
            from quickstart.wizard.login import log_in

            return log_in(chosen, given, common.python, common.prompter(), common.events(working))

        run("login", act)

    log_in.__doc__ = f"Log in to {method.short}, save it as a connection, and log foo=1 and bar=2 to prove it."
    short = f"Log in to {method.short}."
    command = click.command(cls=SectionedHelp, name=method.login_name, short_help=short)(common_options(log_in))
    command.params[:0] = [_option(flag) for flag in method.login_flags]
    return command


def _option(flag: Flag) -> click.Parameter:
    if flag.positional:
        return click.Argument([_field(flag)], required=False, metavar=f"[{flag.name}]")
    if flag.metavar:
        return click.Option([flag.name, _field(flag)], metavar=flag.metavar, help=flag.help)
    return click.Option([flag.name, _field(flag)], is_flag=True, help=flag.help)


def _field(flag: Flag) -> str:
    return flag.name.strip("-").replace("-", "_").lower()


def _given(method: Method, said: dict[str, Any]) -> dict[str, Any]:
    """Return what the flags say, by the keys of the method's needs; a secret is read from stdin."""
    used = [flag for flag in method.login_flags if said.get(_field(flag))]
    if len([flag for flag in used if flag.stdin]) > 1:
        raise click.UsageError("Only one secret can come from stdin.")
    given: dict[str, Any] = {}
    for flag in used:
        value = said[_field(flag)] if flag.metavar or flag.positional else flag.gives
        given[flag.key] = _from_stdin(flag) if flag.stdin else value
        for key, implied in flag.implied_answers:
            if given.setdefault(key, implied) != implied:
                raise click.UsageError(f"{flag.name} does not go with {_names(used, key, flag)}.")
    return given


def _names(used: list[Flag], key: str, but: Flag) -> str:
    """Return the other flags that say something of a key."""
    return ", ".join(flag.name for flag in used if flag is not but and key in (flag.key, *dict(flag.implied_answers)))


def _from_stdin(flag: Flag) -> Secret:
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError(f"{flag.name} takes it from a pipe or a file; leave it out to be asked.")
    text = sys.stdin.read(LONGEST + 1).strip("\r\n")
    if not text.strip() or len(text) > LONGEST:
        raise click.UsageError(f"{flag.name}: there is {'too much' if text.strip() else 'nothing'} on stdin.")
    return Secret(text)


for _name in dict.fromkeys(method.login_name for method in METHODS if method.login_name):
    login.add_command(_command(by_name(_name)))
