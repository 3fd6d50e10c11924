"""The options that commands share. Everything imported here delays --help."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from quickstart.errors import ExitCode
from quickstart.methods.catalog import METHODS, PLATFORMS
from quickstart.prompts.questions import interview_fields, method_field

if TYPE_CHECKING:
    from quickstart.events import Events
    from quickstart.models import Step
    from quickstart.output.console import Screen, Working
    from quickstart.prompts.base import Prompter
    from quickstart.prompts.fields import Field

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)


class Common:
    """The global options, given before or after the command's name."""

    as_json = False
    no_input = False
    yes = False
    python: str | None = None
    quiet = False
    verbose = False
    color = "auto"
    working: Working  # of the command that runs
    _screen: Screen | None = None

    @property
    def screen(self) -> Screen:
        """The consoles for stdout and stderr, created when first needed: rich is slow to import."""
        if self._screen is None:
            from quickstart.output.console import Screen  # noqa: PLC0415 - start-up: --help does not need it

            self._screen = Screen(self.color, quiet=self.quiet or self.as_json)
        return self._screen

    def prompter(self) -> Prompter:
        from quickstart.prompts.plain import choose  # noqa: PLC0415 - --help does not need it

        return choose(yes=self.yes, no_input=self.no_input or self.as_json, colour=self.color != "never")

    def events(self) -> Events:
        """Return what reports progress: nothing does with --json."""
        if self.as_json:
            from quickstart.events import Events  # noqa: PLC0415 - start-up: --help does not need it

            return Events()
        from quickstart.output.reporter import ConsoleReporter  # noqa: PLC0415 - start-up: --help does not need it

        if self.prompter().interactive:
            self.screen.narration = self.screen.err  # a person who is asked must see the context, even with --quiet
        return ConsoleReporter(self.screen, self.working)

    def agree(self, step: Step, flag: str) -> bool:
        """Ask before a step; `flag` gives the same answer without a question."""
        self.working.stop()
        question = f"{step.does[0].upper()}{step.does[1:]}: {step.where}. Continue"
        return self.prompter().confirm(question, default=True, flag=flag)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    common = ctx.ensure_object(Common)
    if value not in (None, False):
        setattr(common, str(parameter.name), value)


ANSWERS, ACTIONS, OWN, GLOBAL = "Answers (skip the questions)", "Actions", "Options", "Global options"
ORDER = (ANSWERS, ACTIONS, OWN, GLOBAL)  # of the headings


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
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record and not isinstance(parameter, click.Argument):
                sections.setdefault(getattr(parameter, "section", _default_section(parameter)), []).append(record)
        for heading in sorted(sections, key=ORDER.index):
            with formatter.section(heading):
                formatter.write_dl(sections[heading])


def _default_section(parameter: click.Parameter) -> str:
    """Return the heading for an option without one: click's own --help and --version are global, too."""
    return GLOBAL if {"--help", "--version"} & set(parameter.opts) else OWN


class SectionedGroup(SectionedHelp, click.Group):
    """A group whose --help shows its commands, then its options under headings."""

    command_class = SectionedHelp

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)


def without_command(ctx: click.Context) -> None:
    """Exit with the group's help if it was called without a command; with --json, as a usage error."""
    if ctx.invoked_subcommand is None:
        if ctx.ensure_object(Common).as_json:
            raise click.UsageError("Missing command.", ctx)
        click.echo(ctx.get_help())
        sys.exit(ExitCode.USAGE)


def option(*names: str, section: str, **settings: Any) -> Callable[[Command], Command]:
    """Return a decorator that adds an option under a heading."""
    return click.option(*names, cls=Sectioned, section=section, **settings)


def add_options(command: Command, options: Iterable[Callable[[Command], Command]]) -> Command:
    """Add options to a command, in the order of --help."""
    for decorate in reversed(tuple(options)):
        command = decorate(command)
    return command


def common_options(command: Command) -> Command:
    """Add the global options; they fill Common instead of becoming arguments."""

    def common(*names: str, **settings: Any) -> Callable[[Command], Command]:
        return option(*names, section=GLOBAL, callback=_remember, expose_value=False, **settings)

    options = (
        common("--json", "as_json", is_flag=True, help="Print one JSON document on stdout."),
        common(
            "--no-input", is_flag=True, envvar="QUICKSTART_NO_INPUT", help="Never prompt; fail if an answer is missing."
        ),
        common("--yes", "-y", is_flag=True, envvar="QUICKSTART_YES", help="Use the defaults without prompting."),
        common("--python", metavar="PATH", envvar="QUICKSTART_PYTHON", help="Python interpreter to use for MLflow."),
        common("--quiet", "-q", is_flag=True, help="Print only the result."),
        common("--verbose", "-v", is_flag=True, help="Show a traceback for unexpected errors."),
        common(
            "--color", type=click.Choice(["auto", "always", "never"]), help="When to use color (auto: on terminals)."
        ),
    )
    return add_options(command, options)


def answer_options(command: Command) -> Command:
    def answer(*names: str, **settings: Any) -> Callable[[Command], Command]:
        return option(*names, section=ANSWERS, default=None, **settings)

    def field_option(field: Field) -> Callable[[Command], Command]:
        kind = {} if "/" in field.flag else {"type": click.Choice(field.values)}
        return answer(field.flag, envvar=field.variable, help=field.help, **kind)

    options = (
        *map(field_option, (*interview_fields(PLATFORMS), method_field(METHODS))),
        answer(
            "--answers",
            "answers_file",
            type=FILE,
            metavar="FILE",
            envvar="QUICKSTART_ANSWERS",
            help="Read answers from a TOML file.",
        ),
        answer("--save-answers", type=FILE, metavar="FILE", help="Write the answers to a TOML file."),
    )
    return add_options(command, options)


def work_options(command: Command) -> Command:
    def work(*names: str, **settings: Any) -> Callable[[Command], Command]:
        return option(*names, section=ACTIONS, **settings)

    options = (
        work("--dry-run", is_flag=True, help="Show the plan and exit; change nothing."),
        work("--open/--no-open", "open_it", default=None, help="Open the run in the browser at the end."),
        work(
            "--write-script/--no-write-script",
            default=None,
            help="Write an example script into this folder.",
        ),
    )
    return add_options(command, options)
