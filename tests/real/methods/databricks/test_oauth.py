"""Logging in by the browser: the runtime's databricks-sdk does the protocol, the stand-in checks it (PKCE, state)."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psutil
import pytest

from quickstart.methods.databricks.access import SDK
from quickstart.runtime.process import ScriptProcess, clean_environment
from tests.conftest import Home, free_port
from tests.messages import fix_of
from tests.real.helpers import alive, eventually, nobody_listens
from tests.real.methods.databricks.helpers import config, connections, files_with, profiles, stages
from tests.real.methods.databricks.interpreters import browser
from tests.standins.databricks import Workspace
from tests.unit.conftest import mode

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for a browser is a script with #!"),
]


@pytest.fixture
def seated(knowing: Home) -> Home:
    """A home before which somebody sits with a browser."""
    knowing.environment.update(browser(knowing.path / "bin"))
    return knowing


def cached(home: Home) -> list[Path]:
    """Return the SDK's own files of tokens."""
    folder = home.path / "home" / ".config" / "databricks-sdk-py"
    return [path for path in folder.rglob("*") if path.is_file()]


def command_of(process: psutil.Process) -> list[str]:
    """Return a process's command line, nothing of one that has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def go(url: str) -> tuple[int, str]:
    """Open an address as a browser does, and return what the last page says."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=10) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_login_by_the_browser_is_kept_privately_where_the_sdk_finds_it_and_undo_deletes_it(
    seated: Home, place: Workspace
) -> None:
    document = seated.json("login", "databricks", "--host", place.url, "--oauth")
    assert profiles(config(seated)) == {"databricks": {"host": place.url, "auth_type": "external-browser"}}
    assert set(stages(document).values()) <= {"ok", "skip"}
    (file,) = cached(seated)
    if os.name != "nt":
        assert (mode(file), mode(file.parent), mode(config(seated))) == ("600", "700", "600")
    tokens = json.loads(file.read_text())["token"]
    assert place.refresh_tokens.keys() == {tokens["refresh_token"]}
    for secret in (tokens["access_token"], tokens["refresh_token"]):
        assert files_with(secret, seated, file) == []
        assert secret not in str(document)
    assert place.requests[-1].kind == "oauth-user"
    seated.run("undo", "--yes")
    assert (cached(seated), config(seated).exists()) == ([], False)


def test_tokens_that_cannot_be_renewed_are_a_refusal_that_names_the_login_and_no_new_browser(
    seated: Home, place: Workspace
) -> None:
    seated.json("login", "databricks", "--host", place.url, "--oauth")
    (file,) = cached(seated)
    kept = json.loads(file.read_text())
    kept["token"]["expiry"] = "2020-01-01T00:00:00"
    file.write_text(json.dumps(kept))
    place.refresh_tokens.clear()
    place.requests.clear()
    document = seated.json("verify", status=3)
    assert document["error"]["code"] == "login-refused"
    assert f"login databricks --host {place.url} --profile databricks" in fix_of(document["error"])
    assert kept["token"]["refresh_token"] not in str(document)
    assert not place.calls("/oidc/v1/authorize")


def test_no_in_the_browser_saves_nothing(seated: Home, place: Workspace) -> None:
    place.consent = "deny"
    error = seated.json("login", "databricks", "--host", place.url, "--oauth", status=1)["error"]
    assert error["code"] == "oauth-denied"
    assert "The resource owner denied the request" in error["what"]
    assert "--token-stdin" in fix_of(error)
    assert (cached(seated), config(seated).exists(), connections(seated)) == ([], False, [])


def test_ctrl_c_while_the_browser_is_out_leaves_no_process_and_no_port(seated: Home, place: Workspace) -> None:
    (seated.path / "bin" / "browser").write_text("#!/bin/sh\nexit 0\n")
    waiting = subprocess.Popen(
        [sys.executable, "-m", "quickstart", "login", "databricks", "--host", place.url, "--oauth"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(seated.path / "said").open("w"),
        env=seated.environment,
        cwd=seated.cwd,
    )
    try:
        pattern = re.compile(r"localhost%3A(\d+)")
        found = eventually("the link", lambda: pattern.search("".join((seated.path / "said").read_text().split())))
        port, family = int(found[1]), psutil.Process(waiting.pid).children(recursive=True)
        # What opens the browser is the person's: it lives on, as the browser does.
        family = [one for one in family if "webbrowser" not in command_of(one)]
        assert not nobody_listens(port)
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(20) in (130, -signal.SIGINT)
        assert nobody_listens(port)
        assert family
        assert alive(family) == []
    finally:
        waiting.kill()
        waiting.wait()
    assert (cached(seated), config(seated).exists()) == ([], False)


class Signing:
    """The script itself, in a conversation, as quickstart has it."""

    def __init__(self, home: Home, place: Workspace, **wish: Any) -> None:
        self.port = free_port()
        ports = {"first_port": self.port, "last_port": self.port}
        about = {"action": "sign-in", "host": place.url, "profile": "p", "seconds": 20, "paste": False}
        python = Path(home.environment["QUICKSTART_PYTHON"])
        surroundings = {key: home.environment[key] for key in ("HOME", "PATH")}
        self.talk = ScriptProcess(
            python, SDK, {**about, **ports, **wish}, 30, environment=clean_environment(**surroundings)
        )


@pytest.fixture
def signing(knowing: Home, place: Workspace) -> Iterator[Signing]:
    """Begin a login by the script."""
    signing = Signing(knowing, place)
    with signing.talk:
        yield signing


def test_it_listens_before_the_address_is_shown_and_asks_with_pkce(signing: Signing) -> None:
    opened = signing.talk.answer()
    query = parse_qs(urlsplit(opened["url"]).query)
    assert not nobody_listens(opened["port"])
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"http://localhost:{signing.port}"]
    assert query["client_id"] == ["databricks-cli"]
    assert len(query["state"][0]) >= 16
    status, page = go(opened["url"])
    assert (status, "You are logged in." in page) == (200, True)
    assert signing.talk.answer()["event"] == "signed-in"


def test_a_forged_answer_is_turned_away_and_the_right_one_still_counts(signing: Signing, place: Workspace) -> None:
    opened = signing.talk.answer()
    back = f"http://localhost:{opened['port']}/"
    for forged in ({"code": "stolen", "state": "other"}, {"error": "access_denied", "state": "other"}):
        status, page = go(f"{back}?{urlencode(forged)}")
        assert (status, "belongs to another login" in page) == (400, True)
    assert [go(back + path)[0] for path in ("", "favicon.ico", "?code=stolen", "?state=other")] == [404] * 4
    assert go(opened["url"])[0] == 200
    assert signing.talk.answer()["event"] == "signed-in"
    assert not place.codes


def test_a_browser_that_opens_connections_ahead_does_not_hold_it_up(signing: Signing) -> None:
    opened = signing.talk.answer()
    with (
        socket.create_connection(("localhost", opened["port"])),
        socket.create_connection(("localhost", opened["port"])),
    ):
        assert go(opened["url"])[0] == 200
    assert signing.talk.answer()["event"] == "signed-in"


def test_a_code_that_is_refused_is_told_without_the_code(signing: Signing) -> None:
    opened = signing.talk.answer()
    state = parse_qs(urlsplit(opened["url"]).query)["state"][0]
    go(f"http://localhost:{opened['port']}/?{urlencode({'code': 'long-spent', 'state': state})}")
    answer = signing.talk.answer()
    assert answer["error"] == "oauth-refused"
    assert "unknown, expired or used" in answer["detail"]
    assert "long-spent" not in str(answer)


def test_an_answer_to_another_login_alone_is_its_own_code_when_the_time_is_up(knowing: Home, place: Workspace) -> None:
    place.consent = "wrong-state"
    for comes, code in ((True, "oauth-state"), (False, "oauth-expired")):
        signing = Signing(knowing, place, seconds=1.0 if not comes else 2.0)
        with signing.talk as talk:
            opened = talk.answer()
            if comes:
                assert go(opened["url"])[0] == 400
            assert talk.answer()["error"] == code
        assert nobody_listens(signing.port)


def test_a_port_that_is_taken_is_passed_over_and_all_of_them_taken_is_told(knowing: Home, place: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = holder.getsockname()[1]
        with Signing(knowing, place, first_port=taken, last_port=taken + 20).talk as talk:
            opened = talk.answer()
            assert taken < opened["port"] <= taken + 20
            assert f"localhost%3A{opened['port']}" in opened["url"]
        with Signing(knowing, place, first_port=taken, last_port=taken).talk as talk:
            assert talk.answer() == {"error": "oauth-ports", "detail": f"{taken} to {taken}"}


def test_the_official_ports_are_the_ones_that_are_tried(seated: Home, place: Workspace) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # where another test has it, that is as good
            holder.bind(("127.0.0.1", 8020))
            holder.listen()
        place.consent = "deny"
        ran = seated.run("login", "databricks", "--host", place.url, "--oauth", status=1)
    (port,) = set(re.findall(r"localhost%3A(\d+)", "".join(ran.err.split())))
    assert 8020 < int(port) <= 8040


def test_what_the_browser_prints_does_not_get_into_the_document(seated: Home, place: Workspace) -> None:
    browser(seated.path / "bin", says="Opening in existing browser session.")
    place.consent = "deny"
    ran = seated.run("login", "databricks", "--host", place.url, "--oauth", "--json", status=1)
    assert ran.json["error"]["code"] == "oauth-denied"
