"""What verify says of an address where no MLflow answers: it names what is there, and never waits for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Home, free_port
from tests.messages import fix_of
from tests.real.helpers import stages_of

EMPTY_403 = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ALWAYS_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"
LOGIN_PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<!doctype html><title>Log in</title>"
)


def refused(home: Home, uri: str, code: str, stage: str) -> str:
    """Check that verify fails at a stage with a code, skips what comes after it, and return what it says."""
    document = home.json("verify", uri, status=3)
    assert (document["status"], document["exit_code"], document["error"]["code"]) == ("failed", 3, code)
    assert all(document["error"][part] for part in ("what", "why", "docs"))
    assert fix_of(document["error"])
    stages = stages_of(document)
    names = list(stages)
    assert stages[stage] == "fail"
    assert all(stages[name] != "fail" for name in names[: names.index(stage)])
    assert {stages[name] for name in names[names.index(stage) + 1 :]} == {"skip"}
    assert document["data"]["run"] is None
    return f"{document['error']['what']} {document['error']['why']}"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(EMPTY_403, "empty-403", id="403 with an empty body"),
        pytest.param(ALWAYS_OK, "not-mlflow", id="200 OK to everything"),
        pytest.param(LOGIN_PAGE, "web-server-page", id="a page for a browser"),
        pytest.param(b"220 mail.example.com ESMTP\r\n", "unreachable", id="no HTTP at all"),
    ],
)
def test_a_stranger_on_the_port_is_named(home: Home, taken_port: Callable[..., int], answer: bytes, code: str) -> None:
    port = taken_port(answer)
    assert str(port) in refused(home, f"http://127.0.0.1:{port}", code, "identify")


@pytest.mark.matrix
def test_a_stranger_that_never_answers_is_named(home: Home, taken_port: Callable[..., int]) -> None:
    uri = f"http://127.0.0.1:{taken_port(None)}"
    assert f"{uri} accepted the connection but timed out" in refused(home, uri, "no-answer", "identify")


def test_a_closed_port_is_a_server_that_is_down(home: Home) -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    assert f"Cannot connect to {uri}" in refused(home, uri, "server-down", "connect")


def test_a_name_that_nobody_has_is_named(home: Home) -> None:
    name = "no-such-machine.invalid"
    assert name in refused(home, f"http://{name}:5000", "name-unknown", "connect")


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("http://", id="no host"),
        pytest.param("http://host:port", id="no port number"),
        pytest.param("http://127.0.0.1:99999", id="no such port"),
        pytest.param("not an address", id="words"),
        pytest.param(f"http://{'long' * 16}.invalid:5000", id="a name longer than any"),
        pytest.param("http://two..dots.invalid:5000", id="a name with an empty part"),
    ],
)
def test_what_is_no_address_is_refused_in_words(home: Home, pasted: str) -> None:
    assert pasted in refused(home, pasted, "bad-uri", "resolve")


def test_an_address_with_a_password_is_refused_and_not_repeated(home: Home) -> None:
    ran = home.run("verify", "http://ada:lovelace@127.0.0.1:5000", "--json", status=3)
    assert ran.json["error"]["code"] == "secret-in-uri"
    assert "lovelace" not in ran.out + ran.err


def test_nothing_to_verify_is_said_at_once(home: Home) -> None:
    document = home.json("verify", status=1)
    assert document["error"]["code"] == "no-connection"
