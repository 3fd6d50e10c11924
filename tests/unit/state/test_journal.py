"""The journal: on disk before anything happens, and the way back."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.models import Plan, Status, Step, StepResult
from quickstart.state import journal
from quickstart.state.journal import Entry, Handler, Journal
from tests.unit.conftest import POSIX_MODES, mode

Parameters = Mapping[str, Any]


def step(name: str, **inverse: Any) -> Step:
    return Step(
        name,
        "do",
        f"do {name}",
        "there",
        "undone",
        {"name": name},
        {"kind": "undo", "parameters": inverse or {"id": name}},
    )


ONE, TWO, THREE = step("one"), step("two"), step("three")


class Hands:
    """Handlers that note what they were asked, and answer or fail as told."""

    def __init__(self, **answers: Status | QuickstartError) -> None:
        self.answers = answers
        self.undone: list[Parameters] = []

    def do(self, parameters: Parameters, progress: Progress) -> tuple[Status, str]:
        answer = self.answers.get(parameters["name"], "ok")
        if isinstance(answer, QuickstartError):
            raise answer
        return answer, f"did {parameters['name']}"

    def undo(self, parameters: Parameters, progress: Progress) -> tuple[Status, str]:
        self.undone.append(parameters)
        answer = self.answers.get(parameters.get("id", ""), "ok")
        if isinstance(answer, QuickstartError):
            raise answer
        return answer, "taken back"

    @property
    def handlers(self) -> dict[str, Handler]:
        return {"do": self.do, "undo": self.undo}


@pytest.fixture
def local(place: Path) -> Journal:
    return Journal("local")


def run(made: Journal, *steps: Step, **answers: Status | QuickstartError) -> list[StepResult]:
    return list(made.run(Plan("local", "local", steps), Hands(**answers).handlers, no_progress))


def undo(made: Journal, hands: Hands, **options: Any) -> list[StepResult]:
    return list(made.undo(hands.handlers, no_progress, options, lambda fault: f"because: {fault.code}"))


def open_steps(made: Journal) -> list[str]:
    return [entry.step.id for entry in made.entries()]


def brief(results: list[StepResult]) -> list[tuple[str, str, str]]:
    return [(result.id, result.status, result.detail) for result in results]


def test_a_step_and_its_inverse_are_on_disk_before_it_acts(local: Journal) -> None:
    seen = []

    def look(parameters: Parameters, progress: Progress) -> tuple[Status, str]:
        last = json.loads(local.path.read_text(encoding="utf-8").splitlines()[-1])
        seen.append((last["event"], last["step"]["id"], last["step"]["inverse"]))
        return "ok", ""

    list(local.run(Plan("local", "local", (ONE, TWO)), {"do": look}, no_progress))
    assert seen == [("begin", "one", ONE.inverse), ("begin", "two", TWO.inverse)]


def test_a_line_of_the_journal_reaches_the_disk_before_the_step_acts(
    local: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real = os.fsync

    def synced(number: int) -> None:
        order.append("synced")
        real(number)

    def acts(parameters: Parameters, progress: Progress) -> tuple[Status, str]:
        order.append("acts")
        return "ok", ""

    monkeypatch.setattr(os, "fsync", synced)
    list(local.run(Plan("local", "local", (ONE,)), {"do": acts}, no_progress))
    assert order == ["synced", "acts", "synced"]


@POSIX_MODES
def test_a_journal_is_its_owners_alone(local: Journal, place: Path) -> None:
    run(local, ONE)
    assert {mode(local.path), mode(local.path.parent)} == {"600", "700"}


def test_results_tell_what_came_of_each_step(local: Journal) -> None:
    results = run(local, ONE, TWO, two="skip")
    assert brief(results) == [("one", "ok", "did one"), ("two", "skip", "did two")]
    assert all(result.seconds >= 0 for result in results)


def test_a_step_that_fails_ends_the_run_and_can_be_taken_back(local: Journal) -> None:
    with pytest.raises(QuickstartError, match="port-taken"):
        run(local, ONE, TWO, THREE, two=QuickstartError("port-taken"))
    assert local.entries() == [Entry(ONE, ended=True), Entry(TWO)]


def test_what_was_so_already_is_not_ours_to_take_back(local: Journal) -> None:
    run(local, ONE, TWO, one="skip")
    assert open_steps(local) == ["two"]


def test_a_step_that_was_done_and_is_so_already_the_second_time_stays_ours(local: Journal) -> None:
    run(local, ONE)
    run(local, ONE, one="skip")
    assert local.entries() == [Entry(ONE, begun=2, ended=True)]


def test_a_step_that_an_earlier_run_may_have_died_at_stays_ours(local: Journal) -> None:
    with pytest.raises(QuickstartError):
        run(local, ONE, one=QuickstartError("killed"))
    run(local, ONE, one="skip")
    assert open_steps(local) == ["one"]


def test_the_second_run_keeps_the_first_inverse(local: Journal) -> None:
    run(local, step("one", previous="before quickstart"))
    run(local, step("one", previous="quickstart's own"))
    hands = Hands()
    undo(local, hands)
    assert hands.undone == [{"previous": "before quickstart"}]


def test_undo_takes_the_newest_back_first_and_leaves_no_journal(local: Journal) -> None:
    run(local, ONE, TWO, THREE)
    hands = Hands()
    results = undo(local, hands, delete_data=True)
    assert brief(results) == [(name, "ok", "taken back") for name in ("three", "two", "one")]
    assert hands.undone == [{"id": name, "delete_data": True} for name in ("three", "two", "one")]
    assert not local.path.exists()
    assert journal.journal_names() == []


def test_a_step_that_cannot_be_taken_back_stays_open_and_the_others_go_on(local: Journal) -> None:
    run(local, ONE, TWO, THREE)
    results = undo(local, Hands(two=QuickstartError("port-still-held")))
    assert brief(results) == [
        ("three", "ok", "taken back"),
        ("two", "fail", "because: port-still-held"),
        ("one", "ok", "taken back"),
    ]
    assert open_steps(local) == ["two"]
    assert brief(undo(local, Hands())) == [("two", "ok", "taken back")]
    assert not local.path.exists()


def test_what_the_disk_refuses_is_a_fault_and_does_not_stop_the_others(local: Journal) -> None:
    run(local, ONE, TWO, THREE)

    def refused(parameters: Parameters, progress: Progress) -> tuple[Status, str]:
        if parameters.get("id", parameters.get("name")) == "two":
            raise PermissionError(13, "Permission denied", "/there")
        return "ok", "taken back"

    results = list(local.undo({"undo": refused}, no_progress, {}, lambda fault: f"{fault.code} {fault.facts['path']}"))
    assert [(result.id, result.status) for result in results] == [("three", "ok"), ("two", "fail"), ("one", "ok")]
    assert results[1].detail == "unwritable /there"
    assert open_steps(local) == ["two"]
    with pytest.raises(QuickstartError, match="unwritable"):
        list(local.run(Plan("local", "local", (TWO,)), {"do": refused}, no_progress))


def test_on_a_full_disk_what_frees_room_is_done_first_and_the_rest_once_there_is_some(
    local: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(local, ONE, TWO, THREE)
    full, undone = True, []
    write = Journal._write

    def written(made: Journal, **line: Any) -> None:
        if full:
            raise QuickstartError("unwritable", path="/there", detail=os.strerror(errno.ENOSPC))
        write(made, **line)

    def take_back(parameters: Parameters, progress: Progress) -> tuple[Status, str]:
        nonlocal full
        if parameters["id"] == "three" and full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/there")
        undone.append(parameters["id"])
        full = full and parameters["id"] != "one"
        return "ok", "taken back"

    monkeypatch.setattr(Journal, "_write", written)
    results = list(local.undo({"undo": take_back}, no_progress, {}, lambda fault: fault.code))
    assert {(result.id, result.status) for result in results} == {("one", "ok"), ("two", "ok"), ("three", "ok")}
    assert sorted(undone) == ["one", "three", "two"], "nothing is done twice"
    assert not local.path.exists()


def test_on_a_disk_that_stays_full_undo_ends_and_says_so(local: Journal) -> None:
    run(local, ONE, TWO)
    hands = Hands(
        **dict.fromkeys(("one", "two"), QuickstartError("unwritable", path="/x", detail=os.strerror(errno.ENOSPC)))
    )
    assert [result.status for result in undo(local, hands)] == ["fail", "fail"]
    assert open_steps(local) == ["one", "two"]


def test_a_step_without_an_inverse_says_what_stays(local: Journal) -> None:
    run(local, replace(ONE, inverse=None, undo="it stays; packages are yours"))
    hands = Hands()
    assert brief(undo(local, hands)) == [("one", "skip", "do one: it stays; packages are yours")]
    assert hands.undone == []
    assert not local.path.exists()


def test_a_step_begun_again_after_undo_is_open_again(local: Journal) -> None:
    run(local, ONE, TWO)
    undo(local, Hands(two=QuickstartError("no")))
    run(local, ONE)
    assert open_steps(local) == ["two", "one"]


@pytest.mark.parametrize("torn", ['{"event": "beg', '{"event": "begin", "step": {"id": "th', "\0\0\0", '{"event'])
def test_a_last_line_torn_by_a_kill_is_as_if_it_were_not_there(local: Journal, torn: str) -> None:
    run(local, ONE)
    with local.path.open("a", encoding="utf-8") as file:
        file.write(torn)
    assert open_steps(local) == ["one"]
    run(local, TWO)
    assert open_steps(local) == ["one", "two"]
    assert [result.id for result in undo(local, Hands())] == ["two", "one"]


def test_a_killed_run_is_taken_back_by_its_journal_alone(local: Journal) -> None:
    run(local, ONE)
    text = local.path.read_text(encoding="utf-8")
    local.path.write_text(text.splitlines()[0] + "\n", encoding="utf-8")  # killed before the end was written
    assert Journal("local").entries() == [Entry(ONE)]


def test_at_first_there_is_nothing_to_take_back(local: Journal, place: Path) -> None:
    assert local.entries() == []
    assert undo(local, Hands()) == []
    assert journal.journal_names() == []
    assert not place.exists()


def test_each_connection_has_a_journal_of_its_own(place: Path) -> None:
    for name in ("b", "a"):
        list(Journal(name).run(Plan(name, "local", (ONE,)), Hands().handlers, no_progress))
    assert journal.journal_names() == ["a", "b"]
    undo(Journal("b"), Hands())
    assert journal.journal_names() == ["a"]


def test_a_journal_cannot_be_outside_its_folder(place: Path) -> None:
    with pytest.raises(QuickstartError, match="bad-name"):
        Journal("../../elsewhere")
