"""What would fill the memory, the disk or the time of a server, from strangers and from seats."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import secrets
import shutil
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from quickstart.workshop.classroom import proxy
from quickstart.workshop.classroom.passwords import Passwords, digest
from quickstart.workshop.classroom.roster import RequestRefused
from quickstart.workshop.classroom.server import Settings
from tests.real.workshop.classroom.test_ids import NEW, start_trace
from tests.real.workshop.classroom.workshop_server import Answer, Participant, WorkshopServer


@pytest.fixture(scope="module")
def ada(workshop: WorkshopServer) -> Participant:
    return workshop.sit("Ada")


@pytest.mark.parametrize("path", ["/static-files/x", "/favicon.ico", "/health", "/version", "/", "/v1/traces"])
def test_nobody_without_a_login_sends_a_body(workshop: WorkshopServer, path: str) -> None:
    with workshop.raw() as line:
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode())
        line.settimeout(5)
        assert b" 401 " in line.recv(4096)
    with workshop.raw() as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{{".encode())
        line.settimeout(20)  # more than what the server waits for the rest of a body
        assert line.recv(4096)


def test_what_needs_no_login_is_small(workshop: WorkshopServer) -> None:
    assert workshop.get("/health").status == 200
    assert workshop.get("/version").status == 200
    assert workshop.get("/static-files/index.html").status == 401


def spans(seat: Participant, content: bytes, encoding: str) -> Answer:
    headers = {"Content_Type": "application/json", "Content_Encoding": encoding}
    return seat.ask("POST", "/v1/traces", content, x_mlflow_experiment_id=seat.experiment, **headers)


def one_span(trace: str) -> bytes:
    span = {"traceId": trace, "spanId": secrets.token_hex(8), "name": "small", "startTimeUnixNano": "1"}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [{**span, "endTimeUnixNano": "2"}]}]}]}).encode()


@pytest.mark.parametrize(
    ("pack", "encoding"), [(gzip.compress, "gzip"), (zlib.compress, "deflate"), (lambda plain: plain, "identity")]
)
def test_packed_spans_are_taken(ada: Participant, pack: Any, encoding: str) -> None:
    trace = secrets.token_hex(16)
    assert spans(ada, pack(one_span(trace)), encoding).status == 200
    assert ada.ask("GET", f"{NEW}/traces/tr-{trace}").status == 200


@pytest.mark.parametrize(("pack", "encoding"), [(gzip.compress, "gzip"), (zlib.compress, "deflate")])
def test_a_small_body_does_not_become_a_giant(ada: Participant, pack: Any, encoding: str) -> None:
    assert spans(ada, pack(b" " * 30_000_000), encoding).code == "too-large"


def test_what_cannot_be_unpacked_is_refused(ada: Participant) -> None:
    for content, encoding in ((b"x", "gzip"), (gzip.compress(b"{}")[:-9], "gzip"), (b"{}", "br")):
        assert spans(ada, content, encoding).code == "bad-request"


def test_patterns_are_bounded(ada: Participant) -> None:
    trace = f"tr-{secrets.token_hex(16)}"
    assert start_trace(ada, trace, {"word": "bb"}).status == 200

    def found(pattern: str) -> bool:
        where = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": ada.experiment}}]
        asked = {"locations": where, "filter": f"tags.word RLIKE '{pattern}'"}
        return trace.encode() in ada.ask("POST", f"{NEW}/traces/search", asked).content

    assert found("^b+$")
    assert not found("^(b+)+$")


class Slow:
    """MLflow's place, and a client that reads nothing."""

    def __init__(self, folder: Path, size: int) -> None:
        settings = Settings(
            "x", 2, str(folder), "", "", "", "", "", None, None, False, "", digest("s"), digest("i"), None, "none"
        )
        passwords = Passwords(digest("i"))
        for name in ("seat-01", "seat-02"):
            passwords.put(name, [digest("p")])
        self.proxy = proxy.MlflowProxy(settings, passwords)
        self.proxy.mlflow_app = self.answer
        self.size, self.asked = size, 0
        self.sent: list[int] = []

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * self.size})

    def request(self, user: str, path: str, method: str = "GET", *, reads: bool = False) -> asyncio.Task[None]:
        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            self.sent.append(len(message.get("body", b"")))
            if not reads:
                await asyncio.Event().wait()

        login = b"Basic " + base64.b64encode(f"{user}:p".encode())
        scope = {"type": "http", "method": method, "path": path, "headers": [(b"authorization", login)]}
        return asyncio.ensure_future(self.proxy(scope, receive, send))


CALL, FILE = "/api/2.0/mlflow/runs/get", "/get-artifact"


@pytest.mark.parametrize(("path", "most"), [(CALL, proxy.OF_ONE), (FILE, proxy.FILES_OF_ONE)])
def test_a_seat_that_does_not_read_waits_for_itself_alone(tmp_path: Path, path: str, most: int) -> None:
    async def play() -> None:
        slow = Slow(tmp_path, 100)
        stuck = [slow.request("seat-01", path) for _ in range(10)]
        await asyncio.sleep(0.05)
        assert slow.asked == most
        await asyncio.wait_for(slow.request("seat-02", path, reads=True), 5)
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)

    asyncio.run(play())


@pytest.mark.parametrize("path", [CALL, FILE])
def test_who_reads_nothing_is_let_go(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "STALL", 0.05)

    async def play() -> None:
        slow = Slow(tmp_path, 100)
        await asyncio.wait_for(asyncio.gather(*[slow.request("seat-01", path) for _ in range(8)]), 10)
        assert slow.asked == 8

    asyncio.run(play())


def test_a_large_answer_leaves_in_pieces(tmp_path: Path) -> None:
    async def play() -> list[int]:
        slow = Slow(tmp_path, 1_000_000)
        await slow.request("seat-01", CALL, reads=True)
        return slow.sent

    sent = asyncio.run(play())
    assert max(sent) <= 64 * 1024
    assert sum(sent) == 1_000_000


def test_uploads_leave_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10))
    put = "/api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/x"

    async def play(path: str, method: str) -> None:
        await Slow(tmp_path, 1).request("seat-01", path, method, reads=True)

    for path, method in ((put, "PUT"), ("/ajax-api/2.0/mlflow/upload-artifact", "POST")):
        with pytest.raises(RequestRefused) as refused:
            asyncio.run(play(path, method))
        assert refused.value.code == "disk-full"
    asyncio.run(play(put, "GET"))
    asyncio.run(play(CALL, "GET"))
