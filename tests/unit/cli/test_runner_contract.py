"""What scripts may rely on: exit codes, and one JSON document on stdout, key by key, also for failures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Home, Ran, free_port
from tests.unit.conftest import everything_below

DOCUMENT = ["schema", "command", "status", "exit_code", "data", "error"]
ERROR = ["code", "what", "why", "command", "note", "docs"]
RECOMMENDATION = ["kind", "method", "here", "reasons", "pros", "cons", "warnings"]
CHECK = ["id", "layer", "status", "what", "why", "command", "note", "fixable", "docs", "code", "seconds"]
SUMMARY = ["ok", "warn", "fail", "skip", "headline"]
STAGES = ["resolve", "connect", "tls", "identify", "host", "auth", "experiment", "write", "read", "artifact"]


def document(ran: Ran, command: str) -> dict[str, Any]:
    """Return the one document on stdout, after looking that it is one and that stderr holds nothing of it."""
    value: dict[str, Any] = json.loads(ran.out)
    assert list(value) == DOCUMENT
    assert (value["schema"], value["command"], value["exit_code"]) == (1, command, ran.status)
    assert value["status"] == {0: "ok", 130: "cancelled"}.get(ran.status, "failed")
    assert '"schema"' not in ran.err
    assert "Traceback" not in ran.err
    assert ran.out.isascii()
    if value["error"] is not None:
        assert list(value["error"]) == ERROR
        assert all(words for key, words in value["error"].items() if key not in ("command", "note"))
        assert value["error"]["command"] or value["error"]["note"]
    return value


def ok(home: Home, command: str, *arguments: str) -> Any:
    value = document(home.run(*arguments, "--json"), command)
    assert value["error"] is None
    return value["data"]


def failed(home: Home, command: str, status: int, *arguments: str, **environment: str) -> tuple[Any, Any]:
    value = document(home.run(*arguments, "--json", status=status, **environment), command)
    return value["error"]["code"], value["data"]


def test_a_dry_run_shows_the_plan_and_changes_nothing(bare: Home) -> None:
    before = everything_below(bare.path)
    data = ok(bare, "quickstart", "--dry-run", "--yes")
    assert everything_below(bare.path) == before
    assert set(data) == {"detected", "answers", "recommendation", "alternatives", "plan", "steps"}
    assert list(data["recommendation"]) == RECOMMENDATION
    assert (data["recommendation"]["kind"], data["recommendation"]["method"]) == ("local", "local")
    assert data["steps"] == []
    assert data["plan"]
    for step in data["plan"]:
        assert list(step) == ["id", "does", "where", "undo"]
        assert all(step.values())
    for alternative in data["alternatives"]:
        assert list(alternative) == ["kind", "method", "suitable", "why"]


def test_a_recommendation_is_told_key_by_key_and_writes_nothing(bare: Home) -> None:
    before = everything_below(bare.path)
    data = ok(bare, "recommend", "recommend", "--privacy", "--environment", "vm", "--audience", "me", "--no-production")
    assert everything_below(bare.path) == before
    assert list(data) == ["detected", "answers", "recommendation", "alternatives"]
    assert list(data["answers"]) == ["privacy", "environment", "audience", "production", "platform"]
    assert list(data["recommendation"]) == RECOMMENDATION
    assert (data["recommendation"]["kind"], data["recommendation"]["here"]) == ("local", True)
    assert [list(other) for other in data["alternatives"]] == [["kind", "method", "suitable", "why"]] * 5


@pytest.mark.parametrize(
    "arguments",
    [
        ("--dry-run", "--yes"),
        ("--dry-run", "--privacy", "--audience", "me", "--no-production"),
        ("--dry-run", "--method", "local"),
        ("--dry-run", "--no-privacy", "--method", "local"),
    ],
)
def test_a_dry_run_for_a_person_changes_nothing_either(arguments: tuple[str, ...], bare: Home) -> None:
    before = everything_below(bare.path)
    ran = bare.run(*arguments)
    assert "This will:" in ran.err
    assert everything_below(bare.path) == before


@pytest.mark.parametrize(("flag", "privacy"), [("--privacy", True), ("--no-privacy", False)])
def test_an_answer_can_be_a_flag_or_a_variable(flag: str, privacy: bool, bare: Home) -> None:
    assert ok(bare, "quickstart", "--dry-run", "--method", "local", flag)["answers"]["privacy"] is privacy
    told = bare.json("--dry-run", "--method", "local", QUICKSTART_PRIVACY=str(privacy).lower())
    assert told["data"]["answers"]["privacy"] is privacy


def test_a_list_of_nothing(bare: Home) -> None:
    assert ok(bare, "list", "list") == {"connections": []}


def test_no_server_is_no_failure(bare: Home) -> None:
    assert ok(bare, "server status", "server", "status") == {"servers": []}


def test_undo_of_nothing_is_no_failure(bare: Home) -> None:
    assert ok(bare, "undo", "undo", "--yes") == {"undone": [], "kept": []}


def test_options_of_all_commands_may_stand_anywhere(bare: Home) -> None:
    assert bare.run("--json", "list").out == bare.run("list", "--json").out
    assert bare.run("server", "--json", "status").out == bare.run("server", "status", "--json").out


FAILURES: dict[str, tuple[str, int, str, tuple[str, ...]]] = {
    "env without a connection": ("env", 1, "no-connection-saved", ("env",)),
    "verify without a connection": ("verify", 1, "no-connection", ("verify",)),
    "use of an unknown name": ("use", 2, "unknown-connection", ("use", "nothing")),
    "undo of an unknown name": ("undo", 2, "unknown-connection", ("undo", "nothing", "--yes")),
    "status of an unknown server": ("server status", 2, "unknown-server", ("server", "status", "--name", "nothing")),
    "stop of an unknown server": ("server stop", 2, "unknown-server", ("server", "stop", "--name", "nothing")),
    "logs of an unknown server": ("server logs", 2, "unknown-server", ("server", "logs", "--name", "nothing")),
    "a bad name": ("server stop", 2, "bad-name", ("server", "stop", "--name", "../x")),
    "a public address": ("server start", 2, "public-bind", ("server", "start", "--host", "0.0.0.0")),
    "a method whose place is not said": ("quickstart", 4, "answer-needed", ("--method", "server", "--yes")),
    "a recommendation without an answer": ("recommend", 4, "answer-needed", ("recommend",)),
    "answers that are not there": ("quickstart", 2, "unreadable-answers", ("--answers", "nothing.toml")),
    "a platform without production": (
        "recommend",
        2,
        "bad-answers",
        ("recommend", "--platform", "server", "--no-production"),
    ),
    "an unknown guide": ("guide", 2, "unknown-guide", ("guide", "nothing")),
    "a python that is not there": ("quickstart", 2, "python-missing", ("--yes", "--dry-run", "--python", "/not/there")),
    "setting up without an answer": ("quickstart", 4, "answer-needed", ()),
    "setting up without input": ("quickstart", 4, "answer-needed", ("--no-input",)),
}


@pytest.mark.parametrize(("command", "status", "code", "arguments"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_is_a_document_with_a_code(
    command: str, status: int, code: str, arguments: tuple[str, ...], bare: Home
) -> None:
    assert failed(bare, command, status, *arguments)[0] == code


USAGE: dict[str, tuple[str, tuple[str, ...]]] = {
    "an unknown command": ("quickstart", ("nonsense",)),
    "an unknown option": ("quickstart", ("--nonsense",)),
    "an unknown option of a command": ("list", ("list", "--nonsense")),
    "an unknown command of server": ("server", ("server", "nonsense")),
    "a missing argument": ("use", ("use",)),
    "an argument too many": ("list", ("list", "more")),
    "a port that is none": ("server start", ("server", "start", "--port", "70000")),
    "an unknown method": ("quickstart", ("--method", "cloud")),
    "an unknown platform": ("recommend", ("recommend", "--platform", "mars")),
    "a format that is none": ("env", ("env", "--format", "tcsh")),
    "a colour that is none": ("list", ("list", "--color", "red")),
}


@pytest.mark.parametrize(("command", "arguments"), USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_is_a_document_with_the_code_usage(command: str, arguments: tuple[str, ...], bare: Home) -> None:
    code, data = failed(bare, command, 2, *arguments)
    assert (code, data) == ("usage", {})


def test_a_variable_that_is_no_answer_is_wrong_usage(bare: Home) -> None:
    assert failed(bare, "quickstart", 2, "--dry-run", QUICKSTART_PRIVACY="perhaps")[0] == "usage"


def test_a_check_of_a_dead_server_names_the_stage(bare: Home) -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    code, data = failed(bare, "verify", 3, "verify", uri)
    assert code == "server-down"
    assert list(data) == ["tracking_uri", "experiment", "run", "metrics", "stages", "seconds"]
    assert (data["tracking_uri"], data["experiment"], data["run"], data["metrics"]) == (uri, None, None, {})
    assert [stage["id"] for stage in data["stages"]] == STAGES
    assert [stage["status"] for stage in data["stages"]] == ["ok", "fail"] + ["skip"] * 8
    assert all(list(stage) == ["id", "status", "seconds", "detail"] for stage in data["stages"])
    assert data["seconds"] < 3


def test_a_password_in_an_address_is_nowhere_in_the_output(bare: Home) -> None:
    for more in ((), ("--json",), ("--verbose",)):
        ran = bare.run("verify", "http://me:hunter2@127.0.0.1:9", *more, status=3)
        assert "hunter2" not in ran.out + ran.err


@pytest.mark.parametrize("more", [(), ("--json",), ("--verbose",)], ids=["person", "json", "verbose"])
def test_a_damaged_file_of_ours_is_an_error_and_no_traceback(more: tuple[str, ...], bare: Home) -> None:
    state = bare.quickstart_home / "state"
    state.mkdir(parents=True)
    (state / "connections.json").write_text("[]")
    ran = bare.run("list", *more, status=1)
    assert "Traceback" not in ran.err
    assert str(state / "connections.json") in ran.out + ran.err


def test_the_doctor_tells_every_check_and_the_cause_as_the_headline(bare: Home) -> None:
    code, data = failed(bare, "doctor", 3, "doctor", f"http://127.0.0.1:{free_port()}")
    assert code == "server-down"
    assert set(data) == {"tracking_uri", "origin", "checks", "summary", "seconds"}
    assert list(data["summary"]) == SUMMARY
    for check in data["checks"]:
        assert list(check) == CHECK
    (cause,) = [check for check in data["checks"] if check["status"] == "fail"]
    assert (cause["id"], cause["what"]) == ("connect", data["summary"]["headline"])
    counted = [data["summary"][status] for status in SUMMARY[:4]]
    assert counted == [sum(one["status"] == status for one in data["checks"]) for status in SUMMARY[:4]]


def test_the_doctor_writes_nothing_unless_it_is_told(bare: Home) -> None:
    before = everything_below(bare.path)
    failed(bare, "doctor", 3, "doctor", f"http://127.0.0.1:{free_port()}")
    assert everything_below(bare.path) == before


def test_a_check_that_nobody_knows_is_wrong_usage(bare: Home) -> None:
    code, _ = failed(bare, "doctor", 2, "doctor", "--only", "nothing")
    assert code == "unknown-check"
