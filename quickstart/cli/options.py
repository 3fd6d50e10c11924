"""The options that all commands share. Imports click alone, for --help waits for whatever stands here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from quickstart.interview.prompter import Prompter
    from quickstart.output.screen import Screen

Command = TypeVar("Command", bound=Callable[..., Any])


class Common:
    """The options that every command takes, wherever on the line they stand."""

    as_json = False
    no_input = False
    yes = False
    python: str | None = None
    quiet = False
    verbose = False
    color = "auto"
    _screen: Screen | None = None

    @property
    def screen(self) -> Screen:
        """The two consoles, made when first needed: rich takes its time to load."""
        if self._screen is None:
            from quickstart.output.screen import Screen

            self._screen = Screen(self.color, quiet=self.quiet or self.as_json)
        return self._screen

    def prompter(self) -> Prompter:
        """Return who asks."""
        from quickstart.interview.prompter import choose

        return choose(yes=self.yes, no_input=self.no_input or self.as_json)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    common = ctx.ensure_object(Common)
    if value not in (None, False):
        setattr(common, str(parameter.name), value)


def common_options(command: Command) -> Command:
    """Add the options that every command takes; they fill Common instead of becoming arguments."""

    def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
        return click.option(*names, callback=_remember, expose_value=False, **settings)

    options = (
        option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout."),
        option("--no-input", is_flag=True, envvar="QUICKSTART_NO_INPUT", help="Never ask; a missing answer ends it."),
        option("--yes", "-y", is_flag=True, envvar="QUICKSTART_YES", help="Take every default without asking."),
        option("--python", metavar="PATH", envvar="QUICKSTART_PYTHON", help="The interpreter for MLflow."),
        option("--quiet", "-q", is_flag=True, help="Only the result."),
        option("--verbose", "-v", is_flag=True, help="A traceback for what nobody foresaw."),
        option("--color", type=click.Choice(["auto", "always", "never"]), help="Colour (auto: on terminals)."),
    )
    for add in reversed(options):
        command = add(command)
    return command


def answer_options(command: Command) -> Command:
    """Add the options that answer the wizard's questions beforehand."""
    options = (
        click.option("--dry-run", is_flag=True, help="Stop after the plan; nothing is changed."),
        click.option("--method", metavar="METHOD", envvar="QUICKSTART_METHOD", help="Skip the recommendation: local."),
        click.option(
            "--privacy/--no-privacy",
            default=None,
            envvar="QUICKSTART_PRIVACY",
            help="Whether data must stay on machines you control; with it MLflow's telemetry is off.",
        ),
        click.option("--open/--no-open", "open_it", default=None, help="Open the run in the browser afterwards."),
        click.option(
            "--write-script/--no-write-script",
            default=None,
            help="Write the example log_mlflow_with_localhost.py into this folder.",
        ),
    )
    for add in reversed(options):
        command = add(command)
    return command
