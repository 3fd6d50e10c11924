"""What strangers send: nothing of it harms the workshop, and all others go on working."""

from __future__ import annotations

import base64
import json
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from quickstart.workshop.classroom import limits
from tests.real.workshop.classroom.workshop_server import BOARD_KEY, SECRET, STEER, WorkshopServer

PATHS = ("/quickstart/join", "/quickstart/report", "/quickstart/steer")


@pytest.fixture(scope="module")
def seat_user(workshop: WorkshopServer) -> str:
    return workshop.sit("Ada").user


def body(workshop: WorkshopServer, path: str, content: bytes, user: str) -> int:
    if path.endswith("steer"):
        return workshop.post(path, content, Authorization=f"Bearer {STEER}").status
    return workshop.post(path, content, user).status


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b"[" * 4000,
        b'{"secret": ["K7QF3M2P"], "device": {}}',
        b'{"secret": 1, "device": null, "do": {}, "state": []}',
        json.dumps({"secret": SECRET, "device": "../../etc"}).encode(),
        json.dumps({"secret": SECRET, "device": "A" * 32}).encode(),
    ],
    ids=["empty", "cut", "list", "null", "text", "no utf-8", "deep", "types", "more types", "device", "capitals"],
)
def test_what_makes_no_sense_is_refused(workshop: WorkshopServer, seat_user: str, path: str, content: bytes) -> None:
    assert body(workshop, path, content, seat_user) == 400


@pytest.mark.parametrize("path", PATHS)
def test_a_giant_body_is_refused_before_it_is_read(workshop: WorkshopServer, seat_user: str, path: str) -> None:
    assert body(workshop, path, b"x" * 5000, seat_user) == 413
    with workshop.raw() as line:
        head = f"POST /quickstart/join HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {10**12}\r\n\r\n"
        line.sendall(head.encode())
        assert b" 413 " in line.recv(4096)


def test_a_giant_body_without_a_length_is_refused_as_it_comes(workshop: WorkshopServer) -> None:
    with workshop.raw() as line:
        line.sendall(b"POST /quickstart/join HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        line.sendall(b"1388\r\n" + b"x" * 5000 + b"\r\n")
        assert b" 413 " in line.recv(4096)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\x1b[31mred\x07\x00", "a[31mred"),
        ("abc\u202egpj.exe\u2066\u200b", "abcgpj.exe"),
        ("x" * 3000, "x" * 40),
        ("two\nlines\r\n\tand  more", "two lines and more"),
        ("e" + "\u0301" * 50, "\u00e9\u0301\u0301"),
        ({"no": "text"}, ""),
        (17, ""),
        ("\ud800", ""),
        ("   ", ""),
    ],
)
def test_a_hostile_name_is_cleaned_on_its_way_in(workshop: WorkshopServer, name: object, shown: str) -> None:
    device = secrets.token_hex(16)
    answer = workshop.join(device, name)
    assert answer.json["name"] == shown
    number = answer.json["seat"]
    assert workshop.seat(number)["name"] == shown
    workshop.steer("free", seat=number)
    workshop.all_made()


def test_the_boards_pages_run_nothing_but_their_own(workshop: WorkshopServer) -> None:
    for path in (f"/board?key={BOARD_KEY}", "/board", "/board/board.js", "/board/board.css", "/quickstart/ready"):
        headers = workshop.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_an_uploaded_page_is_served_so_that_it_cannot_run(workshop: WorkshopServer) -> None:
    ada = workshop.sit("Ada")
    run = ada.run()
    place = f"mlflow-artifacts/artifacts/{ada.experiment}/{run}/artifacts"
    for name, content in (
        ("page.html", b"<script>1</script>"),
        ("a.svg", b"<svg/>"),
        ("b.png", b"\x89PNG"),
        ("c.txt", b"hi"),
    ):
        assert ada.ask("PUT", f"/api/2.0/{place}/{name}", content).status == 200
        for path in (
            f"/get-artifact?run_uuid={run}&path={name}",
            f"/api/2.0/{place}/{name}",
            f"/ajax-api/2.0/{place}/{name}",
        ):
            answer = ada.ask("GET", path)
            assert (answer.status, answer.content) == (200, content)
            assert answer.headers["content-security-policy"].startswith("sandbox;")
            assert answer.headers["x-content-type-options"] == "nosniff"
            if name.endswith(("html", "svg")):
                assert answer.headers["content-disposition"].startswith("attachment")
    workshop.steer("free", seat=ada.facts["seat"])


def test_an_upload_has_a_limit(workshop: WorkshopServer) -> None:
    ada = workshop.sit()
    run = ada.run()
    path = f"/api/2.0/mlflow-artifacts/artifacts/{ada.experiment}/{run}/artifacts/x.bin"
    assert ada.ask("PUT", path, b"x" * 100_000).status == 200
    assert ada.ask("PUT", path + "2", b"x" * 100_001).status == 413
    with workshop.raw() as line:
        login = base64.b64encode(ada.user.encode()).decode()
        head = f"PUT {path}3 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {login}\r\n"
        line.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(3):
            line.sendall(b"c350\r\n" + b"x" * 50_000 + b"\r\n")
        line.sendall(b"0\r\n\r\n")
        assert b" 413 " in line.recv(4096)
    listed = ada.ask("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run}").json
    assert [one["path"] for one in listed["files"]] == ["x.bin"]


def test_a_flood_of_joins_and_wrong_codes_leaves_the_board_alive(workshop: WorkshopServer) -> None:
    def wrong(number: int) -> int:
        body = {"secret": "WRONGONE", "device": secrets.token_hex(16)}
        return workshop.post("/quickstart/join", body, X_Forwarded_For=f"10.0.0.{number}").status

    with ThreadPoolExecutor(8) as people:
        answers = set(people.map(wrong, range(60)))
    assert answers == {403, 429}  # whoever they say to be, they come from one address
    assert workshop.state()["wrong_codes"] >= 30
    assert workshop.get("/quickstart/ready").status == 200


@pytest.mark.matrix
def test_slow_clients_are_cut_off_while_others_are_served(workshop: WorkshopServer) -> None:
    lines = [workshop.raw() for _ in range(20)]
    try:
        for line in lines[:10]:
            line.sendall(b"POST /quickstart/join HTTP/1.1\r\nHost: x\r\nX-Slow: ")  # a head that never ends
        for line in lines[10:]:
            line.sendall(b"POST /quickstart/join HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert workshop.get("/quickstart/ready").status == 200
        for line in lines:
            line.settimeout(40)
            try:
                said = line.recv(4096)
            except ConnectionError:
                said = b""
            assert said == b"" or b" 408 " in said
    finally:
        for line in lines:
            line.close()


def test_handshakes_that_never_begin_are_counted(workshop: WorkshopServer) -> None:
    lines = []
    try:
        for _ in range(limits.WAITING + 20):
            lines.append(socket.create_connection(("127.0.0.1", workshop.port), 30, source_address=("127.0.0.2", 0)))
        lines[-1].settimeout(5)
        assert lines[-1].recv(1) == b""  # turned away
        assert workshop.get("/quickstart/ready").status == 200
    finally:
        for line in lines:
            line.close()
    workshop.wait_for(lambda: _comes_in(workshop))


def _comes_in(workshop: WorkshopServer) -> bool:
    plain = socket.create_connection(("127.0.0.1", workshop.port), 30, source_address=("127.0.0.2", 0))
    with workshop.trust.wrap_socket(plain, server_hostname="127.0.0.1") as line:
        line.sendall(b"GET /quickstart/ready HTTP/1.1\r\nHost: x\r\n\r\n")
        return b" 200 " in line.recv(4096)
