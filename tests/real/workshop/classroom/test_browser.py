"""The board, and MLflow's own pages, in a real browser.

QUICKSTART_PICTURES names a folder for screenshots of the board, to be looked at.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.workshop.classroom.browser import CHROMIUM, Page, open_page
from tests.real.workshop.classroom.workshop_server import BOARD_KEY, INSTRUCTOR, JOIN_LINE, WorkshopServer, run_workshop

pytestmark = [pytest.mark.matrix, pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")]
SIZES = {"projector": (1024, 768), "screen": (1920, 1080), "phone": (390, 844)}
LIVE = 'document.body.classList.contains("live")'


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_page(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def board(workshop: WorkshopServer, page: Page) -> Page:
    page.size(*SIZES["projector"])
    page.events.clear()
    page.go(f"https://127.0.0.1:{workshop.port}/board?key={BOARD_KEY}")
    page.until(LIVE)
    return page


def text(page: Page, selector: str) -> str:
    return str(page.value(f"document.querySelector({selector!r}).innerText"))


def test_the_board_shows_how_to_join_and_draws_events_without_reload(workshop: WorkshopServer, board: Page) -> None:
    assert text(board, "h1") == "MLOps course"
    assert text(board, "#join") == JOIN_LINE
    board.until('document.querySelector("#qr").naturalWidth > 0')
    board.value("window.same = 1")
    ada = workshop.sit("Ada")
    tile = f'document.querySelectorAll("#seats li")[{ada.facts["seat"] - 1}]'
    board.until(f'{tile}.className === "joined" && {tile}.innerText.includes("Ada")')
    ada.report(state="trouble", code="proxy-auth", headline="a proxy wants a login", seconds=None)
    board.until(f'{tile}.className === "trouble" && document.body.innerText.includes("a proxy wants a login")')
    ada.report(state="proven", code=None, headline="", seconds=1.0)
    board.until(f'{tile}.className === "proven" && document.querySelector("#help").hidden')
    assert board.value("window.same") == 1
    assert board.complaints() == []
    workshop.steer("free", seat=ada.facts["seat"])


def test_a_hostile_name_is_only_text(workshop: WorkshopServer, board: Page) -> None:
    ada = workshop.sit('<img src=x onerror="window.bad=1">')
    board.until('document.querySelector("#seats").innerText.includes("<img src=x")')
    assert board.value("window.bad") is None
    assert board.value('document.querySelectorAll("#seats img").length') == 0
    workshop.steer("free", seat=ada.facts["seat"])


def test_lock_hides_the_code_and_says_so(workshop: WorkshopServer, board: Page) -> None:
    workshop.steer("lock")
    try:
        board.until('!document.querySelector("#closed").hidden')
        assert "Joining is closed" in text(board, "main")
        assert "K7QF" not in str(board.value("document.documentElement.outerHTML"))
        assert board.value('document.querySelector("#qr").hidden') is True
    finally:
        workshop.steer("unlock")
    board.until('document.querySelector("#join").innerText.includes("K7QF")')


def test_a_lost_connection_shows_and_comes_back(tmp_path: Path, page: Page) -> None:
    with run_workshop(tmp_path, seats=3) as workshop:
        page.go(f"https://127.0.0.1:{workshop.port}/board?key={BOARD_KEY}")
        page.until(LIVE)
        workshop.stop(signal.SIGKILL)
        page.until('document.body.classList.contains("stale") && document.body.innerText.includes("not live")')
        page.value("lastMessage -= 60000")  # as if it were a minute ago
        page.until('document.body.innerText.includes("connection lost")')
        assert float(page.value("getComputedStyle(document.querySelector('main')).opacity")) < 0.6
        workshop.start()
        page.until(LIVE)


def test_a_class_that_closes_says_so_and_comes_back_when_it_is_opened_again(tmp_path: Path, page: Page) -> None:
    with run_workshop(tmp_path, seats=3) as workshop:
        workshop.sit("Ada").report(state="proven", code=None, headline="", seconds=1.0)
        page.go(f"https://127.0.0.1:{workshop.port}/board?key={BOARD_KEY}")
        page.until(f'{LIVE} && document.body.innerText.includes("1 of 3 proven")')
        workshop.stop()
        page.until('document.body.innerText.includes("This workshop is closed")')
        assert "1 of 3 proven" in text(page, "main")
        assert page.value('document.querySelector("#open").checkVisibility()') is False
        assert "K7QF" not in str(page.value("document.documentElement.outerHTML"))
        page.value("new Promise((done) => setTimeout(done, 1500))")
        assert page.value("document.body.className.includes('over') && source.readyState === EventSource.CLOSED")
        if folder := os.environ.get("QUICKSTART_PICTURES"):
            page.picture(Path(folder) / "board-closed.png")
        workshop.start()
        page.until(f'{LIVE} && document.querySelector("#join").innerText.includes("K7QF")')


def test_a_connection_that_never_came_back_is_asked_for_again(workshop: WorkshopServer, board: Page) -> None:
    """Nothing comes on the one connection, as when the Wi-Fi changed: no error comes."""
    board.value(
        "source.onmessage = source.onerror = null; lastMessage -= 60000; started -= 60000; window.before = source"
    )
    board.until('source !== window.before && document.body.classList.contains("live")')


def test_who_was_removed_is_not_named(workshop: WorkshopServer, board: Page) -> None:
    ada = workshop.sit("Somebody rude")
    board.until('document.body.innerHTML.includes("Somebody rude")')
    workshop.steer("remove", seat=ada.facts["seat"])
    try:
        board.until(f'document.querySelectorAll("#seats li")[{ada.facts["seat"] - 1}].className === "removed"')
        assert "rude" not in str(board.value("document.documentElement.outerHTML"))
    finally:
        workshop.steer("free", seat=ada.facts["seat"])


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_the_join_line_is_whole_and_large_at_every_size(
    workshop: WorkshopServer, board: Page, size: tuple[int, int]
) -> None:
    board.size(*size)
    box = "document.querySelector('#join').getBoundingClientRect()"
    board.until(f"{box}.right <= innerWidth && {box}.bottom <= innerHeight")
    assert board.value("document.documentElement.scrollWidth <= innerWidth")
    assert board.value("parseFloat(getComputedStyle(document.querySelector('#join')).fontSize)") >= 16
    if size[0] > 1000:
        assert board.value(
            f"{box}.height < 1.5 * parseFloat(getComputedStyle(document.querySelector('#join')).fontSize)"
        )


def pretend(seats: int, troubled: int) -> str:
    """Return a script that replaces the server's stream by one state, so that 200 seats need no 200 joins."""
    troubles = [
        "a proxy on the way wants a login",
        "Python 3.8 is too old: 3.11 or newer is needed",
        "the disk is full",
        "the package index that this machine is told to use does not answer, and neither does the one behind it",
    ]
    return f"""(() => {{
        source.close(); source.onmessage = source.onerror = null; lastMessage = Date.now() + 1e9;
        const seats = [...Array({seats}).keys()].map((index) => {{
            const other = index % 11 === 5 ? "joined" : index > {seats} * 0.9 ? "free" : "proven";
            const state = (index * 7) % {seats} < {troubled} ? "trouble" : other;
            const headline = {troubles!r}[index % 4];
            return {{seat: index + 1, state, name: state === "free" ? "" : "Participant " + index, at: null,
                trouble: state === "trouble" ? {{code: "proxy-auth", headline}} : null}};
        }});
        const counts = {{free: 0, joined: 0, proven: 0, trouble: 0}};
        for (const seat of seats) counts[seat.state] += 1;
        draw({{title: "MLOps course", open: true, locked: false, install_line: "pip install mlflow-quickstart",
            join_line: {JOIN_LINE!r}, seats, counts, version: 1}});
        showConnection("live");
    }})()"""


@pytest.mark.parametrize("troubled", [0, 3, 10])
@pytest.mark.parametrize("size", ["projector", "screen"])
def test_a_class_fills_the_screen_and_never_scrolls(board: Page, size: str, troubled: int) -> None:
    width, height = SIZES[size]
    board.size(width, height)
    for seats in (5, 12, 24, 40, 60, 61, 80, 120, 160, 200):
        board.value(pretend(seats, min(troubled, seats)))
        if folder := os.environ.get("QUICKSTART_PICTURES"):
            board.value("new Promise((done) => setTimeout(done, 500))")
            board.picture(Path(folder) / f"fit-{size}-{seats:03}-{troubled}.png")
        case = (size, seats, troubled)
        list_ = "document.querySelector('#seats')"
        boxes = f"[...{list_}.children].map((tile) => tile.getBoundingClientRect())"
        number = f"parseFloat(getComputedStyle({list_}.querySelector('strong')).fontSize)"
        assert board.value("document.documentElement.scrollHeight") <= height, case
        assert board.value("document.documentElement.scrollWidth") <= width, case
        assert board.value(f"Math.max(...{boxes}.map((box) => box.bottom))") <= height, case
        assert board.value(f"Math.max(...{boxes}.map((box) => box.bottom))") >= height - 30, case
        whole = "one.scrollHeight <= one.clientHeight + 1 && one.scrollWidth <= one.clientWidth"
        assert board.value(f"[...{list_}.children].every((one) => {whole})"), case
        assert board.value(number) >= (14 if seats <= 160 else 13), (case, board.value(number))
        if seats <= 80 or width > 1500:
            assert board.value(f"{list_}.querySelector('b').offsetWidth") > 40, case


def test_in_the_dark_and_on_a_phone_nothing_is_wider_than_the_screen(board: Page) -> None:
    for name, size in SIZES.items():
        for dark in (False, True):
            board.size(*size, dark=dark)
            board.value(pretend(60, 3))
            if folder := os.environ.get("QUICKSTART_PICTURES"):
                board.value("new Promise((done) => setTimeout(done, 500))")
                board.picture(Path(folder) / f"board-{name}{'-dark' if dark else ''}.png")
            assert board.value("document.documentElement.scrollWidth <= innerWidth")


def test_an_uploaded_page_runs_no_script_with_the_boards_origin(workshop: WorkshopServer, page: Page) -> None:
    ada = workshop.sit("Ada")
    run = ada.run()
    script = b"<body><p>mine</p><script>document.title = 'ran'; fetch('/quickstart/ready')</script>"
    put = f"/api/2.0/mlflow-artifacts/artifacts/{ada.experiment}/{run}/artifacts/page.html"
    assert ada.ask("PUT", put, script).status == 200
    page.go(f"https://127.0.0.1:{workshop.port}/quickstart/ready")
    page.until("document.body.innerText.includes('mlflow')")
    for path in (f"/get-artifact?run_uuid={run}&path=page.html", put, put.replace("/api/", "/ajax-api/")):
        frame = f"""new Promise(async (done) => {{
            const answer = await fetch({path!r});
            const policy = answer.headers.get("content-security-policy");
            const kind = answer.headers.get("content-disposition");
            done([answer.status, policy, kind]);
        }})"""
        page.go(f"https://127.0.0.1:{workshop.port}/version", ada.user)
        page.until("document.body.innerText.startsWith('3.')")
        status, policy, kind = page.value(frame)
        assert (status, policy.split(";")[0], kind.split(";")[0]) == (200, "sandbox", "attachment")
        page.go(f"https://127.0.0.1:{workshop.port}{path}", ada.user)
        page.value("new Promise((done) => setTimeout(done, 500))")
        assert page.value("document.title") != "ran"
    workshop.steer("free", seat=ada.facts["seat"])


def test_mlflows_own_pages_work_for_a_seat(workshop: WorkshopServer, page: Page) -> None:
    ada = workshop.sit("Ada")
    run = ada.run()
    ada.api("runs/log-metric", {"run_id": run, "key": "foo", "value": 1, "timestamp": 1})
    page.size(1400, 900)
    page.events.clear()
    page.go(f"https://127.0.0.1:{workshop.port}/#/experiments/{ada.experiment}/runs/{run}", ada.user)
    page.until("document.body.innerText.includes('foo')")
    page.go(f"https://127.0.0.1:{workshop.port}/#/experiments", ada.user)
    page.until(f"document.body.innerText.includes('{ada.facts['username']}')")
    shown = page.value("document.body.innerText")
    assert "Something went wrong" not in shown
    if folder := os.environ.get("QUICKSTART_PICTURES"):
        page.picture(Path(folder) / "mlflow.png")
        print(*page.complaints(), sep="\n")
    page.go(f"https://127.0.0.1:{workshop.port}/#/experiments", f"instructor:{INSTRUCTOR}")
    page.call("Page.reload")
    page.until("new Set(document.body.innerText.match(/seat-[0-9]+/g)).size > 5")
    workshop.steer("free", seat=ada.facts["seat"])
