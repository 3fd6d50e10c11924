"""Entry point of the command `quickstart`: handles Ctrl-C before it imports anything slow."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from quickstart.system import signals


def main() -> NoReturn:
    signals.listen()
    try:
        status = _status()
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # such as `| head`
        status = 1
    except OSError as error:
        os.write(2, f"quickstart: cannot write the result: {error.strerror}\n".encode())
        status = 1
    # A regular exit unloads the modules, which costs 40 ms.
    os._exit(status)


def _status() -> int:
    try:
        _streams()
        from quickstart.cli.app import command_line  # noqa: PLC0415 - start-up: --help does not need it

        return command_line()
    except KeyboardInterrupt:  # while importing
        from quickstart.cli.runner import finish  # noqa: PLC0415 - start-up: --help does not need it

        return finish(None, sys.argv[1:])


def _streams() -> None:
    """Make any text printable, and replace closed streams."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            from pathlib import Path  # noqa: PLC0415 - start-up: --help does not need it

            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for as long as we live
        getattr(sys, name).reconfigure(errors="backslashreplace")
