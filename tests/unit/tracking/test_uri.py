"""Tracking URIs as people paste them."""

from __future__ import annotations

import random
import string

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.tracking.check import ConnectionCheck, verify
from quickstart.tracking.uri import Resolved, resolve

HOME = "http://127.0.0.1:5000"

GOOD = [
    # pasted, called, words of what was changed
    (HOME, HOME, []),
    ("https://tracking.example.org", "https://tracking.example.org", []),
    (f"  {HOME}\n", HOME, ["blanks or quotes"]),
    (f'"{HOME}"', HOME, ["blanks or quotes"]),
    (f"' {HOME} '", HOME, ["blanks or quotes"]),
    (f"{HOME}/", HOME, []),
    (f"{HOME}/#/experiments/1/runs/ab12", HOME, ["browser"]),
    (f"{HOME}/?o=1234#/experiments", HOME, ["browser"]),
    (f"{HOME}/mlflow/#/experiments/1", f"{HOME}/mlflow", ["browser"]),
    (f"{HOME}/team/mlflow/", f"{HOME}/team/mlflow", []),
    ("127.0.0.1:5000", HOME, ["http://"]),
    ("localhost:5000", "http://localhost:5000", ["http://"]),
    ("tracking.example.org", "http://tracking.example.org", ["http://"]),
    ("tracking.example.org/mlflow", "http://tracking.example.org/mlflow", ["http://"]),
    ("http://0.0.0.0:5000", HOME, ["listen on"]),
    ("0.0.0.0:5000", HOME, ["http://", "listen on"]),
    ("http://[::]:5000", "http://[::1]:5000", ["listen on"]),
    ("http://[::1]:5000/", "http://[::1]:5000", []),
    ("http://[2001:db8::7]", "http://[2001:db8::7]", []),
    ("HTTP://LOCALHOST:5000", "http://localhost:5000", []),
    ("HTTPS://Tracking.Example.ORG/MLflow", "https://tracking.example.org/MLflow", []),
    # Names of machines that merely begin like another kind of tracking URI.
    ("databricks-proxy.example.org:5000", "http://databricks-proxy.example.org:5000", ["http://"]),
    ("fileserver:5000", "http://fileserver:5000", ["http://"]),
    ("ucla.example.org", "http://ucla.example.org", ["http://"]),
    ("arnold:5000", "http://arnold:5000", ["http://"]),
]

PORTS = [(HOME, 5000), ("http://h", 80), ("https://h", 443), ("https://h:8443", 8443), ("http://[::1]:5000", 5000)]

BAD = {
    "no-http-uri": [
        "databricks",
        "databricks://profile",
        "databricks-uc",
        "uc:http://127.0.0.1",
        "file:///tmp/mlruns",
        "file:./mlruns",
        "sqlite:///mlflow.db",
        "sqlite:////tmp/mlflow.db",
        "mysql+pymysql:///db",
        "azureml://westeurope.api.azureml.ms/mlflow/v1.0/subscriptions/x",
        "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/x",
    ],
    "bad-uri": [
        "",
        "   ",
        '""',
        "http://",
        "http:///path",
        "http://:5000",
        "ftp://127.0.0.1",
        "postgresql://127.0.0.1/db",
        "http://127.0.0.1:notaport",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://127.0.0.1 :5000",
        "http://one two",
        "http://<server>:5000",
        "http://{host}:5000",
        "http:/127.0.0.1:5000",
        "http://[::1",
        "http://a..b:5000",
        f"http://{'a' * 64}:5000",
        "http://127.0.0.1:5000\0",
        "http://127.0.0.1\n.example.org",
        "mlflow ui --port 5000",
    ],
    "secret-in-uri": [
        "http://me@127.0.0.1:5000",
        "http://me:hunter2@127.0.0.1:5000",
        "http://:hunter2@127.0.0.1:5000",
        "me:hunter2@127.0.0.1:5000",
    ],
}
BAD_ROWS = [(code, pasted) for code, rows in BAD.items() for pasted in rows]


@pytest.mark.parametrize(("pasted", "called", "changes"), GOOD, ids=[pasted for pasted, _, _ in GOOD])
def test_what_is_pasted_becomes_what_can_be_called(pasted: str, called: str, changes: list[str]) -> None:
    found = resolve(pasted)
    assert found.uri == called
    assert len(found.changes) == len(changes)
    for told, words in zip(found.changes, changes, strict=True):
        assert words in told


@pytest.mark.parametrize(("pasted", "port"), PORTS)
def test_a_uri_without_a_port_means_that_of_its_scheme(pasted: str, port: int) -> None:
    assert resolve(pasted).port == port


@pytest.mark.parametrize(
    ("pasted", "host", "local"),
    [
        ("http://localhost:5000", "localhost", True),
        ("http://127.0.0.53", "127.0.0.53", True),
        ("http://[::1]:5000", "::1", True),
        ("http://0.0.0.0:5000", "127.0.0.1", True),
        ("http://[::]:5000", "::1", True),
        ("http://192.0.2.7:5000", "192.0.2.7", False),
        ("http://localhost.example.org", "localhost.example.org", False),
    ],
)
def test_it_is_known_whether_a_server_is_on_this_machine(pasted: str, host: str, local: bool) -> None:
    assert (resolve(pasted).host, resolve(pasted).local) == (host, local)


@pytest.mark.parametrize(("code", "pasted"), BAD_ROWS, ids=[f"{code} {pasted[:40]!r}" for code, pasted in BAD_ROWS])
def test_what_is_no_server_is_refused_and_why_is_coded(code: str, pasted: str) -> None:
    with pytest.raises(QuickstartError) as refused:
        resolve(pasted)
    assert (refused.value.code, refused.value.exit_code) == (code, ExitCode.USAGE)


@pytest.mark.parametrize("pasted", ["./mlruns", "../mlruns", "/tmp/mlruns", "~/mlruns", "C:\\mlruns", "C:/mlruns"])
def test_a_folder_of_runs_is_no_server(pasted: str) -> None:
    with pytest.raises(QuickstartError) as refused:
        resolve(pasted)
    assert refused.value.code in {"no-http-uri", "bad-uri"}


SECRETS = [
    "http://me:hunter2@127.0.0.1:9",
    "http://me:hunter2@127.0.0.1:notaport",
    "http://me:hunter2@127.0.0.1 :9",
    "postgresql://me:hunter2@127.0.0.1/db",
    "mysql+pymysql://me:hunter2@127.0.0.1/db",
    "databricks://me:hunter2@profile",
]


@pytest.mark.parametrize("pasted", SECRETS)
def test_a_password_in_a_uri_is_not_repeated(pasted: str) -> None:
    with pytest.raises(QuickstartError) as refused:
        resolve(pasted)
    assert "hunter2" not in repr(refused.value)
    assert "hunter2" not in repr(verify(ConnectionCheck(pasted)))


def resolved_or_refused(pasted: str) -> Resolved | None:
    """Return what becomes of a text, or None where it is refused by one of the codes for that; anything else fails."""
    try:
        return resolve(pasted)
    except QuickstartError as refused:
        if refused.code not in BAD:
            raise
        return None


def odd_texts(count: int = 3000) -> list[str]:
    """Return texts of odd characters around and inside of addresses, the same in every run."""
    dice = random.Random(20)
    odd = string.printable + "äß漢\u200b\u2028\xa0\0\x1b\x7f%@[]"
    shapes = (
        "{}",
        "http://{}",
        "http://{}:5000",
        "http://127.0.0.1:{}",
        "http://127.0.0.1:5000/{}",
        "{}://h",
        "http://h{}",
    )
    return [dice.choice(shapes).format("".join(dice.choices(odd, k=dice.randrange(1, 9)))) for _ in range(count)]


def test_whatever_is_pasted_is_either_refused_or_brought_into_a_form_that_stays() -> None:
    for pasted in odd_texts():
        found = resolved_or_refused(pasted)
        if found is None:
            continue
        again = resolve(found.uri)
        assert (again.uri, again.changes) == (found.uri, ()), pasted
        assert found.uri.startswith(("http://", "https://")), pasted
        assert found.uri.isprintable(), pasted
        assert 0 < found.port < 65536, pasted


def test_blanks_and_quotes_around_an_address_never_matter() -> None:
    dice = random.Random(5)
    for _ in range(300):
        text = HOME
        for blanks in (" \t\r\n", "\"'", " \t\r\n"):
            before, after = ("".join(dice.choices(blanks, k=dice.randrange(0, 4))) for _ in range(2))
            text = before + text + after
        assert resolve(text).uri == HOME


@pytest.mark.parametrize("pasted", ["http://a..b:5000", f"http://{'a' * 64}:5000", "http://127.0.0.1:5000\0"])
def test_an_address_that_no_resolver_takes_fails_as_a_stage_and_not_as_a_crash(pasted: str) -> None:
    failed = verify(ConnectionCheck(pasted)).failed
    assert failed is not None
    assert failed.code in {"bad-uri", "name-unknown"}
