"""What all commands share: their options, and the one place where a fault becomes an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from quickstart.errors import ExitCode, Fault, QuickstartError

if TYPE_CHECKING:
    from quickstart.interview.prompter import Prompter
    from quickstart.model import Outcome
    from quickstart.output.screen import Screen, Working

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Common:
    """The options that every command takes, wherever on the line they stand."""

    as_json: bool = False
    no_input: bool = False
    yes: bool = False
    python: str | None = None
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    _screen: list[Screen] = field(default_factory=list)

    @property
    def screen(self) -> Screen:
        """The two consoles, made when first needed: rich takes its time to load."""
        if not self._screen:
            from quickstart.output.screen import Screen

            self._screen.append(Screen(self.color, quiet=self.quiet or self.as_json))
        return self._screen[0]

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


def run(command: str, act: Callable[[Common, Working], Outcome]) -> NoReturn:
    """Run a command's act, draw its outcome, and exit.

    Args:
        command: its name in the contract.
        act: does the work; handed the common options and the progress to tell.
    """
    from quickstart.model import Outcome

    common = click.get_current_context().ensure_object(Common)
    with common.screen.working() as working:
        try:
            outcome = act(common, working)
        except Fault as fault:
            outcome = explained(command, fault)
        except KeyboardInterrupt:
            outcome = Outcome(command, {}, exit_code=ExitCode.CANCELLED)
        except Exception as error:
            if common.verbose:
                raise
            outcome = Outcome(command, {}, unforeseen(error), ExitCode.FAILED)
    show(common, outcome)
    sys.exit(outcome.exit_code)


def explained(command: str, fault: Fault) -> Outcome:
    """Return the outcome of a command that a fault stopped."""
    from quickstart.doctor.explain import explain
    from quickstart.model import Outcome

    return Outcome(command, {}, explain(fault), fault.exit_code)


def unforeseen(error: Exception) -> QuickstartError:
    """Explain what nobody foresaw."""
    what = f"quickstart stumbled: {type(error).__name__}: {error}"
    why = "This is a mistake in quickstart itself, not yours."
    return QuickstartError("unforeseen", what, why, "the same command with --verbose shows where", "quickstart --help")


def show(common: Common, outcome: Outcome) -> None:
    """Draw an outcome as was asked for."""
    if common.as_json:
        from quickstart.output import as_json

        sys.stdout.write(as_json.draw(outcome))
        return
    from quickstart.output import human

    human.draw(common.screen, outcome)


def usage_error(error: click.ClickException) -> Outcome:
    """Return the outcome of a command line that could not be parsed."""
    from quickstart.model import Outcome

    context = getattr(error, "ctx", None)
    path = context.command_path if context else "quickstart"
    explained = QuickstartError(
        "usage",
        error.format_message(),
        "The command line could not be understood.",
        f"{path} --help",
        "quickstart --help",
    )
    return Outcome(path.removeprefix("quickstart").strip() or "quickstart", {}, explained, ExitCode.USAGE)


def finish(outcome: Outcome | None, arguments: Sequence[str]) -> NoReturn:
    """Draw an outcome for which no command got as far as drawing it itself, and exit; None is a cancellation."""
    from quickstart.model import Outcome

    outcome = outcome or Outcome("quickstart", {}, exit_code=ExitCode.CANCELLED)
    show(Common(as_json="--json" in arguments), outcome)
    sys.exit(outcome.exit_code)
