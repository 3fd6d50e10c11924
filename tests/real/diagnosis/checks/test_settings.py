"""What a shell, a file or a proxy sets that keeps MLflow from its server, or leads it elsewhere."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import Home, Shared, lasting_port, new_home
from tests.messages import fix_of
from tests.real.diagnosis.helpers import cause, examined, failed, row, wrong
from tests.real.helpers import port_of

pytestmark = pytest.mark.matrix

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists instead of modes")
AROUND = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle", "curl_ca_bundle", "netrc")


@pytest.fixture
def person(tmp_path: Path) -> Home:
    """A home that starts no server, in a shell that sets nothing about proxies, certificates and logins."""
    made = new_home(tmp_path)
    for name in AROUND:
        made.environment.pop(name, None)
        made.environment.pop(name.upper(), None)
    return made


def remember(home: Home, uri: str, name: str = "team", in_use: bool = True) -> None:
    """Save a connection to a server, as a login does."""
    path = home.quickstart_home / "state" / "connections.json"
    for folder in (home.quickstart_home, path.parent):
        folder.mkdir(mode=0o700)
    connection = {"name": name, "method": "server", "tracking_uri": uri, "env": {}, "python": "", "folder": ""}
    value = {"in_use": name if in_use else None, "connections": {name: connection}}
    path.write_text(json.dumps(value), encoding="utf-8")
    path.chmod(0o600)


def typed(home: Home, command: str) -> None:
    """Type a command into a shell of that home."""
    subprocess.run(["bash", "-c", command], env=home.environment, cwd=home.cwd, timeout=60, check=True)


# An address as it stands in a variable.


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ("{uri} ", "uri-untidy"),
        ("'{uri}'", "uri-untidy"),
        ("{host}", "uri-no-scheme"),
        ("{uri}/#/experiments/0", "uri-for-browser"),
    ],
)
def test_an_address_that_mlflow_cannot_use_is_the_cause_and_nothing_else_is(
    person: Home, server: Shared, form: str, code: str
) -> None:
    uri = form.format(uri=server.uri, host=server.uri.removeprefix("http://"))
    document = examined(person, status=3, MLFLOW_TRACKING_URI=uri)
    assert (cause(document), failed(document)) == (code, [code])
    assert fix_of(row(document, "address")) == f"export MLFLOW_TRACKING_URI={server.uri}"
    assert row(document, "resolve")["status"] == "skip"


def test_the_same_address_as_an_argument_is_read_as_it_is_meant(person: Home, server: Shared) -> None:
    document = examined(person, server.uri.removeprefix("http://"), status=0)
    assert set(wrong(document)) == {"resolve"}


def test_an_address_to_listen_on_is_a_warning_told_once(person: Home, server: Shared) -> None:
    document = examined(person, status=0, MLFLOW_TRACKING_URI=server.uri.replace("127.0.0.1", "0.0.0.0"))
    assert (cause(document), wrong(document)) == ("uri-wildcard", {"address": "uri-wildcard"})


def test_a_dotenv_that_names_the_server_wrongly_is_named_as_the_place(person: Home, server: Shared) -> None:
    (person.cwd / ".env").write_text(f'MLFLOW_TRACKING_URI="{server.uri.removeprefix("http://")}"\n', encoding="utf-8")
    document = examined(person, status=3)
    assert document["data"]["origin"]["source"] == "dotenv"
    assert cause(document) == "uri-no-scheme"
    assert str(person.cwd / ".env") in fix_of(row(document, "address"))


def test_a_password_in_an_address_with_a_blank_is_shown_nowhere(person: Home) -> None:
    ran = person.run("doctor", "--json", status=3, MLFLOW_TRACKING_URI="http://me:hunter2@127.0.0.1:5000 ")
    assert cause(ran.json) == "secret-in-uri"
    assert "hunter2" not in ran.out + ran.err


# This shell, this folder and the connection in use.


def test_a_shell_that_leads_elsewhere_than_the_connection_in_use_is_told(person: Home, server: Shared) -> None:
    remember(person, "https://tracking.example.org")
    document = examined(person, status=0, MLFLOW_TRACKING_URI=server.uri)
    assert (cause(document), wrong(document)) == ("shell-elsewhere", {"shell": "shell-elsewhere"})
    assert "quickstart env" in fix_of(row(document, "shell")).replace(" -m ", " ")


def test_another_name_of_this_machine_is_no_other_place(person: Home, server: Shared) -> None:
    remember(person, server.uri)
    document = examined(person, status=0, MLFLOW_TRACKING_URI=server.uri.replace("127.0.0.1", "localhost") + "/")
    assert row(document, "shell")["status"] == "ok"


def test_a_dotenv_that_names_another_place_is_told(person: Home, server: Shared) -> None:
    remember(person, server.uri)
    (person.cwd / ".env").write_text("MLFLOW_TRACKING_URI=https://other.example.org\n", encoding="utf-8")
    document = examined(person, status=0)
    assert (cause(document), wrong(document)) == ("dotenv-elsewhere", {"shell": "dotenv-elsewhere"})


@pytest.mark.parametrize("content", [os.urandom(5000), b"MLFLOW_X=1\n" * 1_000_000], ids=["binary", "10 MB"])
def test_a_strange_dotenv_stops_nothing(person: Home, server: Shared, content: bytes) -> None:
    (person.cwd / ".env").write_bytes(content)
    assert wrong(examined(person, server.uri, status=0)) == {}


def test_a_variable_that_decides_where_runs_go_is_told(person: Home, server: Shared) -> None:
    document = examined(person, server.uri, status=0, MLFLOW_EXPERIMENT_ID="0")
    assert cause(document) == "runs-decided"
    assert fix_of(row(document, "variables")) == "unset MLFLOW_EXPERIMENT_ID"
    assert "MLFLOW_EXPERIMENT_ID=0" in row(document, "variables")["what"]


@POSIX
def test_a_folder_that_was_deleted_under_the_shell_crashes_no_check(person: Home, server: Shared) -> None:
    gone = f"mkdir gone && cd gone && rmdir ../gone && {sys.executable} -m quickstart doctor {server.uri} --json"
    done = subprocess.run(["bash", "-c", gone], env=person.environment, cwd=person.cwd, capture_output=True, timeout=60)
    document = json.loads(done.stdout)
    assert cause(document) == "folder-gone"
    assert "check-crashed" not in wrong(document).values()


# Values that MLflow stops at (each measured on MLflow 3.17).


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "11"),
        ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "many"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "0"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "2.5"),
        ("MLFLOW_TRACKING_INSECURE_TLS", "yes"),
    ],
)
def test_a_value_that_mlflow_stops_at_is_the_cause(person: Home, server: Shared, variable: str, value: str) -> None:
    document = examined(person, server.uri, status=3, **{variable: value})
    assert (cause(document), failed(document)) == ("bad-value", ["bad-value"])
    assert fix_of(row(document, "values")) == f"unset {variable}"


def test_a_timeout_of_a_day_is_a_warning(person: Home, server: Shared) -> None:
    document = examined(person, server.uri, status=0, MLFLOW_HTTP_REQUEST_TIMEOUT="86400")
    assert cause(document) == "too-patient"
    assert "192.0 hours" in row(document, "values")["what"]


# Certificates.


@pytest.mark.parametrize(
    ("variable", "code"),
    [
        ("MLFLOW_TRACKING_SERVER_CERT_PATH", "no-certificate"),
        ("MLFLOW_TRACKING_CLIENT_CERT_PATH", "no-certificate"),
        ("REQUESTS_CA_BUNDLE", "ca-missing"),
        ("CURL_CA_BUNDLE", "ca-missing"),
    ],
)
def test_a_file_of_certificates_that_is_not_there_is_the_cause_told_once(
    person: Home, variable: str, code: str
) -> None:
    document = examined(person, "https://127.0.0.1:1", status=3, **{variable: "/not/there.pem"})
    assert (cause(document), failed(document)) == (code, [code])
    assert "/not/there.pem" in row(document, "certificates")["what"]


def test_by_plain_http_nobody_needs_the_file(person: Home, server: Shared) -> None:
    document = examined(person, server.uri, status=0, MLFLOW_TRACKING_SERVER_CERT_PATH="/not/there.pem")
    assert row(document, "certificates")["status"] == "skip"


def test_two_settings_for_certificates_that_mlflow_refuses_together_are_the_cause(person: Home, server: Shared) -> None:
    both = {"MLFLOW_TRACKING_INSECURE_TLS": "true", "MLFLOW_TRACKING_SERVER_CERT_PATH": "/etc/hosts"}
    document = examined(person, server.uri, status=3, **both)
    assert (cause(document), failed(document)) == ("tls-contradiction", ["tls-contradiction"])


def test_certificates_that_are_not_looked_at_are_a_warning(person: Home) -> None:
    document = examined(person, "https://127.0.0.1:1", MLFLOW_TRACKING_INSECURE_TLS="1")
    assert row(document, "certificates")["code"] == "insecure-tls"


# Proxies. MLflow's own client goes through them also for this very machine.


class Passing(BaseHTTPRequestHandler):
    """A real proxy, as small as can be: it fetches what it is asked for."""

    def do_GET(self) -> None:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.path, timeout=5) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.URLError:
            status, body = 502, b"Bad Gateway"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


class Refusing(Passing):
    """A proxy that fetches nothing from this machine, as most."""

    def do_GET(self) -> None:
        body = b"<html>Request on loopback from external IP</html>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def proxy() -> Iterator[Callable[[type[BaseHTTPRequestHandler]], str]]:
    """Start real proxies."""
    running: list[ThreadingHTTPServer] = []

    def start(kind: type[BaseHTTPRequestHandler]) -> str:
        made = ThreadingHTTPServer(("127.0.0.1", 0), kind)
        running.append(made)
        threading.Thread(target=made.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{made.server_address[1]}"

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


StartProxy = Callable[[type[BaseHTTPRequestHandler]], str]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_that_refuses_this_machine_is_the_cause_although_the_server_answers(
    person: Home, server: Shared, proxy: StartProxy, variable: str
) -> None:
    document = examined(person, server.uri, status=3, **{variable: proxy(Refusing)})
    assert (cause(document), failed(document)) == ("client-proxied", ["client-proxied"])
    assert row(document, "identify")["status"] == "ok"


def test_what_the_mend_of_a_proxy_says_mends_it(person: Home, server: Shared, proxy: StartProxy) -> None:
    settings = {"HTTP_PROXY": proxy(Refusing), "no_proxy": "intranet.example.org"}
    fix = fix_of(row(examined(person, server.uri, status=3, **settings), "proxy"))
    variables = dict(word.split("=") for word in fix.removeprefix("export ").split())
    assert wrong(examined(person, server.uri, status=0, **{**settings, **variables})) == {}
    assert variables["no_proxy"] == "intranet.example.org,127.0.0.1,localhost"


@pytest.mark.parametrize("kind", ["dead", "silent"])
def test_a_proxy_that_does_not_answer_is_the_cause(
    person: Home, server: Shared, taken_port: Callable[..., int], kind: str
) -> None:
    port = lasting_port() if kind == "dead" else taken_port()
    document = examined(person, server.uri, status=3, HTTP_PROXY=f"http://127.0.0.1:{port}")
    assert (cause(document), failed(document)) == ("client-proxied", ["client-proxied"])


def test_a_proxy_that_passes_on_is_fine(person: Home, server: Shared, proxy: StartProxy) -> None:
    document = examined(person, server.uri, status=0, HTTP_PROXY=proxy(Passing))
    assert wrong(document) == {}
    assert "forwards to" in row(document, "proxy")["what"]


def test_a_proxy_that_no_proxy_keeps_away_is_fine(person: Home, server: Shared, proxy: StartProxy) -> None:
    settings = {"HTTP_PROXY": proxy(Refusing), "NO_PROXY": "localhost,127.0.0.1"}
    document = examined(person, server.uri, status=0, **settings)
    assert wrong(document) == {}
    assert "HTTP_PROXY is set, but does not apply to 127.0.0.1" in row(document, "proxy")["what"]


def test_a_proxy_is_not_blamed_for_a_server_that_is_down(person: Home, proxy: StartProxy) -> None:
    port = lasting_port()
    document = examined(person, f"http://127.0.0.1:{port}", status=3, HTTP_PROXY=proxy(Refusing))
    assert row(document, "proxy")["status"] == "skip"
    assert "client-proxied" not in failed(document)


@pytest.mark.parametrize("address", ["http://", "proxy.example.org:eight", "ftp://proxy.example.org:3128"])
def test_a_proxy_whose_address_is_none_is_the_cause(person: Home, server: Shared, address: str) -> None:
    document = examined(person, server.uri, status=3, HTTP_PROXY=address)
    assert (cause(document), failed(document)) == ("bad-proxy", ["bad-proxy"])


def test_the_password_of_a_proxy_is_shown_nowhere(person: Home, server: Shared) -> None:
    ran = person.run("doctor", server.uri, "--json", status=3, HTTP_PROXY="ftp://me:hunter2@proxy.example.org:3128")
    assert cause(ran.json) == "bad-proxy"
    assert "hunter2" not in ran.out + ran.err


# Logins.


def write_netrc(home: Home, text: str) -> Path:
    path = Path(home.environment["HOME"]) / ".netrc"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("entry", ["machine 127.0.0.1", "default"])
def test_a_netrc_entry_that_would_be_sent_is_told(person: Home, server: Shared, entry: str) -> None:
    write_netrc(person, f"{entry} login somebody password hunter2\n")
    ran = person.run("doctor", server.uri, "--json", status=0)
    assert wrong(ran.json) == {"netrc": "netrc-login"}
    assert "somebody" in row(ran.json, "netrc")["what"]
    assert "hunter2" not in ran.out + ran.err
    assert wrong(examined(person, server.uri, NETRC=os.devnull)) == {}


def test_a_netrc_entry_for_another_machine_is_fine(person: Home, server: Shared) -> None:
    write_netrc(person, "machine other.example.org login somebody password hunter2\n")
    assert wrong(examined(person, server.uri, status=0)) == {}


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"MLFLOW_TRACKING_USERNAME": "me"}, "login-half"),
        ({"MLFLOW_TRACKING_PASSWORD": "hunter2"}, "login-half"),
        (
            {
                "MLFLOW_TRACKING_USERNAME": "me",
                "MLFLOW_TRACKING_PASSWORD": "hunter2",
                "MLFLOW_TRACKING_TOKEN": "hunter3",
            },
            "login-two",
        ),
        ({"MLFLOW_AUTH_ADMIN_PASSWORD": "hunter2hunter2"}, "login-of-server"),
        ({"MLFLOW_FLASK_SERVER_SECRET_KEY": "hunter2"}, "login-of-server"),
    ],
)
def test_a_login_that_is_not_what_it_seems_is_told(
    person: Home, server: Shared, variables: dict[str, str], code: str
) -> None:
    ran = person.run("doctor", server.uri, "--json", status=0, MLFLOW_TRACKING_URI=server.uri, **variables)
    assert (cause(ran.json), wrong(ran.json)) == (code, {"login-settings": code})
    assert "hunter" not in ran.out + ran.err


def test_a_login_that_mlflows_file_completes_is_whole(person: Home, server: Shared) -> None:
    file = Path(person.environment["HOME"]) / ".mlflow" / "credentials"
    file.parent.mkdir()
    file.write_text("[mlflow]\nmlflow_tracking_password = hunter2\n", encoding="utf-8")
    file.chmod(0o600)
    document = examined(person, server.uri, status=0, MLFLOW_TRACKING_USERNAME="me")
    assert row(document, "login-settings")["status"] == "ok"


@POSIX
def test_files_with_secrets_that_others_may_read_are_told_and_closed(person: Home, server: Shared) -> None:
    home = Path(person.environment["HOME"])
    (home / ".mlflow").mkdir()
    for name in (".mlflow/credentials", ".databrickscfg"):
        (home / name).write_text("", encoding="utf-8")
        (home / name).chmod(0o644)
    remember(person, server.uri)
    secrets = person.quickstart_home / "state" / "secrets"
    secrets.mkdir(mode=0o755)
    document = examined(person, status=0)
    assert wrong(document) == {"modes": "open-to-others"}
    for path in (home / ".mlflow/credentials", home / ".databrickscfg", secrets):
        assert str(path) in row(document, "modes")["what"]
    typed(person, fix_of(row(document, "modes")))
    assert wrong(examined(person, status=0)) == {}
    assert (home / ".databrickscfg").stat().st_mode & 0o777 == 0o600
    assert secrets.stat().st_mode & 0o777 == 0o700


# quickstart's own files.


@pytest.mark.parametrize("name", ["connections.json", "servers/local.json", "journal/team.jsonl", "secrets/team.json"])
def test_a_file_of_our_own_that_is_damaged_is_told(person: Home, server: Shared, name: str) -> None:
    remember(person, server.uri)
    path = person.quickstart_home / "state" / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text('{"event": "end"}' if name.endswith("l") else "{", encoding="utf-8")
    path.chmod(0o600)
    document = examined(person, server.uri, status=3)
    assert cause(document) == "state-damaged"
    assert str(path) in row(document, "ours")["what"]
    assert "check-crashed" not in wrong(document).values()


def test_nothing_is_wrong_where_nothing_is_set(person: Home, server: Shared) -> None:
    remember(person, server.uri)
    assert wrong(examined(person, status=0)) == {}
    with socket.create_connection(("127.0.0.1", port_of(server.uri)), timeout=5):
        assert wrong(examined(person, status=0, MLFLOW_TRACKING_URI=server.uri)) == {}
