"""`quickstart doctor --report`: complete, and whatever is confidential is planted, looked for, and not found."""

from __future__ import annotations

import base64
import getpass
import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.conftest import Home, Shared, free_port, lasting_port, new_home
from tests.real.diagnosis.helpers import examined
from tests.real.diagnosis.test_fixes import remember
from tests.real.helpers import ask, lasting_home, server_of
from tests.real.methods.server.helpers import TOKEN, by_token
from tests.standins import front

pytestmark = pytest.mark.matrix

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists instead of modes")
SECTIONS = ("Checks", "Environment variables", "In .env", "Saved connections", "Servers")


@pytest.fixture
def person(tmp_path: Path) -> Home:
    """A home in which no server is started."""
    return new_home(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with a server of its own, that `owner` starts."""
    with lasting_home(tmp_path_factory, "owner") as home:
        yield home


@pytest.fixture
def owner(shared: Home) -> Home:
    """The same home, its server running."""
    shared.run("server", "start")
    return shared


def report_of(home: Home, *arguments: str, **environment: Any) -> str:
    """Let the doctor write a report, and return it."""
    file = home.cwd / "report.txt"
    document = examined(home, *arguments, "--report", str(file), **environment)
    assert document["data"]["report"] == str(file)
    return file.read_text(encoding="utf-8")


class Plant:
    """Secrets, each of its own, so that a test can tell which one came through."""

    def __init__(self) -> None:
        self.secrets: list[str] = []
        self.names = ["lovelace", "hopper"]

    def secret(self) -> str:
        """Return one more, with signs that every encoding writes in another way."""
        self.secrets.append(f"Pl4nt/{len(self.secrets):02d}+s3cr&t=ü")
        return self.secrets[-1]

    def simple(self) -> str:
        """Return one more that goes into a header or an INI file."""
        self.secrets.append(f"pl4nted-{len(self.secrets):02d}-t0ken")
        return self.secrets[-1]


def forms(secret: str) -> set[str]:
    data = secret.encode()
    plain = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    whole = {base64.b64encode(one).decode() for one in (data, b"me:" + data, b"x:" + data + b":y")}
    return plain | whole | {one.replace("+", "-").replace("/", "_") for one in whole}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def nothing_of(plant: Plant, house: Path, text: str) -> None:
    """Assert that a text holds nothing that was planted, in no form, and no name and home folder."""
    for secret in plant.secrets:
        for form in forms(secret):
            assert form not in text
    assert not re.search("lovelace|hopper", text, re.IGNORECASE)
    assert not re.search(rf"(?<!\w){re.escape(getpass.getuser())}(?!\w)", text)
    assert str(house) not in text


def test_secrets_planted_wherever_they_can_be_are_in_no_form_in_the_report(home: Home) -> None:
    owner, plant, house = home, Plant(), home.path / "home"
    owner.run("server", "start", "--port", str(lasting_port()))
    write(house / ".databrickscfg", f"[DEFAULT]\nhost = https://dbc.example\ntoken = {plant.simple()}\n")
    write(house / ".mlflow" / "credentials", f"[mlflow]\nmlflow_tracking_password = {plant.simple()}\n")
    write(house / ".netrc", f"machine 127.0.0.1 login hopper password {plant.simple()}\n")
    write(house / ".aws" / "credentials", f"[default]\naws_secret_access_key = {plant.secret()}\n")
    write(house / ".databricks" / "token-cache.json", json.dumps({"tokens": {"x": {"refresh_token": plant.secret()}}}))
    kept = {"uri": "https://tracking.corp", "variables": {"MLFLOW_TRACKING_TOKEN": plant.secret()}}
    write(owner.quickstart_home / "state" / "secrets" / "team.json", json.dumps(kept))
    write(
        owner.cwd / ".env",
        f"MLFLOW_TRACKING_URI=https://me:{plant.simple()}@tracking.corp/\nA_KEY='{plant.secret()}'\n",
    )
    in_query, experiment = plant.simple(), plant.secret()
    environment = {
        "LOGNAME": "lovelace",
        "MLFLOW_TRACKING_URI": server_of(owner)["url"],
        "MLFLOW_TRACKING_USERNAME": "hopper",
        "MLFLOW_TRACKING_PASSWORD": plant.secret(),
        "MLFLOW_TRACKING_TOKEN": plant.secret(),
        "MLFLOW_EXPERIMENT_NAME": experiment,
        "SOME_API_TOKEN": experiment,
        "DATABRICKS_CLIENT_SECRET": plant.secret(),
        "AWS_SECRET_ACCESS_KEY": plant.secret(),
        "HTTPS_PROXY": f"http://hopper:{plant.simple()}@proxy.corp:3128",
        "MLFLOW_S3_ENDPOINT_URL": f"https://s3.corp/?X-Amz-Signature={in_query}",
        "PIP_INDEX_URL": f"https://__token__:{plant.simple()}@index.corp/simple",
        "MLFLOW_SERVER_NOTE": f"ada.lovelace@corp.example at {house}/notes and /home/lovelace/x",
    }
    environment["OTHER_SECRET"] = plant.secret()
    ask(server_of(owner)["url"], "GET", f"/api/2.0/mlflow/nothing?token={in_query}")
    text = report_of(owner, **environment)
    nothing_of(plant, house, text)
    for needed in (
        "proxy.corp:3128",
        "s3.corp",
        "MLFLOW_TRACKING_TOKEN: set",
        "@tracking.corp",
        "GET /api/2.0/mlflow/nothing HTTP",
    ):
        assert needed in text

    # In its log, when it does not write there itself: in every form, in headers, and as an error would quote it.
    owner.run("server", "stop")
    with Path(server_of(owner)["log"]).open("a", encoding="utf-8") as log:
        for secret in plant.secrets:
            pair = base64.b64encode(f"hopper:{secret}".encode()).decode()
            header = f"Authorization: Basic {pair} {pair} {quote(pair)}"
            log.write(f"RequestException: {secret!r} of lovelace; {header} {' '.join(sorted(forms(secret)))}\n")
    text = report_of(owner, **environment)
    nothing_of(plant, house, text)
    assert text.count("RequestException") == len(plant.secrets)
    assert all(f"== {section}" in text for section in SECTIONS)


def test_what_the_screen_and_the_document_show_holds_no_secret_either(owner: Home) -> None:
    secret = "pl4nted-in-the-experiment"
    environment = {"MLFLOW_TRACKING_URI": server_of(owner)["url"], "MLFLOW_EXPERIMENT_NAME": secret, "A_TOKEN": secret}
    for arguments in (("--verbose",), ("--json",)):
        ran = owner.run("doctor", *arguments, **environment)
        assert secret not in ran.out + ran.err
        assert "MLFLOW_EXPERIMENT_NAME" in ran.out


def test_a_kept_login_is_not_in_the_report_of_its_connection(person: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        by_token(person, place.url)
        text = report_of(person)
        assert place.url in text
    assert TOKEN not in text
    assert "logged in with a token" in text


def test_a_report_tells_all_that_whoever_helps_asks_for(owner: Home) -> None:
    before = datetime.now(UTC)
    text = report_of(owner, MLFLOW_HTTP_REQUEST_TIMEOUT="7", NO_PROXY="a.corp,b.corp")
    (when,) = re.findall(r"^Time +(.+) UTC$", text, re.MULTILINE)
    written = datetime.strptime(when, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert 0 <= (written - before).total_seconds() + 1 < 120
    server = server_of(owner)
    for fact in (
        f"Python {sys.version.split()[0]}",
        f"MLflow {server['mlflow_version']}",
        'the connection in use, "local"',
        "MLFLOW_HTTP_REQUEST_TIMEOUT = 7",
        "NO_PROXY = a.corp,b.corp",
        f"running True, pid {server['pid']}",
        "Application startup complete",
        "First: all checks passed",
    ):
        assert fact in text
    checks = examined(owner)["data"]["checks"]
    for check in checks:
        assert re.search(rf"^{check['status']:<5}{check['layer']}/{check['id']} ", text, re.MULTILINE)


def test_a_report_has_the_cause_and_its_mend(person: Home) -> None:
    text = report_of(person, f"http://127.0.0.1:{free_port()}")
    assert re.search(r"^fail network/connect [a-z-]+ ", text, re.MULTILINE)
    assert "     why: " in text
    assert "     fix: " in text


@POSIX
def test_only_its_owner_can_read_a_report_and_nothing_is_left_beside_it(person: Home) -> None:
    report_of(person, f"http://127.0.0.1:{free_port()}")
    assert (person.cwd / "report.txt").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in person.cwd.iterdir()] == ["report.txt"]


def test_a_former_report_is_written_over_and_another_file_never(person: Home) -> None:
    uri, file = f"http://127.0.0.1:{free_port()}", person.cwd / "report.txt"
    first = report_of(person, uri)
    assert report_of(person, uri).splitlines()[0] == first.splitlines()[0]
    file.write_text("my thesis", encoding="utf-8")
    for more in ((), ("--yes",), ("--fix", "--yes")):
        document = person.json("doctor", uri, "--report", "report.txt", *more, status=2)
        assert document["error"]["code"] == "report-taken"
        assert file.read_text(encoding="utf-8") == "my thesis"


@POSIX
def test_a_link_and_a_pipe_are_refused_and_stay(person: Home) -> None:
    former = person.cwd / "former.txt"
    former.write_text("quickstart doctor: report\n", encoding="utf-8")
    (person.cwd / "link").symlink_to(former)
    (person.cwd / "dangling").symlink_to("nowhere")
    os.mkfifo(person.cwd / "pipe")
    for name in ("link", "dangling", "pipe", "/dev/null"):
        document = person.json("doctor", "--report", name, "--yes", status=2)
        assert document["error"]["code"] == "report-taken"
    assert (person.cwd / "link").is_symlink()
    assert (person.cwd / "dangling").is_symlink()
    assert former.read_text(encoding="utf-8") == "quickstart doctor: report\n"


def test_the_query_of_a_database_address_is_shown_nowhere(person: Home) -> None:
    uri = "mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPWD%3DZZsecret02abcdef"
    for arguments in (("--verbose",), ("--json",), ("--report", "-")):
        ran = person.run("doctor", *arguments, status=None, MLFLOW_TRACKING_URI=uri)
        assert "ZZsecret" not in ran.out + ran.err
        assert "mssql+pyodbc:///?***" in ran.out


def test_secrets_in_the_query_of_an_argument_are_shown_nowhere(person: Home) -> None:
    for name in ("access_token", "apikey", "sig", "password", "passwd", "token"):
        ran = person.run("doctor", f"http://127.0.0.1:{free_port()}/?{name}=ZZsecret02abcdef", "--json", status=3)
        assert "ZZsecret" not in ran.out + ran.err
        assert "?***" in json.loads(ran.out)["data"]["tracking_uri"]


def test_a_plain_word_in_a_variable_leaves_the_contract_as_it_is(person: Home) -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    words: dict[str, Any] = {
        "CACHE_KEY": "python",
        "A_PASSWORD": "machine",
        "A_TOKEN": "connect",
        "B_SECRET": "argument",
    }
    before, after = examined(person, uri), examined(person, uri, **words)
    keys = ("id", "layer", "status", "code")
    assert [[one[key] for key in keys] for one in after["data"]["checks"]] == [
        [one[key] for key in keys] for one in before["data"]["checks"]
    ]
    assert after["data"]["origin"]["source"] == "argument"


def test_values_are_told_only_of_variables_that_are_known_to_be_harmless(person: Home) -> None:
    names = (
        *("MLFLOW_S3_UPLOAD_EXTRA_ARGS", "MLFLOW_RUN_CONTEXT", "MLFLOW_ADMIN_PW", "SSL_KEYPASS", "MLFLOW_SERVER_OPTS"),
        *("MLFLOW_WEBHOOK_URL", "CONDA_CHANNELS", "PIP_CONFIG_SETTINGS"),
    )
    environment = {name: f"zz-{number}-planted" for number, name in enumerate(names)}
    text = report_of(person, f"http://127.0.0.1:{free_port()}", **environment)
    assert "-planted" not in text
    assert all(re.search(rf"^{name}: set$", text, re.MULTILINE) for name in names)


def test_a_folder_that_is_not_there_is_not_made(person: Home) -> None:
    document = person.json("doctor", "--report", "nowhere/report.txt", status=1)
    assert document["error"]["code"] == "unwritable"
    assert not (person.cwd / "nowhere").exists()


def test_a_dash_is_stdout_which_then_holds_the_report_alone(person: Home) -> None:
    ran = person.run("doctor", f"http://127.0.0.1:{free_port()}", "--report", "-", status=3)
    assert ran.out.startswith("quickstart doctor: report\n")
    assert "== Checks" in ran.out
    assert list(person.cwd.iterdir()) == []
    refused = person.json("doctor", "--report", "-", status=2)
    assert refused["error"]["code"] == "report-in-json"


def test_a_report_of_what_was_mended_is_of_the_second_examination(person: Home, server: Shared) -> None:
    remember(person, server.uri.removeprefix("http://"))
    text = report_of(person, "--fix", "--yes")
    assert "First: all checks passed" in text
    assert re.search(r'^== Fixes\nok   the connection "team" has the URL ', text, re.MULTILINE)


def test_damaged_files_of_ours_do_not_keep_a_report_from_being_written(person: Home) -> None:
    state = person.quickstart_home / "state"
    (state / "servers").mkdir(parents=True)
    (state / "connections.json").write_text("{", encoding="utf-8")
    (state / "servers" / "local.json").write_text("{}", encoding="utf-8")
    text = report_of(person)
    assert text.count("cannot be read") >= 2


# Reports each file that a process opens.
HOOK = """
import os, sys
LOG = os.open(os.environ["OPENED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def seen(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        os.write(LOG, os.fsencode(arguments[0]) + b"\\n")
sys.addaudithook(seen)
"""


def test_no_file_of_secrets_is_opened_except_by_a_check_about_it(person: Home, server: Shared) -> None:
    house, state = person.path / "home", person.quickstart_home / "state"
    planted = [
        *(house / ".databrickscfg", house / ".databricks" / "token-cache.json", house / ".netrc"),
        *(house / ".aws" / "credentials", house / ".aws" / "config", house / ".aws" / "sso" / "cache" / "0a.json"),
        *(house / ".azure" / "msal_token_cache.json", house / ".config" / "pip" / "pip.conf"),
        *(house / ".pip" / "pip.conf", state / "secrets" / "team.json"),
    ]
    for file in planted:
        write(file, "{}")
    write(person.path / "hook" / "sitecustomize.py", HOOK)
    log = person.path / "opened.txt"
    environment = {"PYTHONPATH": str(person.path / "hook"), "OPENED": str(log)}
    for arguments in (("--json",), ("--verbose",), ("--report", "report.txt")):
        person.run("doctor", server.uri, *arguments, status=None, **environment)
        opened = {Path(line) for line in log.read_text(encoding="utf-8").splitlines()}
        assert any(one.name == "redact.py" or one.suffix == ".pyc" for one in opened)
        # The check "netrc" is about that file.
        assert opened & set(planted) <= {house / ".netrc"}
    log.unlink()
    person.run("doctor", server.uri, "--only", "connect", "--json", status=None, **environment)
    assert not {Path(line) for line in log.read_text(encoding="utf-8").splitlines()} & set(planted)
