"""No text, whoever it comes from, steers a screen: not as markup, not as an escape code, on none that there is."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import IO

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.explain import explain
from quickstart.methods.catalog import METHODS
from quickstart.models import (
    Alternative,
    Answers,
    Connection,
    ConnectionStatus,
    Machine,
    Plan,
    Stage,
    Step,
    StepResult,
    Verification,
)
from quickstart.output import draw
from quickstart.output.console import Screen, Spinner, Working, escape_text, side_by_side
from quickstart.output.reporter import ConsoleReporter
from quickstart.results import ConnectionsResult, LogsResult, Outcome, ServersResult, ServerStatus, UndoResult
from quickstart.wizard.recommend import recommend

LAPTOP = Machine("Linux", "laptop", "no sign of anything else", "3.11.7")
MARKUP = "[bold red]no[/bold red] [link=https://evil.example.com]x[/link] :smile: [/] \\[a]"
ESCAPES = "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example.com\x07x\x1b]8;;\x07 \x9b2J \r\n\x08\x7f\u202e"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
BOUNDED = settings(
    max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TEXT = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=80),
    st.lists(
        st.sampled_from(["[bold]", "[/]", "[/x]", "\\[", "\x1b[31m", "\r", "\n", "\t", "日本", "x" * 30, " "]),
        min_size=1,
    ).map("".join),
)
WIDTH = st.integers(20, 120)
ENCODING = st.sampled_from(["utf-8", "ascii", "cp1252"])


def drawn(text: str, columns: int, encoding: str, color: str) -> str:
    """Draw everything there is with this text in every place that a stranger can fill; return what was written."""
    raw = io.BytesIO()
    file: IO[str] = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace", newline="")
    screen = Screen(color, everything=file)
    screen.out.width = screen.err.width = columns
    reporter = ConsoleReporter(screen, Working(screen))
    recommendation = recommend(Answers(), LAPTOP, METHODS)
    strange = (text, text)

    reporter.on_machine(replace(LAPTOP, evidence=text, system=text), text, text)
    reporter.on_connection(ConnectionStatus(Connection(text, text, text), True, "2026-11-24T00:48:38+00:00", 1, 2))
    reporter.on_recommendation(
        replace(
            recommendation,
            title=text,
            method=text,
            reasons=strange,
            warnings=strange,
            alternatives=(Alternative("local", text, text, True, text),),
        )
    )
    reporter.on_plan(Plan(text, text, (Step(text, text, text, text, text, {}),)))
    reporter.on_undo((Step(text, text, text, text, text, {}),), delete_data=True)
    reporter.on_commands(strange)
    reporter.on_step(StepResult(text, "warn", text, 1.5))
    reporter.on_verification(Verification(text, (), 0.1, run={"name": text, "url": text}))
    reporter.on_error(Explanation(text, text, text, text, text, text))
    reporter.progress(text, text)
    connection = Connection(text, text, text)
    server = ServerStatus(text, True, 7, text, text, text, text, text, text, "2026-11-24T00:48:38+00:00")
    draw.draw(screen, Outcome("server status", ServersResult((server, replace(server, running=False)))))
    draw.draw(screen, Outcome("server logs", LogsResult(server, (text, text))))
    stages = (Stage(text, "ok", 0.1, text),)
    run = {"name": text, "url": text}
    draw.draw(screen, Outcome("verify", Verification(text, stages, 0.1, run=run, metrics={text: 1.0})))
    draw.draw(screen, Outcome("list", ConnectionsResult((connection,), connection)))
    draw.draw(screen, Outcome("undo", UndoResult((StepResult(text, "ok", text),), (text,))))
    fault = QuickstartError("bad-answers", ExitCode.USAGE, source=text, detail=text, allowed=text)
    draw.draw(screen, Outcome("quickstart", None, explain(fault), ExitCode.USAGE, again=text))
    file.flush()
    return raw.getvalue().decode(encoding)


@BOUNDED
@example(MARKUP, 80, "utf-8")
@example(MARKUP, 20, "ascii")
@example(ESCAPES, 80, "utf-8")
@example(ESCAPES, 20, "ascii")
@given(TEXT, WIDTH, ENCODING)
def test_no_text_steers_a_screen(text: str, columns: int, encoding: str) -> None:
    seen = drawn(text, columns, encoding, "never")
    assert CONTROL.findall(seen) == []


@pytest.mark.parametrize("columns", [20, 40, 80, 120])
def test_markup_is_shown_as_it_was_typed(columns: int) -> None:
    seen = re.sub(r"\s+", "", drawn(MARKUP, columns, "utf-8", "never"))
    assert seen.count(re.sub(r"\s+", "", MARKUP)) > 20


def test_where_there_is_colour_the_only_escape_codes_are_those_of_the_screen_itself() -> None:
    plain = drawn("a text that is not strange", 80, "utf-8", "always")
    strange = drawn(ESCAPES, 80, "utf-8", "always")
    codes = re.compile(r"\x1b(?:\[[0-9;]*m)?")
    assert set(codes.findall(strange)) <= set(codes.findall(plain))
    assert "\x9b" not in strange


def test_what_speaks_for_and_against_a_method_steers_no_screen() -> None:
    file = io.StringIO()
    screen = Screen("never", everything=file)
    screen.out.width = 200
    side_by_side(screen.out, ("For", [ESCAPES]), ("Against", [ESCAPES]))
    assert CONTROL.findall(file.getvalue()) == []


def test_what_an_installer_prints_steers_no_spinner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    file = io.StringIO()
    spinner = Spinner(Screen("always", everything=file).err)
    spinner.show("installing", "a wheel \x1b]0;evil\x07 \x1b[31m")
    spinner.stop()
    assert "evil" in file.getvalue()
    assert "\x1b]0;" not in file.getvalue()


@BOUNDED
@given(st.text())
def test_what_was_made_harmless_is_as_long_as_before_and_stays_harmless(text: str) -> None:
    safe = escape_text(text)
    assert len(safe) == len(text)
    assert escape_text(safe) == safe
    assert all(sign.isprintable() or sign in "\t\xa0" for sign in safe)
    assert not text.isprintable() or safe == text
