"""The JSON document: the same keys for every outcome, and only those of the contract."""

from __future__ import annotations

import json

import pytest

from quickstart.errors import ExitCode, Explanation
from quickstart.models import Connection, Stage, Step, StepResult, Verification
from quickstart.results import CompletionResult, Outcome
from tests.conftest import Home

ERROR = Explanation("port-taken", "what", "why", "command", "note", "docs")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (ExitCode.OK, "ok"),
        (ExitCode.FAILED, "failed"),
        (ExitCode.USAGE, "failed"),
        (ExitCode.CHECK_FAILED, "failed"),
        (ExitCode.ANSWER_NEEDED, "failed"),
        (ExitCode.CANCELLED, "cancelled"),
    ],
)
def test_the_document_says_how_it_ended(code: ExitCode, status: str) -> None:
    error = ERROR if status == "failed" else None
    assert Outcome("completion", CompletionResult("bash", "x"), error, code).to_json() == {
        "schema": 1,
        "command": "completion",
        "status": status,
        "exit_code": int(code),
        "data": {"shell": "bash", "lines": "x"},
        "error": {
            "code": "port-taken",
            "what": "what",
            "why": "why",
            "command": "command",
            "note": "note",
            "docs": "docs",
        }
        if error
        else None,
    }


def test_a_command_that_got_nowhere_has_no_data() -> None:
    assert Outcome("list", error=ERROR, exit_code=ExitCode.FAILED).to_json()["data"] == {}


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 130]


def test_the_document_is_ascii_whatever_is_in_it(bare: Home) -> None:
    ran = bare.run("use", "漢\u2028\x1b[31m", "--json", status=2)
    assert ran.out.isascii()
    assert "\x1b" not in ran.out
    assert ran.out.endswith("}\n")
    assert "漢\u2028\x1b[31m" in json.loads(ran.out)["error"]["what"]


def test_only_the_contracts_keys_are_shown() -> None:
    step = Step("id", "kind", "does", "where", "undo", {"secret": "parameters"}, {"kind": "inverse"})
    assert step.to_json() == {"id": "id", "does": "does", "where": "where", "undo": "undo"}
    stage = Stage("connect", "fail", 0.123456, "detail", "server-down", {"fact": 1})
    assert stage.to_json() == {"id": "connect", "status": "fail", "seconds": 0.1235, "detail": "detail"}
    assert StepResult("id", "ok", "detail", 2.0).to_json() == {"id": "id", "status": "ok", "detail": "detail"}
    connection = Connection("local", "local", "http://h", {"MLFLOW_DISABLE_TELEMETRY": "true"}, "/env/bin/python")
    assert connection.to_json() == {
        "name": "local",
        "method": "local",
        "tracking_uri": "http://h",
        "env": {"MLFLOW_TRACKING_URI": "http://h", "MLFLOW_DISABLE_TELEMETRY": "true"},
    }
    keys = ["tracking_uri", "experiment", "run", "metrics", "stages", "seconds"]
    assert list(Verification("http://h", (stage,), 1.0).to_json()) == keys


def test_the_first_failed_stage_is_the_one_that_failed() -> None:
    stages = (Stage("a", "ok", 0), Stage("b", "fail", 0), Stage("c", "fail", 0))
    assert Verification("u", stages, 0).failed == stages[1]
    assert Verification("u", stages[:1], 0).failed is None


def test_a_failed_stage_says_what_happened() -> None:
    checked = Verification("u", (Stage("a", "ok", 0, "fine"), Stage("b", "fail", 0)), 0)
    assert [stage.detail for stage in checked.explained(ERROR).stages] == ["fine", "what"]
    assert checked.explained(None) is checked
