"""quickstart.setup(method="server") in a cell: it asks there for what the server needs, and nothing secret shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Home, Shared, new_home
from tests.real.api.kernel import ENTER, kernel_of
from tests.real.methods.databricks.helpers import files_with
from tests.real.methods.server.helpers import TOKEN, by_token, kept, secrets_file
from tests.standins import front

pytestmark = pytest.mark.matrix

SET = "{k: os.environ.get(k) for k in ('MLFLOW_TRACKING_URI', 'MLFLOW_TRACKING_TOKEN')}"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which no server is started."""
    return new_home(tmp_path)


def test_a_token_is_typed_in_the_cell_and_the_kernel_is_logged_in(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place, kernel_of(home) as kernel:
        kernel.run("import os, quickstart")
        told = kernel.run(f"connection = quickstart.setup(method='server', host={place.url!r})", TOKEN, ENTER)
        assert told.status == "ok", told.traceback
        assert "foo=1 bar=2 logged and read back" in told.text
        assert kernel.value(SET) == {"MLFLOW_TRACKING_URI": place.url, "MLFLOW_TRACKING_TOKEN": TOKEN}
        assert TOKEN not in told.text + told.html
        mlflow = "import mlflow; print(len(mlflow.search_experiments()) > 0)"
        assert kernel.run(mlflow).text.strip() == "True"
    assert kept(home) == {"MLFLOW_TRACKING_TOKEN": TOKEN}


def test_a_session_alone_saves_nothing_and_sends_no_other_servers_login(home: Home, server: Shared) -> None:
    other = "tok-of-another-place"
    with front.front(front.bearer(TOKEN), server.uri) as first, front.front(front.bearer(other), server.uri) as second:
        by_token(home, first.url)
        before = secrets_file(home).read_bytes()
        with kernel_of(home) as kernel:
            kernel.run("import os, quickstart")
            wish = f"quickstart.setup(method='server', host={second.url!r}, session_only=True);"
            told = kernel.run(wish, other, ENTER)
            assert told.status == "ok", told.traceback
            assert kernel.value(SET) == {"MLFLOW_TRACKING_URI": second.url, "MLFLOW_TRACKING_TOKEN": other}
    assert secrets_file(home).read_bytes() == before
    assert not files_with(other, home)
    assert not [sent for _, _, sent in second.seen if TOKEN in sent]
