"""The handout says what a participant does before, in and after class, and nothing that a page could run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from quickstart.workshop.instructor import record
from quickstart.workshop.instructor.handout import Sheet, as_html, as_markdown, planned_sheet, sheet
from quickstart.workshop.instructor.record import Workshop
from tests.unit.workshop.conftest import Maker
from tests.unit.workshop.instructor.test_record import workshop


@pytest.fixture
def given(certified: Maker) -> Workshop:
    """A class with a certificate that somebody brought."""
    certificate, key = certified()
    return replace(workshop(), certificate=str(certificate), key=str(key))


def test_it_loads_nothing_and_runs_nothing(given: Workshop) -> None:
    page = as_html(sheet(replace(given, title='<script>alert("x")</script>')))
    assert not re.search(r"<script|<img|\b(src|href|on\w+)=|url\(|@import", page)
    assert "&lt;script&gt;" in page


def test_markdown_takes_a_title_as_it_stands(given: Workshop) -> None:
    assert as_markdown(sheet(replace(given, title="a *b* <c>"))).startswith(r"# a \*b\* \<c\>")


def test_browsers_warn_of_a_throw_away_certificate_alone(given: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "shows a warning" not in as_markdown(sheet(given))
    monkeypatch.setattr(record, "folder_of", lambda name: Path(given.certificate).parent)
    assert "shows a warning" in as_markdown(sheet(given))
    assert "shows a warning" in as_html(sheet(given))


def test_both_forms_say_the_same(given: Workshop) -> None:
    page, text = as_html(sheet(given)), as_markdown(sheet(given))
    for words in (
        "quickstart join 192.168.1.20:5443/K7QF-3M2P-",
        "quickstart preflight",
        "quickstart undo",
        "load_runs.py",
        "python3 -m venv",
        "registered models",
    ):
        assert words in page
        assert words in text


def test_before_the_class_is_open_it_has_no_code_and_can_be_sent_to_all(place: Path) -> None:
    early = planned_sheet("course", "MLOps", "pip install ./ours")
    assert early == Sheet("course", "MLOps", "pip install ./ours")
    for told in (as_html(early), as_markdown(early)):
        assert "quickstart join ADDRESS/CODE" in told
        assert "pip install ./ours" in told
        assert "Your line" not in told


def test_of_a_class_that_was_closed_it_has_no_code_either(given: Workshop) -> None:
    assert sheet(replace(given, closed="2026-01-01T00:00:00+00:00", secret="")).invitation is None
