"""A .env file: what it sets, and that a line of it gets another value without a byte more being changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickstart.config_files.dotenv import last_line, mark, read_settings, replace_line, with_value

LINES = [
    (b"A=x\n", "x", b"A=new\n"),
    (b"export A = x  # why\r\n", "x", b"export A = new  # why\r\n"),
    (b"A='x y ' # it's 'mine'\n", "x y ", b"A='new' # it's 'mine'\n"),
    (b'A="x"', "x", b'A="new"'),
    (b"A=http://h/#/1\n", "http://h/#/1", b"A=new\n"),
    (b"  A=\n", "", b"  A=new\n"),
    (b"A='x\n", "'x", b"A=new\n"),
    (b"A=x \n", "x", b"A=new \n"),
]


@pytest.mark.parametrize(("line", "value", "changed"), LINES)
def test_a_line_is_read_and_gets_another_value(line: bytes, value: str, changed: bytes) -> None:
    assert dict(read_settings(line)) == {"A": value}
    assert with_value(line, "new") == changed


def test_the_last_line_that_sets_a_variable_counts() -> None:
    data = b"A=1\n#A=2\nAB=3\nA=4\nB=A=5\n"
    assert last_line(data, "A") == b"A=4\n"
    assert last_line(data, "C") is None


@given(st.lists(st.sampled_from([line for line, _, _ in LINES] + [b"\n", b"# A=1\n", b"\xff\xfe=\n"])), st.text("ab"))
def test_a_file_that_is_changed_and_changed_back_is_the_same(lines: list[bytes], salt: str) -> None:
    data = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)
    line = last_line(data, "A")
    if line is None:
        assert replace_line(data, mark(b"A=1\n", salt), salt, b"A=2\n") in (None, data)
        return
    new = with_value(line, "something-else")
    changed = replace_line(data, mark(line, salt), salt, new)
    assert changed is not None
    assert changed != data
    assert replace_line(changed, mark(new, salt), salt, line) == data
