"""One section of another tool's INI file: what is written is read so, and nothing else moves by a byte."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from quickstart.config_files import ini
from quickstart.errors import QuickstartError

VALUES = {"host": "https://x.cloud.databricks.com", "token": "dapi1"}
BLOCK = b"[p]\nhost = https://x.cloud.databricks.com\ntoken = dapi1\n"
SECRET = "dapi0123456789"

# A file without our section, and what must stand between its end and our header.
WITHOUT: dict[str, tuple[bytes, bytes]] = {
    "an empty file": (b"", b""),
    "only a blank line": (b"\n", b""),
    "only blanks": (b"  ", b"\n"),
    "only comments": (b"# mine\n; too\n", b"\n"),
    "a blank line at the end": (b"[a]\nx = 1\n\n", b""),
    "no blank line at the end": (b"[a]\nx = 1\n", b"\n"),
    "no line end": (b"[a]\nx = 1", b"\n\n"),
    "only a header": (b"[a]", b"\n\n"),
    "Windows line ends": (b"[a]\r\nx = 1\r\n", b"\r\n"),
    "Windows line ends but the last": (b"[a]\r\nx = 1", b"\r\n\r\n"),
    "mostly Windows line ends": (b"[a]\r\nx = 1\r\ny = 2\n", b"\r\n"),
    "mostly Unix line ends": (b"[a]\nx = 1\ny = 2\r\n", b"\n"),
    "old Mac line ends": (b"[a]\rx = 1\r", b"\r"),
    "a stray carriage return at the end": (b"[a]\nx = 1\ny = 2\r", b"\n\n"),
    "a value of several lines at the end": (b"[a]\nx = 1\n  2\n  [p]\n", b"\n"),
    "a header that is a continuation line": (b"[a]\nx = 1\n [p]\n token = 2\n", b"\n"),
    "a header in a comment": (b"[a]\nx = 1\n# [p]\n# token = 2\n", b"\n"),
    "our name in a value": (b"[a]\nx = [p]\n", b"\n"),
    "our name in other letters": (b"[P]\nx = 1\n[ p ]\nx = 2\n", b"\n"),
    "a header that only begins like ours": (b"[p] # see [q]\nx = 1\n", b"\n"),
    "a good [DEFAULT]": (b"[DEFAULT]\nhost = https://good\ntoken = good\n", b"\n"),
    "a percent sign": (b"[a]\nx = 100%\ny = %(x)s\n", b"\n"),
    "names and values in other scripts": ("[日本 [é]]\nключ = значение\n".encode(), b"\n"),
}


@pytest.mark.parametrize(("data", "lead"), WITHOUT.values(), ids=WITHOUT)
def test_a_new_section_is_appended_after_a_blank_line_and_taken_out_without_a_trace(data: bytes, lead: bytes) -> None:
    after = ini.write_section(data, "p", VALUES)
    assert ini.separator(data) == lead
    assert after.replace(b"\r\n", b"\n").replace(b"\r", b"\n").endswith(BLOCK)
    assert after.startswith(data + lead + b"[p]")
    assert ini.read(after) == {**ini.read(data), "p": VALUES}
    assert ini.remove_section(after, "p", lead) == data


# A file with our section, what is put in it besides VALUES, and what it is afterwards; the rest of either is the same.
WITH: dict[str, tuple[bytes, tuple[str, ...], bytes]] = {
    "the same values": (b"[p]\nHOST=https://x.cloud.databricks.com \ntoken :dapi1\n", (), b""),
    "two keys in place": (b"[p]\ntoken = old\nhost = old\n", (), b"[p]\ntoken = dapi1\nhost = %h\n"),
    "colons, blanks, capitals": (b"[p]\nHost:old\nToken\t=  old \n", (), b"[p]\nHost:%h\nToken\t=  dapi1\n"),
    "an empty value": (b"[p]\nhost =\ntoken=\n", (), b"[p]\nhost =%h\ntoken=dapi1\n"),
    "a value with delimiters": (b"[p]\nhost = a=b:c\ntoken = 1\n", (), b"[p]\nhost = %h\ntoken = dapi1\n"),
    "a value of several lines": (
        b"[p]\nhost = old\n  more\n\n# mine\n  even more\ntoken = dapi1\n",
        (),
        b"[p]\nhost = %h\n\n# mine\ntoken = dapi1\n",
    ),
    "a key that is missing": (b"[p]\ntoken = old\n# mine\n\n", (), b"[p]\ntoken = dapi1\nhost = %h\n# mine\n\n"),
    "no key yet": (b"[p]\n# mine\n", (), b"[p]\nhost = %h\ntoken = dapi1\n# mine\n"),
    "keys that go": (
        b"[p]\nclient_id = 1\n 2\nhost = old\n; mine\nAuth_Type = oauth\ntoken = old\ncluster_id = 5\n",
        ("client_id", "auth_type", "token"),
        b"[p]\nhost = %h\n; mine\ntoken = dapi1\ncluster_id = 5\n",
    ),
    "indented keys": (b"[p]\n  cluster_id = 5\n", (), b"[p]\n  cluster_id = 5\n  host = %h\n  token = dapi1\n"),
    "the last key goes": (b"[p]\nhost = x\nuser = 5\n", ("user",), b"[p]\nhost = %h\ntoken = dapi1\n"),
}
NEXT = {"the end": b"", "a section": b"[z]\nx = 1\n", "text after its header": b"[z] x\ny : 2"}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["Unix", "Windows"])
@pytest.mark.parametrize("following", NEXT.values(), ids=NEXT)
@pytest.mark.parametrize(("ours", "replaced", "expected"), WITH.values(), ids=WITH)
def test_a_section_that_is_there_is_changed_in_place(
    ours: bytes, replaced: tuple[str, ...], expected: bytes, following: bytes, end: bytes
) -> None:
    above = b"# all mine\n[a]\ntoken = other\n"
    wanted = (expected or ours).replace(b"%h", VALUES["host"].encode())
    data, whole = ((above + text + following).replace(b"\n", end) for text in (ours, wanted))
    assert ini.write_section(data, "p", VALUES, replaced) == whole


def test_a_last_line_without_a_line_end_is_ended_before_a_key_is_added() -> None:
    assert ini.write_section(b"[p]\r\nhost = old", "p", {"host": "new"}) == b"[p]\r\nhost = new"
    assert ini.write_section(b"[p]\r\nhost = old", "p", {"token": "1"}) == b"[p]\r\nhost = old\r\ntoken = 1\r\n"
    assert ini.write_section(b"[p]", "p", {"token": "1"}) == b"[p]\ntoken = 1\n"
    assert ini.write_section(b"[p]\na = 1\nb = 2", "p", {"c": "3"}, ["b"]) == b"[p]\na = 1\nc = 3\n"


def test_an_indented_header_after_ours_does_not_become_a_part_of_our_value() -> None:
    assert ini.write_section(b"[p]\n\t[z]\n", "p", {"token": "1"}) == b"[p]\n\ttoken = 1\n\t[z]\n"
    assert ini.write_section(b"[p]\n  a = 1\n [z]\n", "p", {"b": "2"}, ["a"]) == b"[p]\n  b = 2\n [z]\n"
    assert ini.write_section(b"[p]\n  a = 1\n   2\n [z]\n", "p", {"b": "2"}) == b"[p]\n  a = 1\n   2\n b = 2\n [z]\n"


def test_default_is_a_section_like_others_even_in_two_pieces() -> None:
    data = b"[DEFAULT]\nhost = good\n[a]\nx = 1\n[DEFAULT]\ntoken = good\n[b]\n"
    assert ini.read(data) == {"a": {"x": "1"}, "b": {}, "DEFAULT": {"host": "good", "token": "good"}}
    after = ini.write_section(data, "DEFAULT", {"host": "new", "auth_type": "pat"}, ["token"])
    assert after == b"[DEFAULT]\nhost = new\n[a]\nx = 1\n[DEFAULT]\nauth_type = pat\n[b]\n"
    assert ini.remove_section(after, "DEFAULT", b"") == b"[a]\nx = 1\n[b]\n"
    assert ini.section(b"[DEFAULT]\n", "DEFAULT") == b"[DEFAULT]\n"
    assert ini.read(b"[DEFAULT]\n") == {}


def test_a_section_is_given_to_just_before_the_next_one() -> None:
    data = b"# mine\n[a]\r\nx = 1\n  [p]\n; too\n\n[p]\ny = 2\n\n"
    assert ini.section(data, "a") == b"[a]\r\nx = 1\n  [p]\n; too\n\n"
    assert ini.section(data, "p") == b"[p]\ny = 2\n\n"
    assert ini.section(data, "q") is None


# What others did to the file after a section was appended to b"[a]\nx = 1", and what is left once it is taken out.
MEANWHILE: dict[str, tuple[bytes, bytes]] = {
    "a section after it": (b"[a]\nx = 1\n\n" + BLOCK + b"[z]\ny = 2", b"[a]\nx = 1\n\n[z]\ny = 2"),
    "a comment after it": (b"[a]\nx = 1\n\n" + BLOCK + b"\n# z\n", b"[a]\nx = 1\n\n\n# z\n"),
    "a comment within it": (b"[a]\nx = 1\n\n[p]\n# z\nhost = 1\n", b"[a]\nx = 1\n\n# z\n"),
    "a comment right before it": (b"[a]\nx = 1\n\n# z\n" + BLOCK, b"[a]\nx = 1\n\n# z\n"),
    "the blank line removed": (b"[a]\nx = 1\n" + BLOCK, b"[a]\nx = 1\n"),
    "a key added above": (b"[a]\nx = 1\ny = 2\n\n" + BLOCK, b"[a]\nx = 1\ny = 2"),
    "everything else removed": (BLOCK, b""),
    "moved to the top": (BLOCK + b"\n[a]\nx = 1", b"\n[a]\nx = 1"),
    "gone already": (b"[a]\nx = 1\n\n", b"[a]\nx = 1\n\n"),
}


@pytest.mark.parametrize(("data", "left"), MEANWHILE.values(), ids=MEANWHILE)
def test_what_others_did_since_stays_when_a_section_is_taken_out(data: bytes, left: bytes) -> None:
    assert ini.remove_section(data, "p", ini.separator(b"[a]\nx = 1")) == left


def test_the_lead_goes_with_the_section_where_nothing_needs_it() -> None:
    data = b"[a]\nx = 1\n"
    after = ini.write_section(data, "p", VALUES) + b"\n[z]\ny = 2\n"
    assert ini.remove_section(after, "p", ini.separator(data)) == data + b"\n[z]\ny = 2\n"


def test_mlflow_login_on_the_section_before_ours_leaves_our_header_alone(tmp_path: Path) -> None:
    from mlflow.utils.credentials import _overwrite_or_create_databricks_profile as as_login_does

    path = tmp_path / ".databrickscfg"
    for data in (b"[a]\nhost = x", b"[a]\nhost = x\n", b"[a]\nhost = x\n\n"):
        path.write_bytes(ini.write_section(data, "p", VALUES))
        as_login_does(str(path), {"host": "new", "token": "new"}, "a")  # type: ignore[no-untyped-call]
        assert ini.read(path.read_bytes()) == {"a": {"host": "new", "token": "new"}, "p": VALUES}
        # The trap itself, without the blank line.
        path.write_bytes(b"[a]\nhost = x\n" + BLOCK)
        as_login_does(str(path), {"host": "new", "token": "new"}, "a")  # type: ignore[no-untyped-call]
        assert b"[p]" not in path.read_bytes()


DAMAGED: dict[str, tuple[bytes, str]] = {
    "text above the first header": (f"# mine\n{SECRET}\n[a]\n".encode(), "missing section header error in line 2"),
    "a key without a value": (f"[a]\nx = 1\n{SECRET}\ny\n".encode(), "parsing error in line 3, 4"),
    "a value without a key": (f"[a]\n= {SECRET}\n".encode(), "parsing error in line 2"),
    "a key twice": (f"[a]\n{SECRET} = 1\n{SECRET.upper()} : 2\n".encode(), "duplicate option error in line 3"),
    "a section twice": (f"[{SECRET}]\n\n[{SECRET}]\n".encode(), "duplicate section error in line 3"),
    "a byte order mark": (f"[{SECRET}]\n".encode("utf-8-sig"), "line 1 begins with a byte order mark"),
    "another encoding": (f"[a]\nx = é{SECRET}\n".encode("latin-1"), f"it is not encoded in {ini.ENCODING.lower()}"),
}


@pytest.mark.parametrize(("data", "detail"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_not_written_and_never_quoted(data: bytes, detail: str) -> None:
    for act in (
        lambda: ini.read(data),
        lambda: ini.write_section(data, "p", VALUES),
        lambda: ini.remove_section(data, "a", b""),
    ):
        with pytest.raises(QuickstartError) as damaged:
            act()
        assert (damaged.value.code, damaged.value.facts) == ("profiles-damaged", {"detail": detail})
        # The source line of a frame may name the variable, but nothing may name what it holds.
        assert SECRET not in "".join(traceback.format_exception(damaged.value)).lower()


@pytest.mark.parametrize(
    "value",
    [f"{SECRET}{odd}x" for odd in ("\n", "\r", "\r\n", "\t", "\x00", "\x85", "\u2028", "\ud800", "%", "%(host)s")]
    + [f" {SECRET}", f"{SECRET} ", f"{SECRET}\xa0"],
)
def test_a_value_that_would_be_read_otherwise_is_refused_and_not_quoted(value: str) -> None:
    assert not ini.can_hold(value)
    with pytest.raises(ValueError, match="cannot hold") as refused:
        ini.write_section(b"", "p", {"token": value})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("value", ["", "a b", "#a", ";a", "[a]", "= a", ": a", "a # b", "日本", "'a'", "$x", "\\n"])
def test_a_value_that_only_looks_odd_is_read_as_it_was_given(value: str) -> None:
    after = ini.write_section(b"", "p", {"token": value, "host": "x"})
    assert ini.read(after) == {"p": {"token": value, "host": "x"}}


@pytest.mark.parametrize("name", ["a b", "a]b", "[a]", "]", " a ", "#a", "日本", "a = b", "__settings__", "DEFAULT"])
def test_any_name_of_one_line_can_name_a_section(name: str) -> None:
    data = b"[x]\ny = 1\n"
    after = ini.write_section(data, name, VALUES)
    assert ini.read(after) == {"x": {"y": "1"}, name: VALUES}
    assert ini.write_section(after, name, VALUES) == after
    assert ini.remove_section(after, name, ini.separator(data)) == data


@pytest.mark.parametrize(
    ("name", "values"),
    [("", VALUES), ("a\nb", VALUES), ("p", {}), ("p", {"": "x"}), ("p", {"a b": "x"}), ("p", {"Host": "x"})]
    + [("p", {key: "x"}) for key in ("#a", "[a]", "a=", "a:b", "a\n", " a")],
)
def test_a_name_or_key_that_would_be_read_otherwise_is_refused(name: str, values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        ini.write_section(b"", name, values)


def test_a_layout_that_would_not_read_as_it_shall_is_refused_not_written() -> None:
    # Without [p], the header of [z] would continue the value of x.
    with pytest.raises(QuickstartError) as refused:
        ini.remove_section(b"[a]\nx = 1\n[p]\n  [z]\n", "p", b"")
    assert refused.value.facts == {"detail": "its layout cannot be changed safely"}


def test_a_change_that_would_lose_something_is_refused_even_if_we_cannot_think_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ini, "_changed", lambda *_: BLOCK)
    with pytest.raises(QuickstartError) as refused:
        ini.write_section(b"[a]\nx = 1\n", "p", VALUES)
    assert refused.value.code == "profiles-damaged"


def test_a_fingerprint_tells_a_changed_meaning_and_nothing_else() -> None:
    one = ini.fingerprint({"host": "x", "token": "1"}, "salt")
    assert one == ini.fingerprint({"token": "1", "host": "x"}, "salt")
    others = [({"host": "x", "token": "2"}, "salt"), ({"host": "x"}, "salt"), ({"host": "x", "token": "1"}, "pepper")]
    assert len({one, *(ini.fingerprint(values, salt) for values, salt in others)}) == 4
    assert len(one) == 64
    assert set(one) <= set("0123456789abcdef")
