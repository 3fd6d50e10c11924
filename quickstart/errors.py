"""What can stop the road: a coded fact where it is found, an explained error where a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
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
    """A coded fact that stops the work, raised where it is found.

    Args:
        code: stable identifier, such as "port-taken"; diagnosis.explain() knows its cause and its mend.
        exit_code: the exit status it leads to.
        facts: what was seen, under the names that the explanation uses. Never a secret.
    """

    def __init__(self, code: str, exit_code: ExitCode = ExitCode.FAILED, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.exit_code = exit_code
        self.facts: Mapping[str, Any] = facts

    def replace(self, **facts: Any) -> QuickstartError:
        """Return the same fault with what somebody further up knows better."""
        return QuickstartError(self.code, self.exit_code, **{**self.facts, **facts})

    def with_defaults(self, **facts: Any) -> QuickstartError:
        """Return the same fault with what somebody further up knows of it; what it knows itself counts."""
        return QuickstartError(self.code, self.exit_code, **{**facts, **self.facts})


@dataclass(frozen=True)
class Explanation:
    """An explained error: what happened, why, and the exact command that mends it.

    Args:
        code: the code of the fault it explains.
        what: what happened, one sentence.
        why: the cause, one or two sentences.
        fix: a command that can be pasted, or the one thing to do where no command can.
        docs: where to read more, a command or an address.
    """

    code: str
    what: str
    why: str
    fix: str
    docs: str
