"""What could go wrong around a login to a server: another server gets it, a name is another's, answers are none."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

from tests.conftest import Home, Shared, free_port
from tests.real.methods.server.helpers import (
    PASSWORD,
    TOKEN,
    by_password,
    by_token,
    credentials_file,
    kept,
    log_in,
    stages,
)
from tests.standins import front
from tests.standins.databricks.wire import Answer, Call
from tests.standins.front import Rule

PLAIN = "correct-horse"


def everybody(call: Call) -> Answer | None:
    """Let everybody in."""
    return None


def test_the_lines_for_a_shell_take_another_servers_login_away(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as first, front.front(everybody, server.uri) as second:
        by_token(home, first.url, "--name", "first")
        log_in(home, second.url, "--name", "second")
        shell: Any = {"MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": "x", "MLFLOW_TRACKING_TOKEN": TOKEN}
        lines = home.run("env", **shell).out
        assert lines.splitlines()[:3] == [f"unset {name}" for name in shell]
        assert stages(home.json("verify", **shell))["resolve"][0] == "warn"
    assert not [sent for _, _, sent in second.seen if sent]


@pytest.mark.parametrize("command", ["verify", "login"])
def test_a_shell_that_is_set_for_another_server_logs_in_to_that_one_alone(
    home: Home, server: Shared, command: str
) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        # The same host, another port: as by a tunnel.
        shell: Any = {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{free_port()}", "MLFLOW_TRACKING_TOKEN": TOKEN}
        words = ("verify", place.url) if command == "verify" else ("login", "server", place.url)
        error = home.json(*words, status=3 if command == "verify" else 4, **shell)["error"]
    assert error["code"] in ("login-needed", "answer-needed")
    assert not [sent for _, _, sent in place.seen if sent]


def test_a_variable_that_is_no_address_is_in_nobodys_way(home: Home, server: Shared) -> None:
    for strange in ("http://[x", "http://u:pw-secret@x.invalid", "databricks"):
        shell: Any = {"MLFLOW_TRACKING_URI": strange}
        with front.front(front.bearer(TOKEN), server.uri) as place:
            by_token(home, place.url, **shell)


def test_a_password_in_a_variable_or_an_address_is_not_shown(home: Home, server: Shared) -> None:
    with front.front(front.basic("me", PLAIN), server.uri) as place:
        shell: Any = {"MLFLOW_TRACKING_URI": place.url.replace("//", f"//me:{PLAIN}@")}
        ran = home.run("login", "server", **shell)
    assert PLAIN not in ran.out + ran.err
    bad = home.run("login", "server", f"https://me:{PLAIN}/x@127.0.0.1/", status=2)
    assert PLAIN not in bad.out + bad.err


def test_a_token_that_was_said_goes_before_the_user_in_the_address(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        by_token(home, place.url.replace("//", "//me:wrong@"))
    assert kept(home) == {"MLFLOW_TRACKING_TOKEN": TOKEN}


@pytest.mark.parametrize("address", ["http://al%0aice:pw@127.0.0.1:9", "http://a%3ab:pw@127.0.0.1:9"])
def test_what_can_be_no_user_is_none_in_an_address_either(home: Home, address: str) -> None:
    assert log_in(home, address, status=2)["error"]["code"] == "bad-username"


def test_two_logins_in_mlflows_file_leave_it_as_it_was(home: Home, server: Shared) -> None:
    with front.front(front.basic("me", PLAIN), server.uri) as place:
        for name in ("one", "two"):
            words = ("--username", "me", "--password-stdin", "--write-mlflow-credentials", "--name", name)
            log_in(home, place.url, *words, stdin=PLAIN)
    with front.front(front.basic("you", PLAIN), server.uri) as place:
        words = ("--username", "you", "--password-stdin", "--write-mlflow-credentials", "--name", "three")
        log_in(home, place.url, *words, stdin=PLAIN)
    for name in ("one", "two", "three"):
        home.run("undo", name, "--yes")
    assert not credentials_file(home).exists()


@pytest.mark.parametrize("password", [" pw ", "a%b"])
def test_what_the_file_cannot_hold_is_told_before_anything_is_kept(home: Home, server: Shared, password: str) -> None:
    with front.front(front.basic("me", password), server.uri) as place:
        words = ("--username", "me", "--password-stdin", "--write-mlflow-credentials")
        assert log_in(home, place.url, *words, stdin=password, status=2)["error"]["code"] == "credentials-file"
    assert not (home.quickstart_home / "state" / "secrets").exists()


@pytest.mark.parametrize("name", ["azureml", "local", "databricks-free"])
def test_a_name_of_another_place_is_not_taken_over(home: Home, server: Shared, name: str) -> None:
    assert log_in(home, server.uri, "--name", name, status=2)["error"]["code"] == "name-taken"
    assert home.json("list")["data"]["connections"] == []


def test_another_server_gets_another_name_and_both_stay(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as first, front.front(everybody, server.uri) as second:
        by_token(home, first.url)
        assert log_in(home, second.url)["data"]["connection"]["name"] == "server-2"
        assert log_in(home, second.url)["data"]["connection"]["name"] == "server-2"
    assert kept(home) == {"MLFLOW_TRACKING_TOKEN": TOKEN}


def status(number: int) -> Rule:
    """Answer that for all but the version."""
    return lambda call: None if call.path == "/version" else Answer(number, b"{}", {"Content-Type": "application/json"})


def version(text: str) -> Rule:
    """Tell that version."""
    return lambda call: Answer(200, text.encode(), {"Content-Type": "text/plain"})


def to(location: str) -> Rule:
    """Send everybody there."""
    return lambda call: Answer(302, b"", {"Location": location})


STRANGE: dict[str, tuple[Rule, str]] = {
    "no address": (to("http://[::1"), "unreachable"),
    "in a loop": (to("/version"), "not-mlflow"),
    "an API that is not there": (status(404), "not-mlflow"),
    "an API that is down": (status(503), "behind-down"),
    "an API that breaks": (status(500), "not-mlflow"),
    "a version of nines": (version("9" * 5000 + ".1"), "not-mlflow"),
    "a version of other digits": (version("0.0-\u0663"), "not-mlflow"),
}


@pytest.mark.parametrize(("rule", "code"), STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_answer_is_told_and_nothing_is_saved(home: Home, server: Shared, rule: Rule, code: str) -> None:
    with front.front(rule, server.uri) as place:
        error = log_in(home, place.url, status=1)["error"]
    assert error["code"] == code
    assert len(error["what"]) < 500
    assert home.json("list")["data"]["connections"] == []


@pytest.mark.parametrize("answers", [503, 500])
def test_a_server_that_breaks_only_after_the_login_is_told(home: Home, server: Shared, answers: int) -> None:
    refuses = front.basic("me", PASSWORD)
    with front.front(lambda call: refuses(call) or status(answers)(call), server.uri) as place:
        error = by_password(home, place.url, status=1)["error"]
    assert error["code"] == {503: "behind-down", 500: "api-error"}[answers]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs in folders")
def test_what_is_no_certificate_is_none(home: Home, server: Shared) -> None:
    os.mkfifo(home.cwd / "fifo")
    (home.cwd / "lines.pem").write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    for name in ("fifo", "lines.pem", "nowhere.pem", "."):
        assert log_in(home, server.uri, "--ca-file", name, status=2)["error"]["code"] == "bad-ca-file"


def test_a_token_of_this_shell_that_can_be_none_is_told(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        for strange in ("\u65e5\u672c", "two\nlines"):
            shell: Any = {"MLFLOW_TRACKING_TOKEN": strange}
            assert home.json("verify", place.url, status=3, **shell)["error"]["code"] == "bad-secret"


def test_an_older_server_is_told_to_whoever_cannot_be_asked(whole: Home, server: Shared) -> None:
    with front.front(front.telling("2.9.2"), server.uri) as place:
        told = " ".join(whole.run("login", "server", place.url).err.split())
    assert f"For a matching client: quickstart login server {place.url} --match-version" in told
