"""A field: one thing to ask for, declared once for its prompt, option, variable, validation and secrecy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import Secret

if TYPE_CHECKING:
    from quickstart.models import Machine

Given = dict[str, Any]  # what a login knows so far, by the fields' keys
Answered = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """One possible answer.

    Args:
        value: of the answer.
        label: the text to choose from.
        flag: what chooses it on the command line, such as "--oauth"; "" if only the field's own flag does.
        help: help text of `flag`; "" if the flag belongs to another field.
    """

    value: Any
    label: str
    flag: str = ""
    help: str = ""


@dataclass(frozen=True)
class Field:
    """One thing to ask for: in the interview, in a login or in a menu.

    Args:
        key: of its value among the answers, and in an answers file.
        label: one to three words for it.
        text: the prompt; "" for a field that only an option sets.
        why: a line or two on why it is asked, or on finding the answer.
        more: a longer explanation, shown on request; "" if there is none.
        flag: option that answers it, such as "--host" or "--privacy/--no-privacy"; without dashes an argument.
        metavar: what stands for the option's value.
        help: help text of the option.
        variable: environment variable that answers it; "" if there is none.
        choices: the possible answers; () if it is typed.
        default: what Enter means; None if it must be answered.
        optional: whether the default is used when prompting is impossible.
        secret: whether it is typed unseen, read from stdin as an option, and never shown.
        validate: returns the cleaned value, or raises QuickstartError.
        implies: other keys and values that its option settles.
        applies: whether to ask for it, given the other answers.
        adapt: returns the field for a machine, such as with a default found there.
        step: its number in the interview.
        example: how a command answers it and the fields after it.
        known: value found on the machine; it is used without asking.
        known_from: its source, in words.
    """

    key: str
    label: str
    text: str = ""
    why: str = ""
    more: str = ""
    flag: str = ""
    metavar: str = ""
    help: str = ""
    variable: str = ""
    choices: tuple[Choice, ...] = ()
    default: Any = None
    optional: bool = False
    secret: bool = False
    validate: Callable[[Any], Any] | None = None
    implies: tuple[tuple[str, Any], ...] = ()
    applies: Callable[[Answered], bool] = lambda answered: True
    adapt: Callable[[Field, Machine], Field] = lambda field, machine: field
    step: int = 0
    example: str = ""
    known: Any = None
    known_from: str = ""

    @property
    def values(self) -> list[Any]:
        return [choice.value for choice in self.choices]

    @property
    def has_default(self) -> bool:
        """Whether Enter is an answer."""
        return self.default is not None if self.choices else bool(self.default)

    @property
    def is_argument(self) -> bool:
        """Whether it is answered by an argument of the command instead of an option."""
        return bool(self.flag) and not self.flag.startswith("-")

    @property
    def flags(self) -> str:
        """Everything that answers it on a command line, for a person to pick from."""
        own = self.flag.split("/") if "/" in self.flag else [self._with_metavar()] if self.flag else []
        return _one_of((*own, *(choice.flag for choice in self.choices if choice.flag)))

    @property
    def shell_words(self) -> str:
        """How a command answers it."""
        return self.example or f"{self._with_metavar()}{f' < {self.key}.txt' if self.secret else ''}"

    def label_of(self, value: Any) -> str:
        return next(choice.label for choice in self.choices if choice.value == value)

    def flag_of(self, value: Any) -> str:
        own = next((choice.flag for choice in self.choices if choice.value == value and choice.flag), "")
        if own or not isinstance(value, bool):
            return own or f"{self.flag} {value}"
        return self.flag.split("/")[not value]

    def clean(self, value: Any) -> Any:
        """Return a value as the field takes it; raise QuickstartError if it is invalid."""
        return self.validate(value) if self.validate else value

    def _with_metavar(self) -> str:
        metavar = self.metavar or "|".join(str(value) for value in self.values if self.help)
        return self.flag if self.is_argument else f"{self.flag} {metavar}".rstrip()


def _one_of(words: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def clean_secret(value: Any, name: str, command: str, forbidden: str = " ") -> Secret:
    """Return a pasted token or key without the spaces and quotes that were copied with it, or raise "bad-secret".

    Args:
        command: the login, for the error.
        forbidden: characters that it cannot contain.
    """
    text = (value.value if isinstance(value, Secret) else str(value)).strip().strip("'\"")
    if not text or not text.isascii() or not text.isprintable() or set(forbidden) & set(text):
        raise QuickstartError("bad-secret", ExitCode.USAGE, name=name, length=len(text), again=command)
    return Secret(text)
