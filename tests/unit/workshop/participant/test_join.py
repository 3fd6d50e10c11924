"""What a participant's side decides without asking anybody."""

from __future__ import annotations

import pytest

from quickstart.errors import QuickstartError
from quickstart.explain import explain
from quickstart.models import Machine
from quickstart.net.http import Answer
from quickstart.system.shell import as_typed_here
from quickstart.workshop.instructor.rehearse import OURS, Participant, make_participants, result
from quickstart.workshop.participant import seats
from quickstart.workshop.participant.join import check_reach, client_mismatch, is_private, join_command, with_retry
from quickstart.workshop.participant.join_code import Code, Invitation
from quickstart.workshop.participant.results import Seat
from tests.messages import fix_of

CODE = Code("A" * 8, "B" * 12)
COLAB = Machine("Linux", "notebook", "COLAB_RELEASE_TAG is set: Google Colab", "3.12.1")
HUB = Machine("Linux", "notebook", "JUPYTERHUB_SERVICE_PREFIX is set: a JupyterHub", "3.12.1")
LAPTOP = Machine("Linux", "laptop", "it has a battery", "3.12.1")


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("192.168.1.20", True),
        ("10.0.0.1", True),
        ("fd00::20", True),
        ("laptop", True),
        ("laptop.local", True),
        ("8.8.8.8", False),
        ("class.example.org", False),
        ("127.0.0.1", False),
        ("localhost", False),
    ],
)
def test_private_addresses(host: str, private: bool) -> None:
    assert is_private(host) is private


@pytest.mark.parametrize(
    ("where", "host", "reachable"),
    [
        (COLAB, "192.168.1.20", False),
        (COLAB, "class.example.org", True),
        (HUB, "192.168.1.20", True),
        (LAPTOP, "192.168.1.20", True),
    ],
)
def test_a_cloud_notebook_and_a_room(where: Machine, host: str, reachable: bool) -> None:
    invitation = Invitation(host, 5443, CODE)
    if reachable:
        check_reach(invitation, where)
        return
    with pytest.raises(QuickstartError) as caught:
        check_reach(invitation, where)
    assert caught.value.code == "room-out-of-reach"
    assert caught.value.facts["what"] == "Google Colab"


@pytest.mark.parametrize(
    ("client", "server", "words"),
    [
        ("3.17.2", "3.17.2", ""),
        ("3.17.2", "3.16.0", ""),
        ("2.9.0", "3.17.2", "is older"),
        ("3.1.0", "2.20.0", "log_model()"),
        ("dev", "3.17.2", ""),
    ],
)
def test_versions_that_do_not_go_together(client: str, server: str, words: str) -> None:
    told = client_mismatch(client, server)
    assert words in told
    assert bool(words) is bool(told)


def test_a_name_in_one_line() -> None:
    assert seats.plain(" Ada\n\t<b>L</b>\x1b[31m \u202e") == "Ada <b>L</b> [31m"
    assert len(seats.plain("x" * 10_000)) == seats.MAX_NAME


class Room:
    """A class that gives one answer after the other.

    Args:
        answers: what it says.
    """

    def __init__(self, *answers: Answer | QuickstartError) -> None:
        self._answers = list(answers)
        self.asked = 0

    def request(self, method: str, path: str, **options: object) -> Answer:
        self.asked += 1
        said = self._answers.pop(0)
        if isinstance(said, QuickstartError):
            raise said
        return said

    def authorize(self, headers: dict[str, str]) -> None:
        self.headers = headers


SEAT = (
    b'{"seat": 7, "username": "seat-07", "password": "0123", "name": "Ada", "again": false, "title": "A", "url": "x",'
    b' "experiment": {"id": "3", "name": "seat-07"}, "class_experiment": null, "shared": "none", "mlflow": "3.17.2"}'
)
GOOD = Answer(200, {}, SEAT)


def ask(*answers: Answer | QuickstartError) -> tuple[Room, Seat]:
    room = Room(*answers)
    return room, seats.ask_for_seat(room, Invitation("h", 1, CODE), "0" * 32, None)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits."""
    monkeypatch.setattr("quickstart.workshop.participant.seats.time.sleep", lambda seconds: None)


@pytest.mark.parametrize(
    "first",
    [
        QuickstartError("room-broke-off"),
        QuickstartError("room-no-answer"),
        QuickstartError("room-closed"),
        Answer(503, {}, b""),
        Answer(429, {"retry-after": "2"}, b"{}"),
    ],
)
def test_what_may_go_well_the_second_time_is_asked_again(first: Answer | QuickstartError) -> None:
    room, seat = ask(first, GOOD)
    assert (room.asked, seat.seat) == (2, 7)
    assert room.headers == {"Authorization": "Basic c2VhdC0wNzowMTIz"}
    assert "0123" not in repr(seat)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(403, {}, b'{"error": {"code": "wrong-code", "detail": "no"}}'), "wrong-code"),
        (Answer(429, {"retry-after": "300"}, b'{"error": {"code": "too-many-tries"}}'), "too-many-tries"),
        (Answer(409, {}, b'{"error": {"code": "class-full"}}'), "class-full"),
        (Answer(404, {}, b"not found"), "room-odd-answer"),
        (Answer(500, {}, b'{"error": "x"}'), "room-odd-answer"),
        (Answer(200, {}, b"[]"), "room-odd-answer"),
        (Answer(200, {}, b'{"seat": "7"}'), "room-odd-answer"),
        (Answer(200, {}, SEAT.replace(b"7,", b'"7",', 1)), "room-odd-answer"),
    ],
)
def test_what_is_final_is_asked_once(answer: Answer, code: str) -> None:
    with pytest.raises(QuickstartError) as caught:
        ask(answer)
    assert caught.value.code == code


def test_a_server_that_stays_away_is_given_up() -> None:
    with pytest.raises(QuickstartError) as caught:
        ask(*[QuickstartError("room-closed")] * 4)
    assert caught.value.code == "room-closed"


def test_who_takes_part_in_a_rehearsal() -> None:
    crowd = make_participants(4, 60.0)
    assert [one.begins for one in crowd] == [0.0, 15.0, 30.0, 45.0]
    assert [one.begins for one in make_participants(3, 0.0)] == [0.0] * 3
    assert len({one.device for one in crowd}) == len({one.name for one in crowd}) == 4
    assert all(OURS.fullmatch(one.name) for one in crowd)


def test_how_a_rehearsal_went() -> None:
    crowd = [Participant(str(number), 0.0, seconds=number / 10, ended=number / 5) for number in range(1, 21)]
    crowd += [Participant("failed", 0.0, code="room-closed"), Participant("slow", 0.0)]
    done = result(crowd, 0.0)
    assert (done.seats, done.proven, done.last) == (22, 20, 4.0)
    assert (done.percentile(0.5), done.percentile(0.95)) == (1.1, 2.0)
    assert done.failures == {"room-closed": 1, "not-through": 1}


LINE = f"quickstart join h:1/{CODE.text}"


@pytest.mark.parametrize(
    ("fault", "fix"),
    [
        (
            QuickstartError("join-locked", address="h:1", again="ADDRESS/CODE"),
            f"{LINE} --python p   First ask the instructor to run `quickstart workshop unlock`.",
        ),
        (
            QuickstartError("wrong-code", address="h:1", again="quickstart join h:1/CODE"),
            "quickstart join h:1/CODE   First compare the code with the board.",
        ),
        (QuickstartError("python-too-old", python="p", version="3.8"), f"{LINE} --yes --python .venv/bin/python"),
        (
            QuickstartError("room-proxy", address="h:1", host="h", url="https://h:1", proxy="p", detail="no"),
            f"{LINE} --python p",
        ),
    ],
)
def test_a_mend_joins_once_more_by_the_line_that_was_typed(fault: QuickstartError, fix: str) -> None:
    assert join_command(Invitation("h", 1, CODE), None) == LINE
    said = fix_of(explain(with_retry(fault, LINE, f"{LINE} --python p")))
    assert said.endswith(as_typed_here(fix))


def test_what_is_no_line_is_not_repeated() -> None:
    assert fix_of(explain(with_retry(QuickstartError("bad-code", detail="x"), "", ""))).endswith(
        "Type it exactly as the board shows it."
    )


def test_a_name_is_quoted_in_the_line() -> None:
    assert join_command(Invitation("h", 1, CODE), "Ada L.") == f"{LINE} --name 'Ada L.'"
