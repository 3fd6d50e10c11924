"""quickstart.doctor() in a cell and in a script: a result that can be read and asked; nothing found is raised."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import quickstart
from tests.conftest import Home, Shared, free_port, new_home
from tests.real.api.kernel import Kernel, kernel_of
from tests.real.diagnosis.helpers import CHECK_KEYS


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which no server is started."""
    return new_home(tmp_path_factory.mktemp("cell"))


@pytest.fixture(scope="module")
def kernel(place: Home) -> Iterator[Kernel]:
    """A kernel that several tests use, one after the other."""
    with kernel_of(place) as started:
        started.run("import quickstart, os")
        yield started


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This very process as a script of a person in a folder of their own."""
    monkeypatch.setenv("QUICKSTART_HOME", str(tmp_path / "quickstart"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_cell_shows_the_cause_and_the_next_cell_goes_on(kernel: Kernel) -> None:
    told = kernel.run(f"quickstart.doctor('http://127.0.0.1:{free_port()}')")
    assert told.status == "ok"
    (display,) = told.displays
    for shown in (display["text/plain"], told.html):
        assert "Cannot connect to http://127.0.0.1:" in shown
        assert "Fix: " in shown
    assert told.text == ""


def test_a_cell_examines_what_its_own_variables_name(kernel: Kernel, server: Shared) -> None:
    kernel.run(f"os.environ['MLFLOW_TRACKING_URI'] = {server.uri!r}; found = quickstart.doctor()")
    assert kernel.value("(found.ok, bool(found), found.headline, found.tracking_uri)") == (True, True, "", server.uri)
    rows = kernel.value("[dict(one) for one in found.checks]")
    assert all(set(one) == CHECK_KEYS for one in rows)
    python = next(one for one in rows if one["id"] == "python")
    assert "this notebook" in python["what"] or "specified" in python["what"]


def test_nothing_of_an_address_is_read_as_html(kernel: Kernel) -> None:
    told = kernel.run("quickstart.doctor('http://127.0.0.1:5000/<img src=x onerror=alert(1)>')")
    assert told.status == "ok"
    assert "<img" not in told.html
    assert "&lt;img" in told.html


def test_what_is_no_address_is_wrong_usage(kernel: Kernel) -> None:
    told = kernel.run("quickstart.doctor(5000)")
    assert told.error == "SetupError"
    assert "not a string" in told.traceback
    assert "Traceback" not in told.traceback


def test_a_script_gets_an_answer_for_every_address(here: Path) -> None:
    for uri in ("", "no address", "file:///x", "databricks://nobody", "http://user:pl4nted-secret@127.0.0.1:1", "\0"):
        found = quickstart.doctor(uri)
        assert isinstance(found, quickstart.Diagnosis)
        assert "pl4nted-secret" not in repr(found) + found._repr_html_()
        assert repr(found)


def test_a_script_writes_only_where_it_says_so(here: Path, server: Shared) -> None:
    def statuses(*, write: bool) -> dict[str, str]:
        found = quickstart.doctor(server.uri, write=write)
        assert found.ok
        return {row["id"]: row["status"] for row in found.checks}

    assert statuses(write=False)["write"] == "skip"
    assert statuses(write=True)["write"] == "ok"


def test_a_result_is_what_it_was(here: Path) -> None:
    found = quickstart.doctor(f"http://127.0.0.1:{free_port()}")
    assert not found
    assert found.wrong[0]["what"] == found.headline
    with pytest.raises(AttributeError):
        found.ok = True  # type: ignore[misc]
