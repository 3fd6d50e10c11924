"""How a server is wanted, how it was, and what is refused before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.server import manager, ports, records
from quickstart.server.manager import ServerOptions
from quickstart.server.records import Server
from quickstart.state import files
from tests.conftest import free_port
from tests.unit.conftest import POSIX_MODES, mode

pytestmark = pytest.mark.usefixtures("place")
WANTED = ServerOptions("local", "/env/bin/python")


def test_at_first_a_server_has_the_defaults(place: Path) -> None:
    assert manager.settings(WANTED) == Server(
        "local", "127.0.0.1", ports.FIRST_CHOICE, str(place / "data" / "local"), "/env/bin/python"
    )
    assert manager.settings(WANTED).private
    assert not place.exists()


def test_a_server_is_as_it_was_but_for_what_is_named() -> None:
    was = Server("local", "127.0.0.1", 5007, "/elsewhere", "/old/python", private=False, with_jobs=True)
    records.save(was)
    assert manager.settings(WANTED) == replace(was, python="/env/bin/python")
    asked = manager.settings(replace(WANTED, port=5008, private=True, with_jobs=False, allowed_hosts=("h",)))
    assert asked == replace(
        was, python="/env/bin/python", port=5008, private=True, with_jobs=False, allowed_hosts=("h",)
    )


def test_a_store_is_always_a_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    assert manager.settings(replace(WANTED, store="my runs")).store == str(tmp_path / "my runs")
    assert manager.settings(replace(WANTED, store="~/runs")).store == str(tmp_path / "me" / "runs")


@pytest.mark.parametrize("name", ["what?", "100%", "a%20b"])
def test_a_store_that_would_become_another_folder_in_a_uri_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(QuickstartError) as bad:
        manager.settings(replace(WANTED, store=str(tmp_path / name)))
    assert (bad.value.code, bad.value.exit_code) == ("bad-store", ExitCode.USAGE)
    assert bad.value.facts["store"] == str(tmp_path / name)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_server_may_listen_on_this_machine(host: str) -> None:
    assert manager.settings(replace(WANTED, host=host)).host == ("127.0.0.1" if host == "localhost" else host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])
def test_a_server_without_a_login_may_not_be_reached_from_elsewhere(host: str, place: Path) -> None:
    with pytest.raises(QuickstartError) as public:
        manager.plan_port(replace(WANTED, host=host))
    assert (public.value.code, public.value.exit_code) == ("public-bind", ExitCode.USAGE)
    assert not place.exists()


@pytest.mark.parametrize("host", ["mlflow.example.org", "", "*", "127.1", "127.0.0.1:5000", "a b"])
def test_what_is_no_address_is_refused_as_such(host: str, place: Path) -> None:
    with pytest.raises(QuickstartError) as refused:
        manager.plan_port(replace(WANTED, host=host))
    assert (refused.value.code, refused.value.exit_code) == ("bad-host", ExitCode.USAGE)
    assert not place.exists()


@pytest.mark.parametrize(("host", "address"), [("[::1]", "::1"), ("LOCALHOST", "127.0.0.1")])
def test_an_address_is_kept_as_the_system_writes_it(host: str, address: str) -> None:
    assert manager.settings(replace(WANTED, host=host)).host == address


@pytest.mark.parametrize("name", ["*", "http://x.example.org", "a b", "x\ny", "é.example.org", ""])
def test_a_name_that_lets_everybody_in_or_nobody_is_refused(name: str) -> None:
    with pytest.raises(QuickstartError) as refused:
        manager.settings(replace(WANTED, allowed_hosts=(name,)))
    assert refused.value.code == "bad-host"


def test_the_folder_of_a_person_that_is_unknown_is_refused() -> None:
    with pytest.raises(QuickstartError) as refused:
        manager.settings(replace(WANTED, store="~nobody-of-that-name/runs"))
    assert refused.value.code == "bad-store"


def test_a_port_that_was_asked_for_is_taken_or_refused_but_never_replaced(taken_port: Callable[..., int]) -> None:
    free = free_port()
    assert manager.plan_port(replace(WANTED, port=free)) == (manager.settings(replace(WANTED, port=free)), None)
    held = taken_port()
    with pytest.raises(QuickstartError) as taken:
        manager.plan_port(replace(WANTED, port=held))
    assert taken.value.code == "port-taken"
    assert taken.value.facts["port"] == held
    assert ports.is_free("127.0.0.1", taken.value.facts["free"])


def test_a_remembered_port_that_is_taken_moves_on_and_says_who_holds_it(taken_port: Callable[..., int]) -> None:
    held = taken_port()
    records.save(Server("local", "127.0.0.1", held, "/data", "/env/bin/python"))
    server, holder = manager.plan_port(WANTED)
    assert server.port != held
    assert holder is not None
    assert holder.port == held


@POSIX_MODES
def test_a_record_is_its_owners_alone_and_read_as_it_was_written(place: Path) -> None:
    saved = records.save(Server("local", "::1", 5007, "/d", "/p", allowed_hosts=("a", "b"), pid=1, create_time=2.5))
    assert records.load("local") == saved
    assert records.load_all() == [saved]
    assert mode(place / "state" / "servers" / "local.json") == "600"
    records.forget("local")
    records.forget("local")
    assert records.load("local") is None
    assert records.load_all() == []


def test_a_start_is_marked_and_a_stop_leaves_no_process_behind() -> None:
    server = Server("local", "127.0.0.1", 5000, "/d", "/p", with_jobs=True)
    one, other = server.for_launch(), server.for_launch()
    assert one.instance != other.instance
    assert len(one.instance) == 16
    assert replace(one, pid=7, create_time=1.0, launcher="one-process", mlflow_version="3").stopped() == server


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"name": "local"}', "7"])
def test_a_damaged_record_is_named(text: str, place: Path) -> None:
    path = files.private_folder(place / "state" / "servers") / "local.json"
    path.write_text(text)
    with pytest.raises(QuickstartError) as damaged:
        records.load("local")
    assert (damaged.value.code, damaged.value.facts["path"]) == ("state-damaged", str(path))
