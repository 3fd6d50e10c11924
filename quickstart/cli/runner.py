"""The one place where a fault becomes an exit code, and an outcome is drawn."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from quickstart.cli.options import Common
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.results import Outcome

if TYPE_CHECKING:
    from quickstart.output.console import Working

OF_THE_DISK = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)
WITHOUT_MEMORY = (MemoryError, RuntimeError, ImportError, OSError)  # what Python raises where none is left, with words


def run(command: str, act: Callable[[Common, Working], Outcome]) -> NoReturn:
    """Run a command's act, draw its outcome, and exit.

    Args:
        command: its name in the contract.
        act: does the work; handed the common options and the progress to tell.
    """
    common = click.get_current_context().ensure_object(Common)
    with common.screen.working() as working:
        try:
            outcome = act(common, working)
        except QuickstartError as fault:
            outcome = outcome_of_error(command, fault)
        except KeyboardInterrupt:
            outcome = Outcome(command, {}, exit_code=ExitCode.CANCELLED)
        except Exception as error:
            working.stop()
            if common.verbose:
                # Not raised: where it is an OSError, it would be taken for a stream that whoever called us closed.
                traceback.print_exc()
            outcome = outcome_of_exception(command, error)
    show(common, outcome)
    sys.exit(outcome.exit_code)


def outcome_of_error(command: str, fault: QuickstartError) -> Outcome:
    """Return the outcome of a command that a fault stopped."""
    from quickstart.explain import explain

    return Outcome(command, {}, explain(fault), fault.exit_code)


def known_cause(error: Exception) -> QuickstartError | None:
    """Return what an error means that no room of quickstart expected, but that the machine is the cause of."""
    from quickstart.system import memory
    from quickstart.system.machine import working_directory
    from quickstart.system.shell import quoted

    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, WITHOUT_MEMORY) and memory.is_out_of_memory([detail]):
        again = " ".join(("quickstart", *map(quoted, sys.argv[1:])))
        return QuickstartError("no-memory", detail=detail, limit_mb=memory.memory_limit(), again=again)
    if isinstance(error, FileNotFoundError) and working_directory() is None:
        return QuickstartError("folder-gone")
    if isinstance(error, OSError) and error.errno in OF_THE_DISK and error.filename:
        path = str(Path(os.fsdecode(error.filename)).absolute())
        return QuickstartError("unwritable", path=path, detail=error.strerror or str(error), act="used")
    return None


def outcome_of_exception(command: str, error: Exception) -> Outcome:
    """Return the outcome of a command that an error stopped, which no room of quickstart made a fault of."""
    fault = known_cause(error)
    return outcome_of_error(command, fault) if fault else Outcome(command, {}, unexpected_error(error), ExitCode.FAILED)


def unexpected_error(error: Exception) -> Explanation:
    """Explain an exception that no part of quickstart expected."""
    from quickstart.system.shell import quoted

    what = f"Unexpected error: {type(error).__name__}: {error}"
    why = "This is a bug in quickstart; please report it."
    again = " ".join(("quickstart", *map(quoted, sys.argv[1:]), "--verbose"))
    return Explanation("unforeseen", what, why, again, "", "quickstart --help")


def show(common: Common, outcome: Outcome) -> None:
    """Draw an outcome as was asked for."""
    if common.as_json:
        # Escaped to ASCII, so that no pipe can spoil it.
        sys.stdout.write(json.dumps(outcome.to_json(), indent=2, default=str) + "\n")
        return
    from quickstart.output import draw

    draw.draw(common.screen, outcome, verbose=common.verbose)


def usage_error(error: click.ClickException) -> Outcome:
    """Return the outcome of a command line that could not be parsed."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "quickstart"
    explained = Explanation(
        "usage",
        error.format_message(),
        "The command line could not be understood.",
        f"{path} --help",
        "",
        "quickstart --help",
    )
    return Outcome(path.removeprefix("quickstart").strip() or "quickstart", {}, explained, ExitCode.USAGE)


def finish(outcome: Outcome | None, arguments: Sequence[str]) -> ExitCode:
    """Draw an outcome for which no command got as far as drawing it itself; None is a cancellation."""
    outcome = outcome or Outcome("quickstart", {}, exit_code=ExitCode.CANCELLED)
    common = Common()
    common.as_json = "--json" in arguments
    show(common, outcome)
    return outcome.exit_code
