"""Answers that were given beforehand: by flag or variable, in an answers file, or before an earlier cancellation."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import UNDECIDED, Answers
from quickstart.prompts.questions import Question, Value
from quickstart.state import files, paths

METHOD = "method"  # what an answers file may hold beside the questions' answers
LARGEST = 100_000  # bytes; a file of answers has some 200
HEADER = "# Answers for quickstart --answers FILE. Delete a line to have its question asked.\n"


def validate(answers: Mapping[str, Any], questions: Sequence[Question], methods: Iterable[str], source: str) -> None:
    """Check answers that somebody wrote.

    Args:
        answers: by key.
        questions: all there are.
        methods: names of the methods there are.
        source: where they come from, for the error.

    Raises:
        Fault: "bad-answers", naming the key or value, and what is allowed.
    """
    allowed: dict[str, list[Value]] = {question.key: question.allowed() for question in questions}
    allowed[METHOD] = list(methods)
    for key, value in answers.items():
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, 1)
            meant = f' Did you mean "{near[0]}"?' if near else ""
            raise _bad(source, f'"{_short(key)}" is no question.{meant}', f"The keys are {', '.join(allowed)}.")
        # True == 1 and True in [1.0]: what is compared must be of the same type, too.
        if not any(type(value) is type(one) and value == one for one in allowed[key]):
            values = " or ".join(_toml(one) for one in allowed[key])
            raise _bad(source, f"{key} cannot be {_short(value)}.", f"Allowed is {values}.")
    if answers.get("production") is False and answers.get("platform"):
        raise _bad(source, "A platform is named, but production is false.", "Leave one of them out.")


def _bad(source: str, detail: str, allowed: str) -> QuickstartError:
    return QuickstartError("bad-answers", ExitCode.USAGE, source=source, detail=detail, allowed=allowed)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."


def read(path: Path, questions: Sequence[Question], methods: Iterable[str]) -> dict[str, Any]:
    """Read an answers file.

    Raises:
        Fault: "unreadable-answers", or "bad-answers".
    """
    path = path.expanduser()
    try:
        if path.exists() and not path.is_file():  # a device or a pipe might never end
            raise ValueError("it is no regular file")
        with path.open("rb") as file:
            written = file.read(LARGEST + 1)
        if len(written) > LARGEST:
            raise ValueError("it is far too large")
        answers = tomllib.loads(written.decode("utf-8-sig"))  # Windows' editors put a mark before it
    except (OSError, ValueError, RecursionError) as error:  # a TOML or Unicode error is a ValueError
        detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise QuickstartError("unreadable-answers", ExitCode.USAGE, path=str(path), detail=detail) from error
    validate(answers, questions, methods, str(path))
    return answers


def write(path: Path, answers: Answers, method: str | None) -> None:
    """Write an answers file, which holds no secret; never over a file that is something else.

    Args:
        path: of the file.
        answers: all of them.
        method: the method, where the person chose one themselves.

    Raises:
        Fault: "not-answers" where something else is in the way, or "answers-not-saved".
    """
    path = path.expanduser()
    platform = answers.platform or (UNDECIDED if answers.production else None)
    values = {
        "privacy": answers.privacy,
        "environment": answers.environment,
        "audience": answers.audience,
        "production": answers.production,
        "platform": platform,
        METHOD: method,
    }
    text = HEADER + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value is not None)
    try:
        if path.exists() and not _ours(path):
            raise QuickstartError("not-answers", ExitCode.USAGE, path=str(path))
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        detail = error.strerror or str(error)
        raise QuickstartError("answers-not-saved", ExitCode.USAGE, path=str(path), detail=detail) from error


def _ours(path: Path) -> bool:
    """Tell whether what is there is a file of answers."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER.encode()


def _toml(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


class Unfinished:
    """The answers of an interview that was cancelled, kept for the next start. Answers only, never a secret."""

    def __init__(self) -> None:
        self._path = paths.unfinished_file()

    def load(self, questions: Sequence[Question]) -> tuple[dict[str, Value], str]:
        """Return what was answered, and when; nothing where there is nothing, or nothing usable."""
        try:
            kept = files.read_json(self._path) or {}
            answers, when = kept["answers"], kept["when"]
            validate(answers, questions, (), str(self._path))
            datetime.fromisoformat(when)
        except (QuickstartError, KeyError, TypeError, AttributeError, ValueError):
            return {}, ""
        return answers, when

    def keep(self, answers: Mapping[str, Value]) -> bool:
        """Keep what was answered; return whether there was anything to keep and it could be kept."""
        if not answers:
            return False
        when = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            files.write_json(self._path, {"when": when, "answers": dict(answers)})
        except QuickstartError:  # a cancellation is no moment to complain of a full disk
            return False
        return True

    def forget(self) -> None:
        """Forget what was kept."""
        self._path.unlink(missing_ok=True)
        files.remove_if_empty(self._path.parent)
