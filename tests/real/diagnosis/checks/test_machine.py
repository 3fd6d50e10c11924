"""What can be wrong with the machine: its folder, disk, memory and network, and what is kept in a notebook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, Ran, Shared
from tests.real.diagnosis.helpers import cause, examined, failed, row, wrong
from tests.real.diagnosis.surroundings import QUICKSTART, read_only, run, with_disk, without_network

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these surroundings are made by Linux")

MACHINE = ("folder", "disk", "memory", "network", "place")
ELSEWHERE = "http://tracking.example.org:5000"


def told(ran: Ran) -> dict[str, Any]:
    """Return the document of a doctor that was run by a shell."""
    assert ran.status in (0, 3), f"{ran.status}\n{ran.out}\n{ran.err}"
    return ran.json


def test_of_a_machine_on_which_all_is_well_nothing_is_reported(server: Shared) -> None:
    document = examined(server.home, server.uri)
    assert [row(document, name)["status"] for name in MACHINE] == ["ok", "ok", "ok", "skip", "ok"]
    assert {name: code for name, code in wrong(document).items() if name in MACHINE} == {}


def test_a_folder_that_was_deleted_is_the_cause(home: Home) -> None:
    document = told(run(home, f"mkdir gone && cd gone && rmdir ../gone && {QUICKSTART} doctor --json"))
    assert cause(document) == "folder-gone"


def test_a_read_only_folder_is_the_cause_where_mlflow_would_make_its_database_in_it(home: Home) -> None:
    document = told(read_only(home, home.cwd / "disk", "doctor --json"))
    assert cause(document) == "unwritable"
    assert failed(document)[0] == "unwritable"
    assert "Read-only file system" in row(document, "folder")["what"]


def test_a_read_only_folder_does_not_matter_where_a_server_keeps_the_runs(server: Shared, tmp_path: Path) -> None:
    document = told(read_only(server.home, tmp_path / "disk", f"doctor {server.uri} --json"))
    assert row(document, "folder")["status"] == "ok"
    assert "is read-only" in row(document, "folder")["what"]
    assert failed(document) == []


@pytest.mark.parametrize(("megabytes", "status", "code"), [(50, 0, "little-room"), (5, 3, "no-room-left")])
def test_a_disk_that_is_nearly_full_is_told_and_a_full_one_is_the_cause(
    megabytes: int, status: int, code: str, server: Shared, home: Home
) -> None:
    ran = with_disk(home, megabytes, f"doctor {server.uri} --json")
    assert ran.status == status
    assert cause(ran.json) == code
    assert str(home.quickstart_home) in row(ran.json, "disk")["what"]


def test_a_limit_of_the_memory_is_told_of_a_server_of_ones_own(server: Shared) -> None:
    document = told(run(server.home, f"ulimit -v 1400000 && {QUICKSTART} doctor {server.uri} --json"))
    assert cause(document) == "little-memory"
    assert "1433 MB, the limit that ulimit -v sets" in row(document, "memory")["what"]


def test_little_memory_does_not_matter_for_a_server_of_somebody_elses(server: Shared, home: Home) -> None:
    document = told(run(home, f"ulimit -v 1400000 && {QUICKSTART} doctor {server.uri} --json"))
    assert row(document, "memory")["status"] == "ok"


def test_without_a_network_that_is_the_cause_and_the_rest_is_not_reached(home: Home) -> None:
    document = told(without_network(home, f"doctor {ELSEWHERE} --json"))
    assert cause(document) == "no-network"
    assert failed(document) == ["no-network"]
    assert row(document, "connect")["what"] == "not reached, since network failed"


def test_without_a_network_a_server_on_this_machine_is_looked_for_all_the_same(home: Home) -> None:
    document = told(without_network(home, "doctor http://127.0.0.1:9 --json"))
    assert row(document, "network")["status"] == "skip"
    assert failed(document) == ["server-down"]


def test_without_a_network_a_proxy_on_this_machine_may_be_the_way_out(home: Home) -> None:
    document = told(without_network(home, f"doctor {ELSEWHERE} --json", HTTP_PROXY="http://127.0.0.1:9"))
    assert row(document, "network")["status"] == "ok"


@pytest.mark.parametrize("variable", ["COLAB_RELEASE_TAG", "KAGGLE_KERNEL_RUN_TYPE"])
def test_runs_of_a_server_inside_of_a_notebook_are_said_to_die_with_it(variable: str, server: Shared) -> None:
    set_here: dict[str, Any] = {variable: "1"}
    document = examined(server.home, server.uri, **set_here)
    assert cause(document) == "notebook-data-dies"
    assert variable in row(document, "place")["what"]


def test_what_a_hub_keeps_stays(server: Shared) -> None:
    document = examined(server.home, server.uri, JUPYTERHUB_SERVICE_PREFIX="/user/ada/")
    assert row(document, "place")["status"] == "ok"


def test_runs_that_are_elsewhere_do_not_die_with_the_notebook(home: Home) -> None:
    document = examined(home, ELSEWHERE, "--only", "place", COLAB_RELEASE_TAG="1")
    assert row(document, "place")["status"] == "ok"
