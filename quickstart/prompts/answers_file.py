"""Answers without a question: from an answers file, or from an interview that was cancelled."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import UNDECIDED, Answers
from quickstart.prompts.fields import Field
from quickstart.state import files

MAX_SIZE = 100_000  # bytes; an answers file has some 200
# A file that begins with it may be overwritten.
HEADER = "# Answers for quickstart --answers FILE. Delete a line to have its question asked.\n"


def validate(answers: Mapping[str, Any], fields: Sequence[Field], source: str) -> None:
    """Check answers by the fields they belong to; raise "bad-answers" with the key or value, and what is allowed."""
    allowed = {field.key: field.values for field in fields}
    for key, value in answers.items():
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, 1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            raise _bad(source, f'unknown key "{_shorten(key)}".{hint}', f"The keys are {', '.join(allowed)}.")
        # True == 1 and True in [1.0]: the type must be the same, too.
        if not any(type(value) is type(one) and value == one for one in allowed[key]):
            values = " or ".join(_toml(one) for one in allowed[key])
            raise _bad(source, f"{key} cannot be {_shorten(value)}.", f"Allowed: {values}.")
    if answers.get("production") is False and answers.get("platform"):
        raise _bad(source, "a platform is set, but production is false.", "Remove one of them.")


def _bad(source: str, detail: str, allowed: str) -> QuickstartError:
    return QuickstartError("bad-answers", ExitCode.USAGE, source=source, detail=detail, allowed=allowed)


def _shorten(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."


def read(path: Path, fields: Sequence[Field]) -> dict[str, Any]:
    """Read an answers file; raise "unreadable-answers" or "bad-answers"."""
    path = path.expanduser()
    try:
        if path.exists() and not path.is_file():  # a device or a pipe might never end
            raise ValueError("not a regular file")
        with path.open("rb") as file:
            content = file.read(MAX_SIZE + 1)
        if len(content) > MAX_SIZE:
            raise ValueError("the file is too large")
        answers = tomllib.loads(content.decode("utf-8-sig"))  # Windows editors write a byte order mark
    except (OSError, ValueError, RecursionError) as error:  # a TOML or Unicode error is a ValueError
        detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise QuickstartError("unreadable-answers", ExitCode.USAGE, path=str(path), detail=detail) from error
    validate(answers, fields, str(path))
    return answers


def write(path: Path, answers: Answers, method: str | None) -> None:
    """Write an answers file, which contains no secrets; `method` if the person chose it.

    Raises:
        QuickstartError: "not-answers" if another kind of file has this name, or "answers-not-saved".
    """
    path = path.expanduser()
    platform = answers.platform or (UNDECIDED if answers.production else None)
    values = {
        "privacy": answers.privacy,
        "environment": answers.environment,
        "audience": answers.audience,
        "production": answers.production,
        "platform": platform,
        "method": method,
    }
    text = HEADER + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value is not None)
    try:
        if path.exists() and not _is_answers_file(path):
            raise QuickstartError("not-answers", ExitCode.USAGE, path=str(path))
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        detail = error.strerror or str(error)
        raise QuickstartError("answers-not-saved", ExitCode.USAGE, path=str(path), detail=detail) from error


def _is_answers_file(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER.encode()


def _toml(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


class Unfinished:
    """The answers of a cancelled interview, saved for the next start. They contain no secrets."""

    def __init__(self) -> None:
        self._path = files.unfinished_file()

    def load(self, fields: Sequence[Field]) -> tuple[dict[str, Any], str]:
        """Return the answers and when they were saved; ({}, "") if there are none, or none that are valid."""
        try:
            saved = files.read_json(self._path) or {}
            answers, when = saved["answers"], saved["when"]
            validate(answers, fields, str(self._path))
            datetime.fromisoformat(when)
        except (QuickstartError, KeyError, TypeError, AttributeError, ValueError):
            return {}, ""
        return answers, when

    def save(self, answers: Mapping[str, Any]) -> bool:
        """Save answers; return whether there were any and they could be saved."""
        if not answers:
            return False
        when = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            files.write_json(self._path, {"when": when, "answers": dict(answers)})
        except QuickstartError:  # a full disk is not worth an error when the person cancels
            return False
        return True

    def delete(self) -> None:
        self._path.unlink(missing_ok=True)
        files.remove_if_empty(self._path.parent)
