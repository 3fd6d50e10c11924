"""No text that a person can type breaks an answer or a file of answers."""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quickstart.errors import ExitCode, QuickstartError
from quickstart.explain import explain
from quickstart.prompts.answers_file import Unfinished, read, validate
from quickstart.prompts.base import Prompter
from quickstart.prompts.plain import PlainPrompter
from quickstart.state.files import unfinished_file
from tests.messages import fix_of
from tests.unit.prompts.people import ANSWERS, QUESTIONS, interview, machine

BOUNDED = settings(
    max_examples=100,
    deadline=None,
    database=None,
    # A file is written anew, and stdin replaced anew, for each example.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ALLOWED = {field.key: field.values for field in ANSWERS}

# What is nearly an answer breaks more than noise does.
NEARLY = st.sampled_from(
    ["", "1", "2", "9", "0", "y", "n", "yes", "no", "b", "?", "B", " 1 ", "\x1b[A", "\x03", "\u00b9", "\u0661"]
)
TYPED = st.lists(st.one_of(NEARLY, st.text(max_size=20)), max_size=12)
PIECES = st.sampled_from(
    [
        "privacy",
        "audience",
        "method",
        "platform",
        " = ",
        "true",
        "false",
        '"me"',
        '"',
        "'",
        "[",
        "]",
        "{",
        "\n",
        "\\u",
        "=",
    ]
)
TOML = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(PIECES, max_size=12).map(lambda pieces: "".join(pieces).encode()),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.one_of(st.sampled_from(list(ALLOWED)), st.text(max_size=20))


def whoever_types(lines: list[str]) -> Prompter:
    """Return who is asked in plain text, and types these lines until there is no more input."""
    typed: Iterator[str] = iter(lines)

    def read_line(_: str) -> str:
        for line in typed:
            return line
        raise EOFError

    return PlainPrompter(read_line, lambda _: None)


def outcome(call: Callable[[], Any]) -> tuple[QuickstartError | None, Any]:
    """Return the fault that a call raises, or what it returns; any other exception is a mistake."""
    try:
        return None, call()
    except QuickstartError as fault:
        return fault, None


@BOUNDED
@given(TYPED)
def test_whatever_is_typed_at_the_questions_they_end_with_allowed_answers_or_cancelled(lines: list[str]) -> None:
    for where in (machine(), machine("notebook", "AWS_PROFILE")):
        asked = interview(where=where)
        try:
            answers = asked.ask(whoever_types(lines))
        except KeyboardInterrupt:
            pass
        else:
            assert answers.environment in ALLOWED["environment"]
        assert all(value in ALLOWED[key] for key, value in asked.answered.items())


@BOUNDED
@given(TYPED, st.booleans())
def test_whatever_is_typed_at_yes_or_no_it_ends_with_one_of_them_or_cancelled(lines: list[str], default: bool) -> None:
    words = [line.strip().lower() for line in lines]
    first = next((word for word in words if word in {"", "y", "yes", "n", "no"}), None)
    try:
        answer = whoever_types(lines).confirm("Really", default=default, flag="--yes")
    except KeyboardInterrupt:
        assert first is None
    else:
        assert first is not None
        assert answer is (default if first == "" else first.startswith("y"))


@BOUNDED
@given(st.text(max_size=60))
def test_whatever_is_piped_in_a_stream_is_read_line_by_line(text: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdin", io.StringIO(text))
        patched.setattr(sys, "stderr", io.StringIO())
        try:
            assert PlainPrompter().confirm("Really", default=True, flag="--yes") in (True, False)
        except KeyboardInterrupt:
            assert sys.stdin.read() == ""


@BOUNDED
@given(content=TOML)
def test_whatever_is_in_a_file_it_is_answers_or_a_fault_that_says_what_is_wrong(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_bytes(content)
    refused, answers = outcome(lambda: read(path, ANSWERS))
    if refused:
        assert refused.code in ("bad-answers", "unreadable-answers")
        assert refused.exit_code is ExitCode.USAGE
        error = explain(refused)
        assert all((error.what, error.why, fix_of(error), error.docs))
    else:
        assert answers == tomllib.loads(content.decode())
        assert all(value in ALLOWED[key] for key, value in answers.items())
    assert path.read_bytes() == content


@BOUNDED
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_whatever_an_answer_is_it_is_allowed_or_refused_with_what_is_allowed(answers: dict[str, Any]) -> None:
    refused, _ = outcome(lambda: validate(answers, ANSWERS, "The test"))
    if refused:
        error = explain(refused)
        assert refused.exit_code is ExitCode.USAGE
        assert error.what.startswith("The test: ")
        assert len(error.what) < 200
        assert error.why
    else:
        for key, value in answers.items():
            assert any(type(value) is type(one) and value == one for one in ALLOWED[key])


@BOUNDED
@given(st.text(min_size=1, max_size=30), st.sampled_from([question.key for question in QUESTIONS]))
def test_no_text_but_an_allowed_one_is_an_answer(text: str, key: str) -> None:
    if text in ALLOWED[key]:
        return
    with pytest.raises(QuickstartError, match="bad-answers"):
        validate({key: text}, ANSWERS, "The test")


@BOUNDED
@given(content=st.one_of(TOML, st.just(b'{"when": "2026-11-24", "answers": {"audience": "me"}}')))
def test_whatever_was_kept_of_an_interview_is_usable_or_nothing(content: bytes, place: Path) -> None:
    assert str(unfinished_file()).startswith(str(place))
    unfinished_file().parent.mkdir(parents=True, exist_ok=True)
    unfinished_file().write_bytes(content)
    answers, _ = Unfinished().load(QUESTIONS)
    assert all(value in ALLOWED[key] for key, value in answers.items())
