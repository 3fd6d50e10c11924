"""The JSON document: the same keys for every outcome, and plain ASCII."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quickstart.errors import ExitCode, Explanation
from quickstart.models import Connection, Outcome, Stage, Step, StepResult, Verification, to_json
from quickstart.output import json as as_json

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
    assert as_json.document(Outcome("verify", {"a": 1}, error, code)) == {
        "schema": 1,
        "command": "verify",
        "status": status,
        "exit_code": int(code),
        "data": {"a": 1},
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


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 130]


def test_the_document_is_ascii_whatever_is_in_it() -> None:
    text = as_json.draw(Outcome("list", {"path": Path("/größe"), "name": "漢\u2028\x1b[31m"}))
    assert text.isascii()
    assert "\x1b" not in text
    assert text.endswith("}\n")
    assert json.loads(text)["data"] == {"path": str(Path("/größe")), "name": "漢\u2028\x1b[31m"}


def test_only_the_contracts_keys_are_shown() -> None:
    step = Step("id", "kind", "does", "where", "undo", {"secret": "parameters"}, {"kind": "inverse"})
    assert to_json(step) == {"id": "id", "does": "does", "where": "where", "undo": "undo"}
    stage = Stage("connect", "fail", 0.123456, "detail", "server-down", {"fact": 1})
    assert to_json(stage) == {"id": "connect", "status": "fail", "seconds": 0.1235, "detail": "detail"}
    assert to_json(StepResult("id", "ok", "detail", 2.0)) == {"id": "id", "status": "ok", "detail": "detail"}
    connection = Connection("local", "local", "http://h", {"MLFLOW_DISABLE_TELEMETRY": "true"}, "/env/bin/python")
    assert to_json(connection) == {
        "name": "local",
        "method": "local",
        "tracking_uri": "http://h",
        "env": {"MLFLOW_TRACKING_URI": "http://h", "MLFLOW_DISABLE_TELEMETRY": "true"},
    }
    keys = ["tracking_uri", "experiment", "run", "metrics", "stages", "seconds"]
    assert list(to_json(Verification("http://h", (stage,), 1.0))) == keys


def test_the_first_failed_stage_is_the_one_that_failed() -> None:
    stages = (Stage("a", "ok", 0), Stage("b", "fail", 0), Stage("c", "fail", 0))
    assert Verification("u", stages, 0).failed == stages[1]
    assert Verification("u", stages[:1], 0).failed is None
