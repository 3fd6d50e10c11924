"""The code of a class: written, and read in every way in which people type it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickstart.errors import ExitCode, QuickstartError
from quickstart.workshop.participant.join_code import ALPHABET, Code, Invitation, fingerprint_of, new_secret, read

CODE = Code("K7QF3M2P", "ABCDEFGHIJKL")
TEXT = "K7QF-3M2P-ABCD-EFGH-IJKL"
HERE = Invitation("192.168.1.20", 5443, CODE)


def test_written() -> None:
    assert CODE.text == TEXT
    assert HERE.text == f"192.168.1.20:5443/{TEXT}"
    assert HERE.line == f"quickstart join 192.168.1.20:5443/{TEXT}"
    assert HERE.url == "https://192.168.1.20:5443"
    assert Invitation("fd00::20", 443, CODE).url == "https://[fd00::20]"
    assert "K7QF" not in repr(HERE)


def test_a_secret_is_random_and_a_fingerprint_is_not() -> None:
    assert len({new_secret() for _ in range(50)}) == 50
    assert set(new_secret()) <= set(ALPHABET)
    assert fingerprint_of(b"certificate") == fingerprint_of(b"certificate") != fingerprint_of(b"another")
    # base32 of sha256("certificate"), as `openssl dgst -sha256 -binary | base32` has it
    assert fingerprint_of(b"") == "4OYMIQUY7QOB"


@pytest.mark.parametrize(
    "typed",
    [
        f"192.168.1.20:5443/{TEXT}",
        f"192.168.1.20/{TEXT}",
        f"https://192.168.1.20:5443/{TEXT}",
        f"quickstart join 192.168.1.20:5443/{TEXT}",
        f"  quickstart join 192.168.1.20:5443/{TEXT} --name 'Ada L'\n",
        f"!quickstart join 192.168.1.20:5443/{TEXT}",
        f"$ quickstart join 192.168.1.20:5443/{TEXT}",
        f"python -m quickstart join 192.168.1.20:5443/{TEXT}",
        f"quickstart.join('192.168.1.20:5443/{TEXT}', name='Ada')",
        f"\u201c192.168.1.20:5443/{TEXT}\u201d",
        f"192.168.1.20:5443/{TEXT.lower()}",
        f"192.168.1.20:5443/{TEXT.replace('-', '')}",
        f"192.168.1.20:5443/{TEXT.replace('-', ' ')}",
        f"192.168.1.20:5443/{TEXT.replace('-', chr(0x2013))}",
        f"192.168.1.20:5443/{TEXT.replace('-', chr(0x2011))}",
        f"192.168.1.20:5443/{TEXT.replace('I', '1').replace('B', '8')}",
        f"192.168.1.20:5443//{TEXT}/",
        f"192.168.1.20:5443 {TEXT}",
        f"192.168.1.20:5443\\{TEXT}",
        "\uff11\uff19\uff12.168.1.20:5443/" + TEXT,
    ],
)
def test_read(typed: str) -> None:
    assert read(typed) == HERE


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("laptop.local", "laptop.local", 5443),
        ("Laptop", "laptop", 5443),
        ("[fd00::20]", "fd00::20", 5443),
        ("[fd00::20]:99", "fd00::20", 99),
        ("https://class.example.org", "class.example.org", 443),
        ("https://class.example.org:8443", "class.example.org", 8443),
        ("join:5443", "join", 5443),
    ],
)
def test_addresses(address: str, host: str, port: int) -> None:
    assert read(f"{address}/{TEXT}") == Invitation(host, port, CODE)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "it is empty"),
        ("\\/", "it is empty"),
        ("192.168.1.20:5443", "the code is missing"),
        ("192.168.1.20:5443/", "the code is missing"),
        (TEXT, "the address is missing"),
        (f"/{TEXT}", "the address is missing"),
        (f"{TEXT}/192.168.1.20:5443", "after the address"),
        (f"192.168.1.20/{TEXT[:-1]}", "19 characters (1 too few)"),
        (f"192.168.1.20/{TEXT[:-5]}", "16 characters (4 too few)"),
        (f"192.168.1.20/{TEXT}AB", "22 characters (2 too many)"),
        (f"192.168.1.20/{TEXT[:-1]}9", "not 9"),
        (f"192.168.1.20/{TEXT[:-1]}\u00e9", "not \u00c9"),
        (f"http://192.168.1.20/{TEXT}", "https://"),
        (f"192.168.1/{TEXT}", 'invalid host "192.168.1"'),
        (f"192.168.1.300/{TEXT}", "invalid host"),
        (f"host:port/{TEXT}", 'invalid port "port"'),
        (f"host:0/{TEXT}", 'invalid port "0"'),
        (f"host:99999/{TEXT}", "invalid port"),
        (f"me@host/{TEXT}", "must not contain a user name"),
        (f"fd00::20/{TEXT}", "in brackets"),
        (f"[fd00/{TEXT}", "invalid host"),
        (f"[fd00::zz]/{TEXT}", "invalid host"),
        (f"host/path/{TEXT}", "more than one slash"),
        (f"-host/{TEXT}", "invalid host"),
        ("x" * 400, "too long"),
    ],
)
def test_what_is_wrong_is_said(typed: str, words: str) -> None:
    with pytest.raises(QuickstartError) as caught:
        read(typed)
    assert caught.value.code == "bad-code"
    assert caught.value.exit_code is ExitCode.USAGE
    assert words in caught.value.facts["detail"]
    assert "K7QF" not in str(caught.value.facts)


codes = st.text(ALPHABET, min_size=20, max_size=20).map(lambda signs: Code(signs[:8], signs[8:]))
ports = st.integers(1, 65535)
hosts = st.one_of(
    st.ip_addresses().map(str), st.from_regex(r"[a-z][a-z0-9]{0,9}(\.[a-z][a-z0-9]{0,9}){0,2}", fullmatch=True)
)


@given(hosts, ports, codes)
def test_what_is_written_is_read(host: str, port: int, code: Code) -> None:
    invitation = Invitation(host, port, code)
    assert read(invitation.text) == read(invitation.line.lower()) == invitation


@given(st.text())
def test_whatever_is_typed_is_read_or_explained(typed: str) -> None:
    caught = None
    try:
        read(typed)
    except QuickstartError as fault:
        caught = fault
    assert caught is None or caught.code == "bad-code"
