"""What a login needs from a person, as data: given by flag, found on the machine, or asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Given = dict[str, Any]  # what is known so far, by the needs' keys


@dataclass(frozen=True)
class Field:
    """One thing that is missing.

    Args:
        key: its name among what is given.
        name: one word for it.
        text: the question.
        flags: what gives it beforehand, in words, such as "--host H".
        variable: environment variable that gives it; "" where there is none.
        why: a line or two on why it is asked, or where to find it.
        more: a longer explanation, on request; "" where there is none.
        secret: whether it is typed unseen and never repeated.
        choices: what there is to choose from, each with how it reads; () where it is typed.
        default: what Enter means; None where it must be answered.
        example: how a command line would give it and what comes after it, such as "--token-stdin < token.txt".
        found: whether the default was found on the machine, and so holds where nobody can be asked.
        known: what the machine has for it; it is taken without asking.
        known_from: where that is from, in words.
    """

    key: str
    name: str
    text: str
    flags: str
    variable: str = ""
    why: str = ""
    more: str = ""
    secret: bool = False
    choices: tuple[tuple[Any, str], ...] = ()
    default: Any = None
    example: str = ""
    found: bool = False
    known: Any = None
    known_from: str = ""


@dataclass(frozen=True)
class Flag:
    """An option of `quickstart login METHOD`.

    Args:
        name: such as "--host"; without the dashes, such as "URL", it is the word after the command.
        key: of the need that it gives.
        help: what --help says.
        metavar: what stands for its value; "" for a switch.
        gives: the value that a switch gives.
        stdin: whether the value comes from stdin: a secret is never on a command line.
        implied_answers: further keys that are settled by it.
    """

    name: str
    key: str
    help: str
    metavar: str = ""
    gives: Any = True
    stdin: bool = False
    implied_answers: tuple[tuple[str, Any], ...] = ()

    @property
    def positional(self) -> bool:
        """Whether it is a word of the command line without a name."""
        return not self.name.startswith("-")
