"""Run a command: turn what stops it into an outcome, draw that, and exit."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, NoReturn

import click

from quickstart.cli.options import Common, common_options
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.results import Outcome, Result

DISK_ERRORS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)
WITHOUT_MEMORY = (MemoryError, RuntimeError, ImportError, OSError)  # what Python raises without memory


def action(
    command: str, empty: Result | None = None
) -> Callable[[Callable[Concatenate[Common, ...], Outcome | Result]], Callable[..., NoReturn]]:
    """Return a decorator that adds the global options to a function, and runs it as a command: see run()."""

    def decorate(act: Callable[Concatenate[Common, ...], Outcome | Result]) -> Callable[..., NoReturn]:
        @common_options
        @wraps(act)
        def invoke(**given: Any) -> NoReturn:
            run(command, lambda common: act(common, **given), empty)

        return invoke

    return decorate


def run(command: str, act: Callable[[Common], Outcome | Result], empty: Result | None = None) -> NoReturn:
    """Run a command, draw its outcome, and exit; `empty` is the result if the command fails without one."""
    common = click.get_current_context().ensure_object(Common)
    with common.screen.working() as common.working:
        try:
            ended = act(common)
            outcome = ended if isinstance(ended, Outcome) else Outcome(command, ended)
        except QuickstartError as error:
            outcome = outcome_of_error(command, error)
        except click.ClickException:  # wrong usage: command_line() draws it
            raise
        except KeyboardInterrupt:
            outcome = Outcome(command, exit_code=ExitCode.CANCELLED)
        except Exception as error:
            common.working.stop()
            if common.verbose:
                # Not raised: main() takes an OSError for a closed stream.
                traceback.print_exc()
            outcome = outcome_of_exception(command, error)
    if outcome.result is None:
        outcome = replace(outcome, result=empty)
    draw_outcome(common, outcome)
    sys.exit(outcome.exit_code)


def outcome_of_error(command: str, error: QuickstartError) -> Outcome:
    from quickstart.explain import explain  # noqa: PLC0415 - start-up: --help does not need it

    return Outcome(command, None, explain(error), error.exit_code)


def outcome_of_exception(command: str, error: Exception) -> Outcome:
    known = known_cause(error)
    return outcome_of_error(command, known) if known else Outcome(command, None, bug_report(error), ExitCode.FAILED)


def known_cause(error: Exception) -> QuickstartError | None:
    """Return what an unexpected exception means if this machine is its cause."""
    from quickstart.system import memory  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.system.machine import working_directory  # noqa: PLC0415 - start-up: --help does not need it

    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, WITHOUT_MEMORY) and memory.is_out_of_memory([detail]):
        return QuickstartError("no-memory", detail=detail, limit_mb=memory.memory_limit(), again=_typed())
    if isinstance(error, FileNotFoundError) and working_directory() is None:
        return QuickstartError("folder-gone")
    if isinstance(error, OSError) and error.errno in DISK_ERRORS and error.filename:
        path = str(Path(os.fsdecode(error.filename)).absolute())
        return QuickstartError("unwritable", path=path, detail=error.strerror or str(error), act="used")
    return None


def bug_report(error: Exception) -> Explanation:
    """Explain an exception that no part of quickstart expects."""
    what = f"Unexpected error: {type(error).__name__}: {error}"
    why = "This is a bug in quickstart; please report it."
    return Explanation("unforeseen", what, why, f"{_typed()} --verbose", "", "quickstart --help")


def _typed() -> str:
    """Return this command line as it can be typed again."""
    from quickstart.system.shell import quoted  # noqa: PLC0415 - start-up: --help does not need it

    return " ".join(("quickstart", *map(quoted, sys.argv[1:])))


def draw_outcome(common: Common, outcome: Outcome) -> None:
    if common.as_json:
        # Escaped to ASCII, so that any pipe can carry it.
        sys.stdout.write(json.dumps(outcome.to_json(), indent=2, default=str) + "\n")
        return
    from quickstart.output import draw  # noqa: PLC0415 - start-up: --help does not need it

    draw.draw(common.screen, outcome, verbose=common.verbose)


def usage_error(error: click.ClickException) -> Outcome:
    """Return the outcome of a command line that click cannot parse."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "quickstart"
    what, why = error.format_message(), "The command line is not valid."
    explanation = Explanation("usage", what, why, f"{path} --help", "", "quickstart --help")
    return Outcome(path.removeprefix("quickstart").strip() or "quickstart", None, explanation, ExitCode.USAGE)


def finish(outcome: Outcome | None, arguments: Sequence[str]) -> ExitCode:
    """Draw the outcome of a command that did not start; None is a cancellation."""
    outcome = outcome or Outcome("quickstart", exit_code=ExitCode.CANCELLED)
    common = Common()
    common.as_json = "--json" in arguments
    draw_outcome(common, outcome)
    return outcome.exit_code
