"""What the unit tests of diagnosis share: explanations are a table here, and look at no machine."""

from __future__ import annotations

import pytest

from quickstart.explain import investigate


@pytest.fixture(autouse=True)
def nobody_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Explain a fault as it is."""
    monkeypatch.setattr(investigate, "investigate", lambda fault: fault)
