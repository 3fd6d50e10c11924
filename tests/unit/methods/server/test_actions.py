"""The plan for a server: each step once, also if the login asks for a client of the server's version."""

from __future__ import annotations

from pathlib import Path

import pytest

from quickstart.methods.base import Setup
from quickstart.methods.catalog import by_name
from quickstart.methods.server.credentials import LoginResult
from quickstart.models import Answers
from quickstart.runtime.find import Runtime
from tests.unit.prompts.people import machine

SERVER = by_name("server").actions


@pytest.mark.parametrize("matching", [True, False])
def test_a_plan_has_each_step_once(place: Path, matching: bool) -> None:
    login = LoginResult("https://mlflow.example.org", version="2.22.0", matching=matching)
    runtime = Runtime(Path("/none"), "a test's", exists=False, version=(3, 11, 7))
    setup = Setup(Answers(), machine(), runtime, login=login)
    steps = [step.id for step in SERVER.plan(setup).steps]
    assert len(steps) == len(set(steps))
    assert any(one.startswith("install-mlflow-skinny") for one in steps)
    assert steps[-1] == "save-connection:server"
