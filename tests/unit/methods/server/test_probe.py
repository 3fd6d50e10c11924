"""What an answer tells of a server; and addresses as they are pasted."""

from __future__ import annotations

import pytest

from quickstart.errors import QuickstartError
from quickstart.methods.server import address, probe
from quickstart.net.http import Answer, Http


class Canned(Http):
    """Answers without a network: the edge of the machine."""

    def __init__(self, base: str, **answers: Answer) -> None:
        self.base = base
        self._answers = answers

    def request(self, method: str, path: str, **options: object) -> Answer:
        return self._answers["version" if path.endswith("/version") else "api"]


def page(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, {key.replace("_", "-"): value for key, value in headers.items()}, body)


UNASKED = page(401, b"{}", content_type="application/json")
KINDS = {
    "dagshub": ("https://dagshub.com/me/mine.mlflow", page(404, b"{}"), UNASKED, "DagsHub", "basic"),
    "nebius": ("https://public-x.mlflow.nebius.cloud", UNASKED, UNASKED, "Nebius's managed MLflow", "basic"),
    "not said": ("https://a.example.com", UNASKED, UNASKED, "a server that requires a login", "either"),
    "version open, api closed": (
        "https://a.example.com",
        page(200, b"2.22.0"),
        page(401, b"", www_authenticate="Bearer"),
        "MLflow 2.22.0, behind a gateway",
        "token",
    ),
    "too old": (
        "https://a.example.com",
        page(404),
        page(200, b'{"experiments": []}', content_type="application/json"),
        "MLflow, version unknown",
        "none",
    ),
}


@pytest.mark.parametrize(("url", "version", "api", "words", "login"), KINDS.values(), ids=KINDS.keys())
def test_a_kind_is_told_by_its_answers(url: str, version: Answer, api: Answer, words: str, login: str) -> None:
    found = probe.find_kind(Canned(url, version=version, api=api))
    assert found.words.startswith(words)
    assert found.login == login


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (page(301, location="https://b.example.com/mlflow/version"), "server-moved"),
        (page(302, location="/somewhere"), "not-mlflow"),
        (page(503), "behind-down"),
        (page(403), "empty-403"),
        (page(403, b"Invalid Host header"), "host-refused"),
        (page(403, b"<title>No</title>", content_type="text/html"), "forbidden"),
        (page(200, b"hello", content_type="text/plain"), "not-mlflow"),
    ],
)
def test_what_is_none_is_a_fault(answer: Answer, code: str) -> None:
    with pytest.raises(QuickstartError) as caught:
        probe.find_kind(Canned("https://a.example.com", version=answer, api=page(404)))
    assert caught.value.code == code


ADDRESSES = [
    ("mlflow.example.com", "https://mlflow.example.com", True),
    (" https://mlflow.example.com/team/#/experiments/3 \n", "https://mlflow.example.com/team", False),
    ("https://mlflow.example.com:8443/", "https://mlflow.example.com:8443", False),
    ("0.0.0.0:5000", "http://127.0.0.1:5000", False),
    ("localhost:5000", "http://localhost:5000", False),
    ("http://10.0.0.7:5000", "http://10.0.0.7:5000", False),
    ("mlflow.example.com:8080/x?y=1", "https://mlflow.example.com:8080/x", True),
]


@pytest.mark.parametrize(("pasted", "uri", "guessed"), ADDRESSES)
def test_an_address_is_brought_into_form(pasted: str, uri: str, guessed: bool) -> None:
    found = address.parse(pasted)
    assert (found.uri, found.guessed) == (uri, guessed)


def test_a_user_without_a_password_and_one_with_an_at_sign() -> None:
    assert (address.parse("https://me@a.example.com").username, address.parse("https://me@a.example.com").password) == (
        "me",
        None,
    )
    found = address.parse("https://me%40team:p:w@a.example.com/x")
    assert (found.username, found.password and found.password.value) == ("me@team", "p:w")
    assert "p:w" not in repr(found)
