"""Whatever is confidential does not survive masking, in no form; and what a reader needs does."""

from __future__ import annotations

import base64
import html
import json
import string
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quickstart.diagnosis.known_secrets import found, is_secret
from quickstart.diagnosis.redact import HIDDEN, IN_EVERY_REPORT, SETTINGS, SHORTEST, Confidential, Mask

SIGNS = string.ascii_letters + string.digits + "!#$%&'()*+,-./:;<=>?@[]^_{|}~\" äßé€😀"
SECRETS = (
    st.text(SIGNS, min_size=SHORTEST, max_size=80)
    .map(str.strip)
    .filter(lambda one: len(one) >= SHORTEST and one.lower() not in SETTINGS and set(one) - {"*"})
)
NAMES = st.text(string.ascii_letters + string.digits + "._-é", min_size=2, max_size=20).filter(
    lambda one: any(map(str.isalnum, one)) and one.lower() not in IN_EVERY_REPORT
)
BEFORE = ("", "token ", '"', "x=", "https://tracking.example.org/?q=", "(")
AFTER = ("", " and more", '"', "&b=1", ")")


def forms(secret: str) -> dict[str, str]:
    """Return how a secret may stand in a text."""
    data = secret.encode()
    return {
        "plain": secret,
        "percent": quote(secret, safe=""),
        "percent, as requests writes it": quote(secret),
        "of a form": quote_plus(secret),
        "percent in small letters": "".join(
            one if one.isalnum() and one.isascii() else quote(one, safe="").lower() for one in secret
        ),
        "json": json.dumps(secret)[1:-1],
        "html": html.escape(secret),
        "base64": base64.b64encode(data).decode(),
        "base64 for addresses": base64.urlsafe_b64encode(data).decode(),
        "base64 of user and password": base64.b64encode(b"someone:" + data).decode(),
        "base64 with what follows": base64.b64encode(b"a:" + data + b":z").decode(),
    }


def masked(text: str, *, secrets: tuple[str, ...] = (), names: tuple[str, ...] = (), home: str = "/home/ada") -> str:
    return Mask(Confidential(frozenset(secrets), frozenset(names), frozenset({home}))).everything(text)


@given(SECRETS, st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_no_secret_survives_in_any_form(secret: str, before: str, after: str) -> None:
    for form, written in forms(secret).items():
        text = masked(f"{before}{written}{after}", secrets=(secret,))
        assert written not in text.replace(HIDDEN, ""), form
        assert secret not in text.replace(HIDDEN, ""), form


# An address that is a secret as a whole is hidden as a whole: what it begins with is in many a message.
@given(SECRETS.filter(lambda one: len(one) >= 16 and not one.startswith(("http://", "https://"))), st.integers(12, 15))
def test_what_is_left_of_a_secret_that_was_cut_is_hidden_too(secret: str, kept: int) -> None:
    for written in (secret[:kept], secret[-kept:]):
        assert written not in masked(f"it said: {written}", secrets=(secret,)).replace(HIDDEN, "")


@given(NAMES, st.sampled_from((" ", "/", ":", "'", "@", "_", ",", "=", "\\")))
def test_no_user_name_survives_as_a_word(name: str, around: str) -> None:
    for text in (name, name.upper(), f"the {name} is", f"x{around}{name}{around}y", f"/data/{name}/runs"):
        left = masked(text, names=(name,)).replace(HIDDEN, "").lower()
        assert name.lower() not in [word.strip() for word in left.split()]
        assert f"{around}{name}{around}".lower() not in left


@given(st.text(string.ascii_letters + string.digits + " _-é%", min_size=1, max_size=20).map(str.strip).filter(bool))
def test_no_home_folder_survives(name: str) -> None:
    home = f"/srv/homes/{name}"
    for written in (f"{home}/x", f"sqlite:///{home}/mlflow.db", f"in {home}.", f"file://{quote(home)}/x", home):
        left = masked(written, home=home)
        assert home not in left
        assert quote(home) not in left
        assert "~" in left


def test_a_name_inside_of_another_word_stays() -> None:
    assert masked("malice and alicebob, but not alice_1", names=("alice",)) == "malice and alicebob, but not ***_1"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://bob:pa:ss/w@rd@proxy.corp:3128/x", "http://***@proxy.corp:3128/x"),
        ("https://token@dagshub.com/u/r.mlflow", "https://***@dagshub.com/u/r.mlflow"),
        ("http://h:5000/a@b?x=1", "http://h:5000/a@b?x=1"),
        ("http://h/?token=abc&b=1", "http://h/?token=***&b=1"),
        ("https://h/c?code=4/P7q7W91&state=x", "https://h/c?code=***&state=x"),
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
def test_what_logs_in_is_known_by_its_looks(text: str, shown: str) -> None:
    assert masked(text) == shown


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
    assert masked(text, secrets=("s3cr3t-of-somebody",), names=("ada",)) == text


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


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home folder, with a working directory in it."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("QUICKSTART_HOME", str(tmp_path / "quickstart"))
    for name in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.setenv(name, "lovelace")
    (tmp_path / "work").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (".databrickscfg", "[DEFAULT]\nhost = https://x\ntoken = planted-secret-1\n"),
        (".databrickscfg", "no section\n[broken\ntoken=planted-secret-1"),
        (".databricks/token-cache.json", '{"tokens": {"p": {"refresh_token": "planted-secret-1"}}}'),
        (
            ".mlflow/credentials",
            "[mlflow]\nmlflow_tracking_username = u\nmlflow_tracking_password = planted-secret-1\n",
        ),
        (".netrc", "machine h login u password planted-secret-1\n"),
        (".netrc", "machine h\n  login u\n  password planted-secret-1\n"),
        (".aws/credentials", "[default]\naws_secret_access_key=planted-secret-1\n"),
        (".aws/sso/cache/0a.json", '{"accessToken": "planted-secret-1"}'),
        (".azure/msal_token_cache.json", '{"AccessToken": {"k": {"secret": "planted-secret-1"}}}'),
        (".config/pip/pip.conf", "[global]\nindex-url = https://u:planted-secret-1@index.corp/simple\n"),
        ("work/.env", "export API_KEY='planted-secret-1' # mine\n"),
        (
            "quickstart/state/secrets/team.json",
            '{"uri": "x", "variables": {"MLFLOW_TRACKING_TOKEN": "planted-secret-1"}}',
        ),
    ],
)
def test_secrets_are_looked_up_where_tools_keep_them(home: Path, file: str, content: str) -> None:
    path = home / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    assert "planted-secret-1" in found({}, home / "work").secrets


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOME_TOKEN", "planted-secret-1"),
        ("HTTPS_PROXY", "http://u:planted-secret-1@proxy:3128"),
        ("DATABASE_URL", "postgresql://u:planted%2Dsecret%2D1@db/x"),
        ("SERVICE", '{"clientSecret": "planted-secret-1"}'),
        ("STORE", "mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPWD%3Dplanted-secret-1"),
        ("STORAGE", "AccountName=x;AccountKey=planted-secret-1;EndpointSuffix=y"),
    ],
)
def test_secrets_are_looked_up_in_variables(home: Path, name: str, value: str) -> None:
    assert "planted-secret-1" in found({name: value}, home / "work").secrets


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("CACHE_KEY", "python", False),
        ("CACHE_KEY", "production", False),
        ("CACHE_KEY", "Abc-1", False),
        ("CACHE_KEY", "8f3a51c0d2", True),
        ("A_PASSWORD", "python", False),
        ("A_PASSWORD", "hunter", True),
        ("A_TOKEN", "lovelace", True),
    ],
)
def test_a_plain_word_is_no_secret_unless_it_logs_in(home: Path, name: str, value: str, hidden: bool) -> None:
    assert (value in found({name: value}, home / "work").secrets) is hidden


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPWD%3Dx it", "at mssql+pyodbc:///?*** it"),
        ("postgresql://h/x?sslmode=require&passfile=y", "postgresql://h/x?***"),
        ("403 of http://h/a?access_token=abc&b=1", "403 of http://h/a?access_token=***&b=1"),
    ],
)
def test_what_is_shown_on_the_screen_has_no_secret_in_a_query(text: str, shown: str) -> None:
    assert Mask(Confidential()).secrets(text) == shown


@given(SECRETS, st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_a_mask_for_a_text_hides_in_it_what_one_for_every_text_hides(secret: str, before: str, after: str) -> None:
    known = Confidential(frozenset({secret}))
    for written in (*forms(secret).values(), secret[:12], secret[-12:]):
        text = f"{before}{written}{after}"
        assert Mask(known, text).secrets(text) == Mask(known).secrets(text)


def test_one_of_thousands_of_secrets_is_hidden() -> None:
    secrets = [f"s3cret-{number:05d}-{number * 7919:x}" for number in range(8000)]
    text = "a line of a log that holds nothing\n" * 1000 + secrets[4711]
    shown = Mask(Confidential(frozenset(secrets)), text).everything(text)
    assert secrets[4711] not in shown


def test_names_and_homes_are_looked_up(home: Path) -> None:
    (home / ".netrc").write_text("machine h login hopper password planted-secret-1", encoding="utf-8")
    environment = {"MLFLOW_TRACKING_USERNAME": "curie", "HTTP_PROXY": "http://noether:planted-secret-1@p:1"}
    seen = found(environment, home / "work")
    assert {"lovelace", "hopper", "curie", "noether"} <= seen.names
    assert str(home) in seen.homes
