"""Whatever stands in an INI file, by whoever's hand: what is not ours is there afterwards, byte for byte."""

from __future__ import annotations

import configparser
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from databricks.sdk.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from quickstart.config_files import ini
from quickstart.errors import QuickstartError

BOUNDED = settings(max_examples=150, deadline=None, database=None)
NAMES = ("a", "DEFAULT", "__settings__", "b c", "a]b", "[x]", "日本", "Q", "P")
KEYS = ("host", "Token", "auth_type", "client_id", "cluster-id", "ключ", "a b", "x.y")
VALUES = st.dictionaries(
    st.sampled_from(["host", "token", "auth_type", "client_id"]),
    st.one_of(st.text(max_size=12).filter(ini.can_hold), st.sampled_from(["[a]", "#x", "= y", "dapi1"])),
    min_size=1,
)
REPLACED = st.sets(st.sampled_from([key.lower() for key in KEYS]))
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r"])
BLANKS = st.sampled_from(["", "", " ", "\t", "   "])
SOME_VALUE = st.sampled_from(
    ["", "1", "a = b", "x:y", "[p]", "# no comment", "100%", "%(host)s", "значение", "'q' \"r\""]
)
NOBODYS = st.sampled_from(["", "", "  ", "# mine", "; [p]", "  # token = 1", "#"])
MORE = st.sampled_from(["more", "[p]", "token = 2", "[z] x"])


@dataclass(frozen=True)
class File:
    """A file in three pieces, of which the middle one is our section, or nothing."""

    above: bytes
    ours: bytes
    below: bytes

    @property
    def data(self) -> bytes:
        return self.above + self.ours + self.below


@st.composite
def a_section(draw: st.DrawFn, name: str) -> str:
    """A section, its header at the left so that it ends the one above it."""
    lines = [f"[{name}]" + draw(st.sampled_from(["", "", "  ", " # mine", " text"]))]
    depth = -1
    for key in draw(st.lists(st.sampled_from(KEYS), unique_by=str.lower, max_size=4)):
        lines += draw(st.lists(NOBODYS, max_size=2))
        indent = draw(BLANKS)
        if 0 <= depth < len(indent):
            indent = ""
        depth = len(indent)
        delimiter = draw(st.sampled_from(["=", " = ", ":", " : ", "\t=\t"]))
        lines.append(indent + key + delimiter + draw(SOME_VALUE) + draw(BLANKS))
        lines += [" " * (depth + 1) + more for more in draw(st.lists(MORE, max_size=2))]
    lines += draw(st.lists(NOBODYS, max_size=2))
    return "".join(line + draw(ENDS) for line in lines)


@st.composite
def files(draw: st.DrawFn, *, ours: bool) -> File:
    """A file that configparser can read, with or without a section [p]."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    cut = draw(st.integers(0, len(names)))
    above = "".join(line + draw(ENDS) for line in draw(st.lists(NOBODYS, max_size=2)))
    above += "".join(draw(a_section(name)) for name in names[:cut])
    middle = draw(a_section("p")) if ours else ""
    below = "".join(draw(a_section(name)) for name in names[cut:])
    pieces = [above, middle, below]
    if draw(st.booleans()):
        last = max((at for at, piece in enumerate(pieces) if piece), default=0)
        pieces[last] = pieces[last].rstrip("\r\n")
    return File(*(piece.encode() for piece in pieces))


def as_others_read(data: bytes) -> dict[str, dict[str, str]]:
    """Read a file with nothing of ours, as a plain configparser does and, for each profile, as databricks-sdk does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "databrickscfg"
        path.write_bytes(data)
        parser = configparser.ConfigParser()
        assert parser.read(path) == [str(path)]
        sections = {name: dict(values) for name, values in parser._sections.items()}  # type: ignore[attr-defined]
        if parser.defaults():
            sections["DEFAULT"] = dict(parser.defaults())
        for name in set(sections) - {"__settings__"}:
            assert through_the_sdk(path, name) == known_to_the_sdk(sections[name])
    return sections


def through_the_sdk(path: Path, profile: str) -> dict[str, str]:
    """Return what databricks-sdk takes from a file; its constructor would go on and ask the network."""
    config = Config.__new__(Config)
    config._inner = {"config_file": str(path), "profile": profile}
    config._known_file_config_loader()  # type: ignore[no-untyped-call]
    return {key: value for key, value in config._inner.items() if key in ("host", "token", "auth_type", "client_id")}


def known_to_the_sdk(values: dict[str, str]) -> dict[str, str]:
    return {key: values[key] for key in ("host", "token", "auth_type", "client_id") if key in values}


@BOUNDED
@given(files(ours=False), VALUES)
def test_a_section_appended_leaves_everything_else_and_is_taken_out_without_a_trace(
    file: File, values: dict[str, str]
) -> None:
    before = as_others_read(file.data)
    after = ini.write_section(file.data, "p", values)
    assert ini.read(file.data) == before
    assert as_others_read(after) == {**before, "p": values}
    assert after.startswith(file.data + ini.separator(file.data) + b"[p]")
    assert ini.write_section(after, "p", values) == after
    assert ini.section(after, "p") == after.removeprefix(file.data + ini.separator(file.data))
    assert ini.remove_section(after, "p", ini.separator(file.data)) == file.data


@BOUNDED
@given(files(ours=True), VALUES, REPLACED)
def test_a_section_changed_leaves_every_byte_outside_it_and_every_comment_in_it(
    file: File, values: dict[str, str], replaced: set[str]
) -> None:
    before = as_others_read(file.data)
    after = ini.write_section(file.data, "p", values, replaced)
    kept = {key: value for key, value in before["p"].items() if key not in replaced}
    assert as_others_read(after) == {**before, "p": {**kept, **values}}
    assert after.startswith(file.above)
    assert after.endswith(file.below)
    assert ini.section(file.data, "p") == file.ours
    ours = after[len(file.above) : len(after) - len(file.below)]
    assert ini.section(after, "p") == ours
    # A lone \r and a \n that come to stand side by side would be one line end: there one byte more keeps two lines.
    for now, once in zip(nobodys(ours), nobodys(file.ours), strict=True):
        assert now == once or (once.endswith(b"\r") and now == once + b"\n")
    assert ini.write_section(after, "p", values, replaced) == after


@BOUNDED
@given(files(ours=True))
def test_a_section_taken_out_leaves_every_byte_outside_it_and_every_comment_in_it(file: File) -> None:
    before = as_others_read(file.data)
    after = ini.remove_section(file.data, "p", b"")
    assert as_others_read(after) == {name: values for name, values in before.items() if name != "p"}
    assert after == file.above + b"".join(nobodys(file.ours)) + file.below


@BOUNDED
@given(files(ours=False), VALUES, files(ours=False))
def test_what_others_append_later_stays_when_ours_is_taken_out(file: File, values: dict[str, str], later: File) -> None:
    # Whoever appends begins on a line of their own, and gives sections other names.
    appended = later.data.replace(b"[", b"[later ") if later.data.startswith(b"[") else b"[later]\n"
    changed = ini.write_section(file.data, "p", values) + appended
    others = {name: read for name, read in as_others_read(changed).items() if name != "p"}
    after = ini.remove_section(changed, "p", ini.separator(file.data))
    assert as_others_read(after) == others
    assert after.startswith(file.data)
    assert after.endswith(appended)
    assert after.removeprefix(file.data).removesuffix(appended) in (b"", ini.separator(file.data))


@BOUNDED
@given(st.lists(st.sampled_from(["[a]", "[p]", "x = 1", " y", "X: 2", "= 3", "#c", "", " [z]", "\ufeff", "\x85", "é"])))
def test_a_file_that_others_cannot_read_is_not_written_and_one_they_can_is(lines: list[str]) -> None:
    data = "\n".join(lines).encode()
    try:
        before = as_others_read(data)
    except configparser.Error:
        before = None
    if before is None:
        with pytest.raises(QuickstartError) as damaged:
            ini.write_section(data, "p", {"token": "1"})
        assert damaged.value.code == "profiles-damaged"
    else:
        after = ini.write_section(data, "p", {"token": "1"})
        assert as_others_read(after) == {**before, "p": {**before.get("p", {}), "token": "1"}}


def nobodys(data: bytes) -> list[bytes]:
    """Return the comments and blank lines of a piece of a file."""
    return [line for line in data.splitlines(keepends=True) if not line.strip() or line.strip()[:1] in b"#;"]
