"""Where the command `quickstart` begins: it listens for Ctrl-C before it imports what takes time."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from quickstart.system import signals


def main() -> NoReturn:
    """Run the command line and exit with the contract's exit codes."""
    signals.listen()
    try:
        status = _status()
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # `| head` has read enough
        status = 1
    except OSError as error:
        os.write(2, f"quickstart: the result could not be written: {error.strerror}\n".encode())
        status = 1
    # Taking down what was imported would cost every command 40 ms, and nothing is left to do.
    os._exit(status)


def _status() -> int:
    """Run the command line and return its exit status; what is imported for it is told to stop, too."""
    try:
        _streams()
        from quickstart.cli.app import command_line

        return command_line()
    except KeyboardInterrupt:  # there was no command yet that could have said so
        from quickstart.cli.runner import finish

        return finish(None, sys.argv[1:])


def _streams() -> None:
    """See to it that what is printed goes somewhere, whatever it is."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever called us
            from pathlib import Path

            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for as long as we live
        getattr(sys, name).reconfigure(errors="backslashreplace")  # a path no encoding can print is no reason to crash
