"""What the unit tests of explanations share: they read messages, and look at no machine."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_investigation(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Explain an error as it is, except in the tests of the investigation itself."""
    if not request.module.__name__.endswith("test_investigate"):
        monkeypatch.setattr("quickstart.explain.investigate.investigate", lambda fault: fault)
