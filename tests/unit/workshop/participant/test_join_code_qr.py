"""QR codes: what a scanner sees on the board, on the handout and in a terminal is the text's code."""

from __future__ import annotations

import re

import pytest
import segno

from quickstart.workshop.participant import join_code

LINE = "quickstart join 192.168.1.20:5443/K7QF-3M2P-ABCD-EFGH-IJKL"
CODES = pytest.mark.parametrize(
    ("text", "level", "size"),
    [(LINE, "M", 33), ("x" * 271, "L", 57), ("x" * 150, "M", 49), ("a", "L", 21), ("Zo\u00eb \u6f22", "M", 21)],
)
Rows = list[list[bool]]


def with_quiet_zone(text: str, level: str) -> Rows:
    rows = [[bool(module) for module in row] for row in segno.make_qr(text, error=level).matrix]
    side = [False] * 4
    blank = [False] * (len(rows) + 8)
    return [blank] * 4 + [[*side, *row, *side] for row in rows] + [blank] * 4


@CODES
def test_a_code_is_as_small_as_its_text_and_level_allow(text: str, level: str, size: int) -> None:
    assert [len(row) for row in join_code.qr_matrix(text, level)] == [size + 8] * (size + 8)


@CODES
def test_an_image_is_the_code_in_black_on_white(text: str, level: str, size: int) -> None:
    image = join_code.qr_svg(text, level)
    wide = size + 8
    assert image.startswith('<svg xmlns="http://www.w3.org/2000/svg" ')
    assert f'viewBox="0 0 {wide} {wide}"' in image
    white, dark = re.findall(r'<path ?(?:fill="#fff")? d="([^"]*)"/>', image)
    assert white == f"M0 0h{wide}v{wide}H0z"
    drawn = {(int(row), int(column)) for column, row in re.findall(r"M(\d+) (\d+)h1v1h-1z", dark)}
    rows = [[(row, column) in drawn for column in range(wide)] for row in range(wide)]
    assert rows == with_quiet_zone(text, level)


@CODES
def test_a_terminal_shows_the_code_two_modules_in_one_character(text: str, level: str, size: int) -> None:
    lines = join_code.qr_half_blocks(text, level)
    assert [len(line) for line in lines] == [size + 8] * ((size + 9) // 2)
    dark = {"█": (False, False), "▀": (False, True), "▄": (True, False), " ": (True, True)}
    rows = [[dark[block][half] for block in line] for line in lines for half in (0, 1)]
    assert rows[-1] == [False] * (size + 8)
    assert rows[:-1] == with_quiet_zone(text, level)


def test_a_text_too_long_for_a_qr_code_is_refused() -> None:
    with pytest.raises(ValueError, match="Data too large"):
        join_code.qr_svg("x" * 3000)
