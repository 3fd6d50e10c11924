"""The options that all commands share. --help waits for whatever is imported here: click and the registry."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from quickstart.errors import ExitCode
from quickstart.methods.catalog import METHODS, PLATFORMS
from quickstart.models import UNDECIDED, Audience, EnvironmentKind

if TYPE_CHECKING:
    from quickstart.events import Events
    from quickstart.output.console import Screen, Working
    from quickstart.prompts.base import Prompter

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
            from quickstart.output.console import Screen

            self._screen = Screen(self.color, quiet=self.quiet or self.as_json)
        return self._screen

    def prompter(self) -> Prompter:
        """Return who asks."""
        from quickstart.prompts.choose import choose

        return choose(yes=self.yes, no_input=self.no_input or self.as_json, colour=self.color != "never")

    def events(self, working: Working) -> Events:
        """Return who tells the road while it is walked: with --json, nobody."""
        if self.as_json:
            from quickstart.events import Events

            return Events()
        from quickstart.output.reporter import ConsoleReporter

        if self.prompter().interactive:
            self.screen.narration = self.screen.err  # whoever is asked must see what about, --quiet or not
        return ConsoleReporter(self.screen, working)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    common = ctx.ensure_object(Common)
    if value not in (None, False):
        setattr(common, str(parameter.name), value)


ANSWERS, WORK, OWN, EVERYWHERE = "Answers, so that nobody need be asked", "What is done", "Options", "Everywhere"
ORDER = (ANSWERS, WORK, OWN, EVERYWHERE)  # of the headings


class Sectioned(click.Option):
    """An option that --help shows under a heading."""

    def __init__(self, *arguments: Any, section: str = "", **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.section = section


class SectionedHelp(click.Command):
    """A command whose --help shows its options under headings."""

    def __init__(self, *arguments: Any, context_settings: dict[str, Any] | None = None, **settings: Any) -> None:
        settings["context_settings"] = {"help_option_names": ["-h", "--help"], **(context_settings or {})}
        super().__init__(*arguments, **settings)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, those of this command first and those of every command last."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record and not isinstance(parameter, click.Argument):
                sections.setdefault(getattr(parameter, "section", _own(parameter)), []).append(record)
        for heading in sorted(sections, key=ORDER.index):
            with formatter.section(heading):
                formatter.write_dl(sections[heading])


def _own(parameter: click.Parameter) -> str:
    """Return the heading for an option without one: click's own --help and --version are everywhere, too."""
    return EVERYWHERE if {"--help", "--version"} & set(parameter.opts) else OWN


class SectionedGroup(SectionedHelp, click.Group):
    """A group whose --help shows its commands first, and its options under headings."""

    command_class = SectionedHelp

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options."""
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)


def without_command(ctx: click.Context) -> None:
    """End a group that was called without a command: with its help, or with a document that says so."""
    if ctx.invoked_subcommand is None:
        if ctx.ensure_object(Common).as_json:
            raise click.UsageError("Missing command.", ctx)
        click.echo(ctx.get_help())
        sys.exit(ExitCode.USAGE)


def option(*names: str, section: str, **settings: Any) -> Callable[[Command], Command]:
    """Return a decorator that adds an option under a heading."""
    return click.option(*names, cls=Sectioned, section=section, **settings)


def add(command: Command, options: Iterable[Callable[[Command], Command]]) -> Command:
    """Add options to a command, in the order in which --help shows them."""
    for decorate in reversed(tuple(options)):
        command = decorate(command)
    return command


def common_options(command: Command) -> Command:
    """Add the options that every command takes; they fill Common instead of becoming arguments."""

    def common(*names: str, **settings: Any) -> Callable[[Command], Command]:
        return option(*names, section=EVERYWHERE, callback=_remember, expose_value=False, **settings)

    options = (
        common("--json", "as_json", is_flag=True, help="Print one JSON document on stdout."),
        common("--no-input", is_flag=True, envvar="QUICKSTART_NO_INPUT", help="Never ask; a missing answer ends it."),
        common("--yes", "-y", is_flag=True, envvar="QUICKSTART_YES", help="Take every default without asking."),
        common("--python", metavar="PATH", envvar="QUICKSTART_PYTHON", help="The interpreter for MLflow."),
        common("--quiet", "-q", is_flag=True, help="Only the result."),
        common("--verbose", "-v", is_flag=True, help="A traceback for what nobody foresaw."),
        common("--color", type=click.Choice(["auto", "always", "never"]), help="Colour (auto: on terminals)."),
    )
    return add(command, options)


def answer_options(command: Command) -> Command:
    """Add the options that answer the wizard's questions beforehand."""

    def answer(*names: str, **settings: Any) -> Callable[[Command], Command]:
        return option(*names, section=ANSWERS, default=None, **settings)

    file = click.Path(path_type=Path)
    options = (
        answer(
            "--privacy/--no-privacy",
            envvar="QUICKSTART_PRIVACY",
            help="Whether data must stay on machines you control; with it MLflow's telemetry is off.",
        ),
        answer(
            "--environment",
            type=click.Choice(get_args(EnvironmentKind)),
            envvar="QUICKSTART_ENVIRONMENT",
            help="Where you develop (detected).",
        ),
        answer(
            "--audience",
            type=click.Choice(get_args(Audience)),
            envvar="QUICKSTART_AUDIENCE",
            help="Who will look at the runs.",
        ),
        answer(
            "--production/--no-production",
            envvar="QUICKSTART_PRODUCTION",
            help="Whether a model will be served or deployed, or this is for a company.",
        ),
        answer(
            "--platform",
            type=click.Choice([*(method.name for method in PLATFORMS), UNDECIDED]),
            envvar="QUICKSTART_PLATFORM",
            help="Your platform for production.",
        ),
        answer(
            "--method",
            type=click.Choice([method.name for method in METHODS]),
            envvar="QUICKSTART_METHOD",
            help="Take this method, whatever would be recommended.",
        ),
        answer(
            "--answers",
            "answers_file",
            type=file,
            metavar="FILE",
            envvar="QUICKSTART_ANSWERS",
            help="Read answers from a TOML file.",
        ),
        answer("--save-answers", type=file, metavar="FILE", help="Write the answers to a TOML file."),
    )
    return add(command, options)


def work_options(command: Command) -> Command:
    """Add the options that say what is done with the answers."""

    def work(*names: str, **settings: Any) -> Callable[[Command], Command]:
        return option(*names, section=WORK, **settings)

    options = (
        work("--dry-run", is_flag=True, help="Stop after the plan; nothing is changed."),
        work("--open/--no-open", "open_it", default=None, help="Open the run in the browser afterwards."),
        work(
            "--write-script/--no-write-script",
            default=None,
            help="Write an example script that logs foo and bar into this folder.",
        ),
    )
    return add(command, options)
