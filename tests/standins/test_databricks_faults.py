"""The workspace stand-in fails and dawdles as it is told, tells no secrets, and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from databricks.sdk.errors import Unauthenticated

from tests.standins.databricks import (
    BROKEN,
    FORBIDDEN,
    HANGING,
    LOGIN_PAGE,
    LOGIN_REDIRECT,
    NOT_FOUND,
    THROTTLED,
    UNAUTHORISED,
    UNAVAILABLE,
    Fault,
    Workspace,
    workspace,
)
from tests.standins.databricks.certificate import self_signed
from tests.standins.databricks.visitor import ME, NO_MLFLOW, begin_to_sign_in, browse, get, live_in, sdk

pytestmark = pytest.mark.matrix


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path, monkeypatch)


@pytest.fixture
def place() -> Iterator[Workspace]:
    with workspace(NO_MLFLOW) as made:
        yield made


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "status"),
        [
            (LOGIN_PAGE, 200),
            (LOGIN_REDIRECT, 303),
            (UNAUTHORISED, 401),
            (FORBIDDEN, 403),
            (NOT_FOUND, 404),
            (THROTTLED, 429),
            (BROKEN, 500),
            (UNAVAILABLE, 503),
        ],
    )
    def test_everything_has_the_fault_until_it_is_gone(self, place: Workspace, fault: Fault, status: int) -> None:
        place.fault = fault
        for path in (ME, "/.well-known/databricks-config"):
            answer = get(place, path, token=place.token)
            assert answer.status_code == status
            assert ("Databricks - Sign In" in answer.text) == (fault is LOGIN_PAGE)
            assert answer.headers.get("Retry-After") == ("1" if fault is THROTTLED else None)
        place.fault = None
        assert get(place, ME, token=place.token).status_code == 200

    def test_the_sign_in_page_is_where_the_redirect_leads(self, place: Workspace) -> None:
        place.fault = LOGIN_REDIRECT
        page = requests.get(place.url + ME, timeout=5)
        assert (page.status_code, urlsplit(page.url).path) == (200, "/login.html")

    def test_the_sdk_takes_a_refusal_for_what_it_is(self, place: Workspace) -> None:
        place.fault = Fault(status=401, only="/api/")
        with pytest.raises(Unauthenticated, match="Credential was not sent"):
            sdk(place, token=place.token).current_user.me()

    def test_the_sdk_waits_as_long_as_it_is_told(self, place: Workspace) -> None:
        place.fault = Fault(status=429, retry_after=1, only="/api/", times=1)
        start = time.monotonic()
        assert sdk(place, token=place.token).current_user.me().user_name == place.user
        assert time.monotonic() - start >= 1
        assert [one.status for one in place.requests if one.path == ME] == [429, 200]

    def test_a_slow_answer_is_late_and_counted(self, place: Workspace) -> None:
        place.fault = Fault(delay=0.3)
        assert get(place, ME, token=place.token).elapsed.total_seconds() >= 0.3
        assert 0.3 <= place.seconds() < 2

    def test_a_hanging_workspace_never_answers_and_still_closes(self) -> None:
        with workspace(NO_MLFLOW) as place:
            place.fault = HANGING
            with pytest.raises(requests.ReadTimeout):
                get(place, ME, token=place.token, timeout=0.3)
            assert (place.requests[-1].status, place.seconds()) == (0, 0)

    def test_a_clock_may_be_wrong(self, place: Workspace) -> None:
        place.fault = Fault(skew=-7200)
        told = parsedate_to_datetime(get(place, ME).headers["Date"]).timestamp()
        assert told - time.time() == pytest.approx(-7200, abs=5)


class TestCare:
    def test_the_record_holds_no_secret(self, place: Workspace) -> None:
        sdk(place, token=place.token).current_user.me()
        sdk(place, client_id=place.client_id, client_secret=place.client_secret).current_user.me()
        _, consent = begin_to_sign_in(place)
        consent.exchange_callback_parameters(browse(consent))
        secrets = [place.token, place.client_secret, *place.access_tokens, *place.refresh_tokens, "code"]
        assert not [one for one in secrets if one in repr(place.requests) + repr(place)]

    def test_nothing_is_left_behind(self) -> None:
        before = set(threading.enumerate())
        with workspace(NO_MLFLOW) as place, requests.Session() as kept_alive:
            port = urlsplit(place.url).port
            assert kept_alive.get(place.url + ME, timeout=5).status_code == 401
            assert set(threading.enumerate()) - before
        assert not set(threading.enumerate()) - before
        with socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", port)) != 0

    def test_a_private_certificate_is_trusted_only_by_whom_has_it(self, tmp_path: Path) -> None:
        certificate = self_signed(tmp_path)
        with workspace(NO_MLFLOW, certificate=certificate) as place:
            assert place.url.startswith("https://")
            with pytest.raises(requests.exceptions.SSLError):
                get(place, ME)
            answer = requests.get(place.url + ME, verify=str(certificate[0]), timeout=5)
            assert answer.status_code == 401

    @pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C goes to a whole console")
    def test_it_can_be_tried_by_hand(self) -> None:
        command = [sys.executable, "-m", "tests.standins.databricks", "--mlflow", NO_MLFLOW, "--token", "dapi1"]
        tried = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        try:
            assert tried.stdout is not None
            url = tried.stdout.readline().strip()
            assert requests.get(url + ME, headers={"Authorization": "Bearer dapi1"}, timeout=5).status_code == 200
            tried.send_signal(signal.SIGINT)
            assert tried.wait(10) == 0
        finally:
            tried.kill()
            tried.communicate()
