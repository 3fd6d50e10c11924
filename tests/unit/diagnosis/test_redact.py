"""No planted secret passes in any form, and what a reader needs does. No file is opened for it."""

from __future__ import annotations

import base64
import html
import json
import string
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickstart.diagnosis.redact import (
    CUT,
    HIDDEN,
    NEVER_A_NAME,
    SHORTEST,
    Redactor,
    allow_facts,
    allow_text,
    is_secret,
)
from quickstart.diagnosis.report import allow_log_line
from quickstart.errors import QuickstartError

SIGNS = string.ascii_letters + string.digits + "!#$%&'()*+,-./:;<=>?@[]^_{|}~\" äßé€😀"
SECRETS = (
    st.text(SIGNS, min_size=SHORTEST, max_size=80)
    .map(str.strip)
    .filter(lambda one: len(one) >= SHORTEST and any(map(str.isalnum, one)))
)
# As services issue them: letters and digits, or any of the signs that encodings spell differently.
TOKENS = st.tuples(
    st.text(string.ascii_letters + "+/&=!", min_size=3, max_size=30),
    st.integers(100, 10**8),
    st.text(string.ascii_letters, min_size=3, max_size=30),
).map(lambda parts: "x{}{}{}".format(*parts))
NAMES = st.text(string.ascii_letters + string.digits + "._-é", min_size=2, max_size=20).filter(
    lambda one: any(map(str.isalnum, one)) and one.lower() not in NEVER_A_NAME
)
BEFORE = ("", "token ", '"', "x=", "https://tracking.example.org/?q=", "(")
AFTER = ("", " and more", '"', "&b=1", ")")


def forms(secret: str) -> dict[str, str]:
    """Return how a secret may be written in a text."""
    data = secret.encode()
    return {
        "plain": secret,
        "percent": quote(secret, safe=""),
        "percent, as requests writes it": quote(secret),
        "of a form": quote_plus(secret),
        "json": json.dumps(secret)[1:-1],
        "html": html.escape(secret),
        "base64": base64.b64encode(data).decode(),
        "base64 for URLs": base64.urlsafe_b64encode(data).decode(),
        "base64 of user and password": base64.b64encode(b"someone:" + data).decode(),
        "base64 with what follows": base64.b64encode(b"a:" + data + b":z").decode(),
    }


def redacted(text: str, *names: str, home: str = "/home/ada", **environment: str) -> str:
    return Redactor({"HOME": home, "USERPROFILE": home, **environment}, names=names).hide_person(text)


@given(SECRETS, st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_a_secret_of_the_environment_is_hidden_as_texts_spell_it(secret: str, before: str, after: str) -> None:
    for form in ("plain", "percent", "percent, as requests writes it", "of a form", "json"):
        written = forms(secret)[form]
        text = redacted(f"{before}{written}{after}", SOME_TOKEN=secret)
        assert written not in text.replace(HIDDEN, ""), form


# A secret that is a URL is hidden as a whole: its first part occurs in many messages.
@given(SECRETS.filter(lambda one: len(one) >= CUT + 4 and not one.startswith(("http://", "https://"))))
def test_a_secret_whose_end_was_cut_off_is_hidden(secret: str) -> None:
    cut = secret[: CUT + 2]
    assert cut not in redacted(f"it was: {cut}", SOME_TOKEN=secret).replace(HIDDEN, "")


@given(TOKENS, st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_an_unknown_token_in_a_text_from_outside_is_hidden_in_every_form(token: str, before: str, after: str) -> None:
    for form, written in forms(token).items():
        assert written not in allow_text(f"{before}{written}{after}"), form


@given(SECRETS, st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_nothing_unknown_of_a_log_line_is_shown(secret: str, before: str, after: str) -> None:
    for form, written in forms(secret).items():
        for line in (
            f"{before}{written}{after}",
            f"ValueError: {written}",
            f"2026/01/02 03:04:05 INFO mlflow.x: {written}",
        ):
            omitted = allow_log_line(line)
            assert written not in omitted.replace("mlflow.x", "").replace("ValueError", ""), (form, line)


@given(NAMES, st.sampled_from((" ", "/", ":", "'", "@", "_", ",", "=", "\\")))
def test_no_user_name_passes_as_a_word(name: str, around: str) -> None:
    for text in (name, name.upper(), f"the {name} is", f"x{around}{name}{around}y", f"/data/{name}/runs"):
        left = redacted(text, name).replace(HIDDEN, "").lower()
        assert name.lower() not in [word.strip() for word in left.split()]
        assert f"{around}{name}{around}".lower() not in left


@given(st.text(string.ascii_letters + string.digits + " _-é%", min_size=1, max_size=20).map(str.strip).filter(bool))
def test_no_home_folder_passes(name: str) -> None:
    home = f"/srv/homes/{name}"
    for written in (f"{home}/x", f"sqlite:///{home}/mlflow.db", f"in {home}.", f"file://{quote(home)}/x", home):
        left = redacted(written, home=home)
        assert home not in left
        assert quote(home) not in left
        assert "~" in left


def test_a_name_inside_of_another_word_stays() -> None:
    text = "malice and alicebob, but not alice_1"
    assert redacted(text, "alice") == "malice and alicebob, but not ***_1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://bob:pa:ss/w@rd@proxy.corp:3128/x", "http://***@proxy.corp:3128/x"),
        ("https://token@dagshub.com/u/r.mlflow", "https://***@dagshub.com/u/r.mlflow"),
        ("http://h:5000/a@b?x=1", "http://h:5000/a@b?***"),
        ("http://h/?token=abc&b=1", "http://h/?***"),
        ("https://h/c?code=4/P7q7W91&state=x", "https://h/c?***"),
        ("Authorization: Basic YWRhOmxvdmVsYWNl", "Authorization: Basic ***"),
        ("{'Authorization': 'Bearer abcdefabcdefabcdefabcdef'}", "{'Authorization': 'Bearer ***'}"),
        ("a bearer dapi12345678901234567890", "a bearer ***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_g", "***"),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("password=hunter", "password=***"),
        ("password: hunter2", "password: ***"),
        ('{"client_secret": "abc"}', '{"client_secret": "***"}'),
        ("ada@example.org wrote /Users/ada@example.org/check", "*** wrote /Users/***/check"),
        ("C:\\Users\\Ada\\x and /home/ada/y and /Users/grace", "C:\\Users\\***\\x and ~/y and /Users/***"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "***"),
    ],
)
def test_credentials_are_known_by_their_form(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication by a token: quickstart login server https://tracking.corp.example:8443/mlflow",
        "quickstart server start --name local --store /data/runs",
        "http://127.0.0.1:5000/#/experiments/1/runs/0123456789abcdef0123456789abcdef",
        "MLflow 3.17.2 at 10.0.0.7:5000, mlflow-artifacts:/1/ab/artifacts",
        "databricks://profile, arn:aws:sagemaker:eu-central-1:123456789012:mlflow-tracking-server/team",
    ],
)
def test_what_a_reader_needs_stays(text: str) -> None:
    assert redacted(text, "ada", SOME_TOKEN="s3cr3t-of-another") == text


@pytest.mark.parametrize(
    "text",
    [
        "[Errno 111] Connection refused",
        "No module named 'psycopg2'",
        "ModuleNotFoundError: No module named 'google.protobuf'",
        "(sqlite3.OperationalError) database is locked",
        "mlflow 3.4.0 has requirement protobuf<7,>=3.12.0, but you have protobuf 2.6.1",
        "Unable to connect to proxy.corp.example:3128, port 3128",
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)",
        "/usr/lib/python3.11/site-packages/x.py cannot be read",
        "HTTP/1.1 502 Bad Gateway",
    ],
)
def test_what_a_server_or_an_exception_says_in_words_stays(text: str) -> None:
    assert allow_text(text) == text


def test_facts_that_something_else_worded_are_filtered_and_the_rest_stays() -> None:
    facts: dict[str, Any] = {"url": "http://h:5000", "seconds": 2}
    facts |= {"detail": "it said xy12zz99qq and more", "tail": ["a Qw3rty0987 b"]}
    error = allow_facts(QuickstartError("unreachable", **facts))
    assert error.facts == {**facts, "detail": f"it said {HIDDEN} and more", "tail": [f"a {HIDDEN} b"]}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            'INFO:     127.0.0.1:51234 - "GET /api/2.0/mlflow/nothing?token=abc HTTP/1.1" 404 Not Found',
            'INFO:     127.0.0.1:51234 - "GET /api/2.0/mlflow/nothing HTTP/1.1" 404 Not Found',
        ),
        ('127.0.0.1:1 - "GET /Qw3rty0987/x HTTP/1.1" 404', '127.0.0.1:1 - "GET /***/x HTTP/1.1" 404'),
        ("INFO:     Application startup complete.", "INFO:     Application startup complete."),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
        ('  File "/home/ada/lib/mlflow/cli.py", line 12, in main', "  File mlflow/cli.py, line 12"),
        ("    connect('secret')", "(omitted: 21 characters)"),
        ("ValueError: hunter2", "ValueError (omitted: 9 characters)"),
        (
            "sqlite3.OperationalError: database is locked",
            "sqlite3.OperationalError database is locked (omitted: 20 characters)",
        ),
        (
            "2026/01/02 03:04:05 ERROR mlflow.server: hunter2",
            "2026/01/02 03:04:05 ERROR mlflow.server: (omitted: 7 characters)",
        ),
    ],
)
def test_of_a_log_line_only_known_forms_are_shown(line: str, shown: str) -> None:
    assert allow_log_line(line) == shown


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("MLFLOW_TRACKING_TOKEN", True),
        ("MLFLOW_TRACKING_PASSWORD", True),
        ("MLFLOW_FLASK_SERVER_SECRET_KEY", True),
        ("AWS_ACCESS_KEY_ID", True),
        ("DB_PASS", True),
        ("password", True),
        ("azure_client_secret", True),
        ("AZURE_STORAGE_CONNECTION_STRING", True),
        ("MLFLOW_TRACKING_URI", False),
        ("MLFLOW_TRACKING_AUTH", False),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", False),
        ("DATABRICKS_AUTH_TYPE", False),
        ("AZURE_CLIENT_ID", False),
        ("SSH_AUTH_SOCK", False),
        ("PWD", False),
        ("XKB_KEYBOARD", False),
    ],
)
def test_a_secret_is_known_by_the_name_of_its_variable(name: str, secret: bool) -> None:
    assert is_secret(name) is secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOME_TOKEN", "planted-secret-1"),
        ("HTTPS_PROXY", "http://u:planted-secret-1@proxy:3128"),
        ("DATABASE_URL", "postgresql://u:planted%2Dsecret%2D1@db/x"),
        ("DAGSHUB", "https://planted-secret-1@dagshub.com"),
    ],
)
def test_secrets_in_variables_are_hidden_wherever_they_occur(name: str, value: str) -> None:
    assert redacted("the experiment planted-secret-1", **{name: value}) == "the experiment ***"


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        ("python", False),
        ("argument", False),
        ("Abc-1", False),
        ("hunter", True),
    ],
)
def test_words_of_the_contract_and_short_values_are_no_secret(value: str, hidden: bool) -> None:
    redactor = Redactor({"A_PASSWORD": value}, keep=("python", "argument"))
    assert redactor.hide_secrets(f"is {value} here") == (f"is {HIDDEN} here" if hidden else f"is {value} here")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPWD%3Dx it", "at mssql+pyodbc:///?*** it"),
        ("postgresql://h/x?sslmode=require&passfile=y", "postgresql://h/x?***"),
        ("403 of http://h/a?access_token=abc&b=1", "403 of http://h/a?***"),
    ],
)
def test_a_query_is_never_shown(text: str, shown: str) -> None:
    assert Redactor({}).hide_secrets(text) == shown


def test_names_of_the_person_are_those_of_the_environment() -> None:
    environment = {"LOGNAME": "lovelace", "MLFLOW_TRACKING_USERNAME": "curie", "HTTP_PROXY": "http://noether:pw@p:1"}
    assert redacted("lovelace, curie, noether, hopper", "hopper", **environment) == "***, ***, ***, ***"


def test_no_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in (".netrc", ".databrickscfg", ".env"):
        (tmp_path / name).write_text("machine h login u password planted-secret-1", encoding="utf-8")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    for opener in ("builtins.open", "io.open", "pathlib.Path.open"):
        monkeypatch.setattr(opener, refuse)
    assert Redactor({"HOME": str(tmp_path)}).hide_person(f"{tmp_path}/x") == "~/x"
