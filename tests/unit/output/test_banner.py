"""Large letters: each is five by five, and a word is as wide as there is room for."""

from __future__ import annotations

import string

import pytest

from quickstart.output.banner import HEIGHT, LETTERS, large


def test_every_letter_is_there_and_five_by_five() -> None:
    assert set(LETTERS) == set(string.ascii_uppercase)
    for drawing in LETTERS.values():
        rows = drawing.split("|")
        assert [len(row) for row in rows] == [5] * HEIGHT
        assert set(drawing) <= {"#", " ", "|"}
    assert len(set(LETTERS.values())) == len(LETTERS)


def test_a_letter_is_drawn_row_by_row() -> None:
    assert large("l", 40, "#") == ["  ##", "  ##", "  ##", "  ##", "  ##########"]


@pytest.mark.parametrize("word", ["PASS", "FAIL", "PROVEN"])
def test_a_word_is_twice_as_wide_where_there_is_room(word: str) -> None:
    widths = {columns: max(map(len, large(word, columns))) for columns in (90, 50, 44)}
    assert widths[90] > 1.8 * widths[44]
    for columns, width in widths.items():
        assert width < columns
        assert len(large(word, columns)) == HEIGHT


def test_a_word_without_room_is_itself() -> None:
    assert large("PASS", 20) == ["PASS"]


def test_no_row_ends_with_blanks() -> None:
    assert all(row == row.rstrip() for row in large("PROVEN", 80))
