"""What steps and their inverses do to a person's files: nothing that is not ours is touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import no_progress
from quickstart.explain import one_line
from quickstart.methods.catalog import by_name
from quickstart.methods.common_steps import create_environment, write_example
from quickstart.methods.local.setup import server_steps
from quickstart.models import Connection, Plan, Status, Step
from quickstart.runtime.find import managed_folder, python_of
from quickstart.server import records
from quickstart.server.manager import ServerOptions
from quickstart.server.records import Server
from quickstart.state.connections import Connections
from quickstart.state.journal import Journal
from quickstart.steps.handlers import HANDLERS
from quickstart.steps.undo import name_to_undo, undo
from tests.conftest import free_port
from tests.unit.conftest import POSIX_MODES, everything_below, mode

pytestmark = pytest.mark.usefixtures("place")
MADE = Connection("local", "local", "http://127.0.0.1:5000", {"MLFLOW_DISABLE_TELEMETRY": "true"}, "/env/bin/python")


def act(step: Step) -> tuple[Status, str]:
    return HANDLERS[step.kind](step.parameters, no_progress)


def take_back(step: Step, **options: object) -> tuple[Status, str]:
    assert step.inverse is not None
    return HANDLERS[step.inverse["kind"]]({**step.inverse["parameters"], **options}, no_progress)


@pytest.fixture
def example(tmp_path: Path) -> Step:
    return write_example(MADE, tmp_path, "my-experiment")


def test_the_example_is_written_and_removed_again(example: Step, tmp_path: Path) -> None:
    assert act(example)[0] == "ok"
    assert MADE.tracking_uri in Path(example.where).read_text(encoding="utf-8")
    assert take_back(example)[0] == "ok"
    assert everything_below(tmp_path) == set()
    assert take_back(example)[0] == "skip"


def test_the_example_never_overwrites_a_file_of_the_person(example: Step) -> None:
    Path(example.where).write_text("mine")
    assert act(example)[0] == "skip"
    assert take_back(example)[0] == "skip"
    assert Path(example.where).read_text() == "mine"


def test_an_example_that_was_changed_stays(example: Step) -> None:
    act(example)
    Path(example.where).write_text("changed")
    status, detail = take_back(example)
    assert status == "skip"
    assert "changed since" in detail
    assert Path(example.where).read_text() == "changed"


def store_step() -> Step:
    steps = server_steps(ServerOptions("local", "/env/bin/python", port=free_port()), use=True)
    return next(step for step in steps if step.kind == "create-store")


def recorded(store: Path) -> None:
    """Fill a store as a server does, and lay something of the person's beside it."""
    (store / "artifacts" / "1").mkdir(parents=True)
    (store / "mlflow.db").write_text("runs")
    (store / "mlflow.db-wal").write_text("runs")
    (store / "notes.txt").write_text("mine")


def test_recorded_runs_stay_unless_they_are_to_go() -> None:
    step = store_step()
    act(step)
    recorded(Path(step.where))
    before = everything_below(Path(step.where))
    assert take_back(step, delete_data=False)[0] == "skip"
    assert everything_below(Path(step.where)) == before
    assert take_back(step, delete_data=True)[0] == "ok"
    assert everything_below(Path(step.where)) == {"notes.txt"}


def test_a_store_of_which_nothing_is_left_is_removed() -> None:
    step = store_step()
    act(step)
    recorded(Path(step.where))
    (Path(step.where) / "notes.txt").unlink()
    take_back(step, delete_data=True)
    assert not Path(step.where).exists()


def test_a_store_that_the_person_brought_is_not_ours_to_take_back(tmp_path: Path) -> None:
    (tmp_path / "brought").mkdir()
    with closing(sqlite3.connect(tmp_path / "brought" / "mlflow.db")) as database:
        database.execute("CREATE TABLE runs (run_uuid VARCHAR(32))")
    wanted = ServerOptions("local", "/env/bin/python", port=free_port(), store=str(tmp_path / "brought"))
    (step,) = (one for one in server_steps(wanted, use=True) if one.kind == "create-store")
    journal = Journal("local")
    assert [result.status for result in journal.run(Plan("local", "local", (step,)), HANDLERS, no_progress)] == ["skip"]
    assert journal.entries() == []


def test_a_step_that_the_disk_refuses_to_take_back_does_not_stop_the_others(example: Step, tmp_path: Path) -> None:
    saved = Step(
        "save-connection:local",
        "save-connection",
        "remember it",
        "there",
        "forgotten",
        {"server": "local", "use": True},
        {"kind": "forget-connection", "parameters": {"name": "local", "previous": None}},
    )
    Connections().save(MADE, use=True)
    journal = Journal("local")
    handlers = {**HANDLERS, "save-connection": lambda parameters, progress: ("ok", "saved")}
    list(journal.run(Plan("local", "local", (saved, example)), handlers, no_progress))
    Path(example.where).unlink()
    Path(example.where).mkdir()  # where the script was there is a folder now, which cannot be read as a file
    undone = undo("local", delete_data=False, explain=one_line, progress=no_progress)
    assert {result.id: result.status for result in undone.results}["save-connection:local"] == "ok"
    assert Connections().all() == {}


def test_a_connection_is_saved_and_a_changed_address_is_said() -> None:
    connect = server_steps(ServerOptions("local", "/env/bin/python", port=free_port()), use=True)[-1]
    for port, status in ((5001, "ok"), (5001, "skip"), (5002, "warn")):
        records.save(Server("local", "127.0.0.1", port, "/data", "/env/bin/python"))
        assert act(connect)[0] == status
    saved = Connections().in_use()
    assert saved is not None
    assert (saved.tracking_uri, saved.env) == ("http://127.0.0.1:5002", {"MLFLOW_DISABLE_TELEMETRY": "true"})
    assert take_back(connect)[0] == "ok"
    assert take_back(connect)[0] == "skip"


def test_the_environment_of_quickstarts_own_is_deleted_with_all_that_is_in_it() -> None:
    made = create_environment()
    (python_of(managed_folder()).parent).mkdir(parents=True)
    python_of(managed_folder()).touch()
    assert act(made)[0] == "skip"
    assert take_back(made)[0] == "ok"
    assert not managed_folder().exists()
    assert take_back(made)[0] == "skip"


@POSIX_MODES
def test_the_folder_of_the_runs_is_its_owners_alone() -> None:
    step = store_step()
    act(step)
    assert mode(Path(step.where)) == "700"


def test_steps_name_what_they_do_where_and_how_it_is_undone() -> None:
    steps = server_steps(ServerOptions("local", "/env/bin/python", port=free_port()), use=True)
    assert [step.kind for step in steps] == ["create-store", "start-server", "save-connection"]
    for step in steps:
        assert step.does
        assert step.where
        assert step.undo
        assert step.kind in HANDLERS
        assert step.inverse is not None
        assert step.inverse["kind"] in HANDLERS


def test_what_undo_means_without_a_name() -> None:
    assert name_to_undo(None) is None
    for name in ("a", "b"):
        list(Journal(name).run(Plan(name, "local", (store_step(),)), HANDLERS, no_progress))
    with pytest.raises(QuickstartError) as several:
        name_to_undo(None)
    assert (several.value.code, several.value.facts["known"]) == ("which-connection", "a, b")
    Connections().save(Connection("b", "local", "http://127.0.0.1:5001"), use=True)
    assert name_to_undo(None) == "b"
    assert name_to_undo("a") == "a"
    with pytest.raises(QuickstartError) as unknown:
        name_to_undo("c")
    assert (unknown.value.code, unknown.value.facts) == ("unknown-connection", {"name": "c", "known": "a, b"})


def test_an_unknown_method_is_refused_with_those_there_are() -> None:
    assert by_name("local").kind == "local"
    with pytest.raises(QuickstartError) as unknown:
        by_name("cloud")
    assert (unknown.value.code, unknown.value.exit_code) == ("unknown-method", ExitCode.USAGE)
    assert "local" in unknown.value.facts["known"]
