"""A login that is refused leaves everything as it was: what mlflow.login() gets wrong."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.conftest import Home, free_port
from tests.messages import fix_of
from tests.real.methods.databricks.helpers import BAD, GOOD_NEIGHBOUR, config, connections, has_profiles, log_in, silent
from tests.standins.databricks import Fault, Workspace
from tests.unit.conftest import mode

pytestmark = pytest.mark.matrix

DEADLINE = 10  # seconds, then a person must have been told


@pytest.mark.parametrize("profile", ["DEFAULT", "databricks", "mine"])
def test_a_token_that_is_refused_changes_no_byte_and_is_nowhere(profile: str, home: Home, place: Workspace) -> None:
    before = has_profiles(home, f"# mine\n[{profile}]\nhost = {place.url}\ntoken = dapimine\n[next]\nhost = x\n", 0o644)
    ran = home.run(
        *("login", "databricks", "--host", place.url, "--token-stdin", "--verbose"), stdin=f"{BAD}\n", status=1
    )
    assert config(home).read_bytes() == before
    assert mode(config(home)) == "644"
    silent(home, BAD, ran.out, ran.err)
    assert connections(home) == []
    assert not (home.quickstart_home / "state" / "journal").exists()


def test_a_token_that_is_refused_makes_no_file_and_says_so_in_one_code(home: Home, place: Workspace) -> None:
    document = log_in(home, place, token=BAD, status=1)
    error = document["error"]
    assert (error["code"], document["data"]) == ("login-refused", {})
    assert "403" in error["what"]
    assert error["why"] == "It is incomplete, was revoked, has expired, or belongs to another workspace."
    assert f"login databricks --host {place.url}" in fix_of(error)
    assert not config(home).exists()
    silent(home, BAD, str(document))


def test_a_refused_token_leaves_the_login_from_before_in_use(home: Home, place: Workspace) -> None:
    log_in(home, place)
    before = config(home).read_bytes()
    state = (home.quickstart_home / "state" / "connections.json").read_bytes()
    log_in(home, place, token=BAD, status=1)
    assert config(home).read_bytes() == before
    assert (home.quickstart_home / "state" / "connections.json").read_bytes() == state
    assert home.json("verify")["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}


@pytest.mark.parametrize("given", ["", "   \n", "two words", "dapi\x1b[A", "dapi%(host)s", "dapi\xe9"])
def test_what_can_be_no_token_is_never_sent(given: str, home: Home, place: Workspace) -> None:
    ran = home.run("login", "databricks", "--host", place.url, "--token-stdin", "--json", stdin=given, status=2)
    assert ran.json["error"]["code"] == ("bad-secret" if given.strip() else "usage")
    assert not place.calls("/api/2.0/preview")
    assert not config(home).exists()


def test_two_secrets_on_one_stdin_are_a_wrong_usage(home: Home, place: Workspace) -> None:
    ran = home.run("login", "databricks", "--token-stdin", "--client-secret-stdin", stdin="x", status=2)
    assert "Only one secret can come from stdin." in ran.err


WITHOUT_A_TERMINAL = {
    "nothing said": ((), "--host H, or set DATABRICKS_HOST"),
    "nothing said, and nobody": (("--no-input",), "--host H, or set DATABRICKS_HOST"),
    "only the host": (("--host", "HOST"), "--token-stdin"),
    "only the host, for a program": (("--host", "HOST", "--json"), "--token-stdin"),
    "the way, not the secret": (("--host", "HOST", "--client-id", "abc"), "--client-secret-stdin"),
    "every default, without a token": (("--host", "HOST", "--yes"), "--token-stdin"),
    "a browser elsewhere": (("--host", "HOST", "--no-browser"), "--token-stdin"),
}


@pytest.mark.parametrize(("said", "names"), WITHOUT_A_TERMINAL.values(), ids=WITHOUT_A_TERMINAL.keys())
def test_without_a_terminal_the_flags_are_named_and_nothing_waits(
    said: tuple[str, ...], names: str, whole: Home, place: Workspace
) -> None:
    arguments = [place.url if word == "HOST" else word for word in said]
    ran = whole.run("login", "databricks", *arguments, stdin="y\n", status=4)
    told = " ".join((ran.out + ran.err).split())
    assert names in told
    assert "answer-needed" in ran.out or "Missing answer" in told
    assert not config(whole).exists()


@pytest.mark.parametrize("wildcard", ["host", "0x7f.1", "1.2.3.4", "dbc-1.cloud.databricks.com"])
def test_a_login_goes_by_https_or_not_at_all(wildcard: str, home: Home) -> None:
    ran = home.run(
        *("login", "databricks", "--host", f"http://{wildcard}", "--token-stdin", "--json"), stdin=BAD, status=2
    )
    error = ran.json["error"]
    assert error["code"] == "plain-http"
    assert fix_of(error).endswith(f"login databricks --host https://{wildcard}")
    silent(home, BAD, ran.out, ran.err)


def within_the_deadline(home: Home, url: str) -> str:
    """Log in, and return the code of the error; it must come in time."""
    line = [sys.executable, "-m", "quickstart", "login", "databricks", "--host", url, "--token-stdin", "--json"]
    done = subprocess.run(
        line, input=BAD, capture_output=True, encoding="utf-8", env=home.environment, cwd=home.cwd, timeout=DEADLINE
    )
    assert done.returncode == 1, done.stderr
    code: str = json.loads(done.stdout)["error"]["code"]
    silent(home, BAD, done.stdout, done.stderr)
    return code


def test_a_host_that_takes_the_call_and_says_nothing_is_given_up(home: Home, taken_port: Callable[..., int]) -> None:
    before = has_profiles(home, GOOD_NEIGHBOUR)
    assert within_the_deadline(home, f"http://127.0.0.1:{taken_port()}") == "no-answer"
    assert config(home).read_bytes() == before


def test_a_host_that_does_not_even_take_the_call_is_given_up(home: Home) -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for caller in (first, second):  # the queue is full: whoever comes now is not answered
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        assert within_the_deadline(home, f"http://127.0.0.1:{listener.getsockname()[1]}") == "host-silent"


def test_a_closed_port_and_an_unknown_name_are_told_at_once(home: Home) -> None:
    assert within_the_deadline(home, f"http://127.0.0.1:{free_port()}") == "server-down"
    assert within_the_deadline(home, "https://dbc-typo.invalid") == "name-unknown"


def test_a_workspace_that_hangs_in_the_middle_of_the_login_is_given_up(home: Home, place: Workspace) -> None:
    place.fault = Fault(hangs=True, only="/api/2.0/preview")
    assert within_the_deadline(home, place.url) == "no-answer"
    assert not config(home).exists()
