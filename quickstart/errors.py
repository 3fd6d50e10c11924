"""What can stop the work: an exception with a code, the message for each code, and the exit codes."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """The exit statuses scripts may rely on."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CHECK_FAILED = 3
    ANSWER_NEEDED = 4
    CANCELLED = 130


class QuickstartError(Exception):
    """An error with a stable code, raised where it is detected; its words are the message of that code.

    Args:
        code: stable identifier, such as "port-taken".
        exit_code: the exit status it leads to.
        facts: what fills in the message, by the names it uses. Never a secret.
    """

    def __init__(self, code: str, exit_code: ExitCode = ExitCode.FAILED, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.exit_code = exit_code
        self.facts: Mapping[str, Any] = facts

    def replace(self, **facts: Any) -> QuickstartError:
        return QuickstartError(self.code, self.exit_code, **{**self.facts, **facts})

    def with_defaults(self, **facts: Any) -> QuickstartError:
        """Return the same error; its own facts win."""
        return QuickstartError(self.code, self.exit_code, **{**facts, **self.facts})


@dataclass(frozen=True)
class Message:
    """The words for one error code; each part is a format string for the error's facts.

    Args:
        what: what happened, one sentence.
        why: the cause, one or two sentences.
        command: one command that fixes it and can be pasted; "" if no command does.
        note: a further remark; "" if there is none.
        elsewhere: the note, instead of command and note, if the server is not on this machine.
    """

    what: str
    why: str
    command: str = ""
    note: str = ""
    elsewhere: str = ""


@dataclass(frozen=True)
class Explanation:
    """An error in words: the parts of its Message, filled in, and where to read more: a command or a URL."""

    code: str
    what: str
    why: str
    command: str
    note: str
    docs: str


_registered: list[str] = []


def register_messages(module: str) -> None:
    """Name a module that holds MESSAGES and GUIDE; it is imported when the first error is explained.

    A package registers its own when it is imported, so whatever it can raise has words, and no lower layer
    needs to know the package.
    """
    _registered.append(module)


def message_modules() -> Iterator[Any]:
    """Yield the registered modules; each has MESSAGES, from code to Message, and GUIDE, the name of a guide."""
    for name in _registered:
        yield importlib.import_module(name)


def find_message(code: str) -> tuple[Message, str] | None:
    """Return the message for a code, and the guide that says more; None for an unknown code."""
    for module in message_modules():
        if code in module.MESSAGES:
            return module.MESSAGES[code], module.GUIDE
    return None
