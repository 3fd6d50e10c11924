"""The handout says what a participant does before, in and after class, and nothing that a page could run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from quickstart.workshop import record
from quickstart.workshop.handout import as_html, as_markdown
from quickstart.workshop.record import Workshop
from tests.unit.workshop.conftest import Maker
from tests.unit.workshop.test_record import workshop


@pytest.fixture
def given(certified: Maker, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A class with a certificate that somebody brought."""
    certificate, key = certified()
    return replace(workshop(), certificate=str(certificate), key=str(key))


def test_it_loads_nothing_and_runs_nothing(given: Workshop) -> None:
    page = as_html(replace(given, title='<script>alert("x")</script>'))
    assert not re.search(r"<script|<img|\b(src|href|on\w+)=|url\(|@import", page)
    assert "&lt;script&gt;" in page


def test_markdown_takes_a_title_as_it_stands(given: Workshop) -> None:
    assert as_markdown(replace(given, title="a *b* <c>")).startswith(r"# a \*b\* \<c\>")


def test_browsers_warn_of_a_throw_away_certificate_alone(given: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "warn you" not in as_markdown(given)
    monkeypatch.setattr(record, "folder_of", lambda name: Path(given.certificate).parent)
    assert "warn you" in as_markdown(given)
    assert "warn you" in as_html(given)


def test_both_forms_say_the_same(given: Workshop) -> None:
    page, text = as_html(given), as_markdown(given)
    for words in (
        "quickstart join 192.168.1.20:5443/K7QF-3M2P-",
        "quickstart preflight",
        "quickstart undo",
        "load_runs.py",
    ):
        assert words in page
        assert words in text
