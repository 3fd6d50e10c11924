"""`quickstart preflight`: is this machine ready for a class, and what does it leave behind."""

from __future__ import annotations

import getpass
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, free_port, new_home
from tests.messages import fix_of
from tests.real.diagnosis.helpers import CHECK_KEYS, cause, failed, row, wrong
from tests.real.diagnosis.interpreters import add, python_with
from tests.real.diagnosis.surroundings import QUICKSTART, read_only, run, with_disk, without_network
from tests.real.methods.databricks.interpreters import browser
from tests.standins.databricks.certificate import self_signed
from tests.standins.index import asked, index

# The matrix: it asks pip, and waits for what does not answer.
pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these surroundings are made by Linux"),
]

IDS = ["folder", "disk", "memory", "port", "browser", "clock", "python", "mlflow", "network", "proxy", "index"]
PROOF = "quickstart-preflight.json"


@pytest.fixture(scope="module")
def packages() -> Iterator[str]:
    """An index that has what is asked for."""
    with index() as url:
        yield url


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with pip and without MLflow."""
    return python_with(tmp_path_factory.mktemp("python") / "env", pip=True)


@pytest.fixture
def laptop(tmp_path: Path, python: Path, packages: str) -> Home:
    """A machine with a screen and a browser, and nothing that would make it unfit."""
    made = new_home(tmp_path)
    environment = {
        **asked(made.environment, packages),
        **browser(tmp_path / "browser"),
        "QUICKSTART_PYTHON": str(python),
    }
    return Home(made.path, made.cwd, environment)


def checked(home: Home, *arguments: str, **environment: Any) -> dict[str, Any]:
    """Run it, and return its document."""
    ran = home.run("preflight", *arguments, "--json", status=None, **environment)
    return told(ran.status, ran.out)


def told(status: int, out: str) -> dict[str, Any]:
    """Return a document, which fits its exit status."""
    document: dict[str, Any] = json.loads(out)
    data = document["data"]
    assert set(data) == {"checks", "summary", "proof", "seconds"}
    assert all(set(one) == CHECK_KEYS for one in data["checks"])
    assert [one["id"] for one in data["checks"]] == IDS
    assert status == (3 if data["summary"]["fail"] else 0) == document["exit_code"]
    return document


def proof(file: Path) -> dict[str, Any]:
    """Return what a proof says."""
    value: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert set(value) == {"proof", "schema", "result", "at", "versions", "checks"}
    return value


@pytest.mark.matrix
def test_a_machine_that_is_ready_passes_and_leaves_a_proof(laptop: Home) -> None:
    document = checked(laptop)
    assert wrong(document) == {}
    assert {one["status"] for one in document["data"]["checks"]} == {"ok"}
    assert document["data"]["proof"] == str(laptop.cwd / PROOF)
    kept = proof(laptop.cwd / PROOF)
    assert kept["result"] == "PASS"
    assert [one["id"] for one in kept["checks"]] == IDS
    assert kept["versions"]["python"] == platform.python_version()
    assert kept["versions"]["mlflow"] is None
    assert abs(datetime.fromisoformat(kept["at"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_it_leaves_nothing_else(laptop: Home) -> None:
    temporary = laptop.path / "temporary"
    temporary.mkdir()
    path = f"{laptop.path / 'browser'}:/usr/bin:/bin"  # pip asks for the version of Rust, which may write in a home
    checked(laptop, TMPDIR=str(temporary), PATH=path)
    assert list(temporary.iterdir()) == []
    assert [file.name for file in laptop.cwd.iterdir()] == [PROOF]
    assert not laptop.quickstart_home.exists()
    assert list((laptop.path / "home").iterdir()) == []


@pytest.mark.matrix
def test_how_fast_packages_come_is_measured(laptop: Home) -> None:
    with index(size=300_000, speed=100_000) as url:
        document = checked(laptop, PIP_INDEX_URL=url)
    assert cause(document) == "index-slow"
    assert document["exit_code"] == 0
    speed = float(row(document, "index")["what"].split(": ")[1].split(" MB/s")[0])
    assert 0.05 < speed < 0.2


@pytest.mark.matrix
def test_an_index_that_nobody_answers_at_is_the_cause(laptop: Home) -> None:
    document = checked(laptop, PIP_INDEX_URL=f"http://127.0.0.1:{free_port()}/simple")
    assert cause(document) == "index-unreachable"
    assert failed(document) == ["index-unreachable"]
    assert "Connection refused" in row(document, "index")["what"]
    assert proof(laptop.cwd / PROOF)["result"] == "FAIL"


@pytest.mark.matrix
def test_an_index_whose_name_nobody_knows_is_the_cause(laptop: Home) -> None:
    document = checked(laptop, PIP_INDEX_URL="https://index.invalid/simple")
    assert cause(document) == "index-unreachable"
    assert "name" in row(document, "index")["what"].lower()


@pytest.mark.matrix
def test_a_page_to_log_in_at_instead_of_an_index_is_the_cause(laptop: Home) -> None:
    with index(empty=True) as url:
        document = checked(laptop, PIP_INDEX_URL=url)
    assert cause(document) == "index-empty"


@pytest.mark.matrix
def test_a_certificate_that_nobody_knows_is_the_cause(laptop: Home, tmp_path: Path) -> None:
    with index(tls=self_signed(tmp_path)) as url:
        document = checked(laptop, PIP_INDEX_URL=url)
    assert cause(document) == "index-tls"


def test_a_proxy_that_does_not_answer_is_the_cause(laptop: Home) -> None:
    dead = f"http://somebody:hunter2@127.0.0.1:{free_port()}"
    document = checked(laptop, PIP_INDEX_URL="https://index.invalid/simple", HTTPS_PROXY=dead)
    assert cause(document) == "proxy-dead"
    assert failed(document) == ["proxy-dead"]
    assert "hunter2" not in json.dumps(document)


@pytest.mark.matrix
def test_a_proxy_that_lets_nobody_through_is_the_cause(laptop: Home) -> None:
    with index() as url:  # it answers 501 to CONNECT
        proxy = url.removesuffix("/simple")
        document = checked(laptop, PIP_INDEX_URL="https://index.invalid/simple", HTTPS_PROXY=proxy)
    assert cause(document) == "index-proxy"


@pytest.mark.matrix
def test_a_proxy_before_this_machine_itself_is_told(laptop: Home, packages: str) -> None:
    proxy = packages.removesuffix("/simple")
    document = checked(laptop, http_proxy=proxy, PIP_PROXY="", PIP_INDEX_URL=packages)
    assert row(document, "proxy")["code"] == "proxy-before-localhost"
    both = checked(laptop, http_proxy=proxy, no_proxy="localhost,127.0.0.1")
    assert wrong(both) == {}


def test_without_an_installer_that_is_the_cause(laptop: Home, tmp_path: Path) -> None:
    bare = python_with(tmp_path / "without")
    document = checked(laptop, QUICKSTART_PYTHON=str(bare), PATH="/usr/bin:/bin")
    assert cause(document) == "no-installer"


def test_without_a_network_that_is_the_cause(laptop: Home) -> None:
    ran = without_network(laptop, "preflight --json", PIP_INDEX_URL="https://index.invalid/simple")
    document = told(ran.status, ran.out)
    assert cause(document) == "no-network"
    assert failed(document) == ["no-network"]
    assert row(document, "index")["what"] == "not reached, since network failed"


def test_where_packages_are_on_this_machine_no_network_is_needed(laptop: Home, tmp_path: Path) -> None:
    from tests.standins.index import NAME, wheel

    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / NAME).write_bytes(wheel(1000))
    wheels = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels")}
    ran = without_network(laptop, "preflight --json", **wheels)
    document = told(ran.status, ran.out)
    assert wrong(document) == {}
    assert row(document, "clock")["what"].startswith("not compared with a server")


@pytest.mark.parametrize(
    ("minutes", "code", "status"),
    [(2, "", 0), (10, "clock-off", 0), (-10, "clock-off", 0), (3 * 24 * 60, "clock-off", 3)],
)
def test_a_clock_is_compared_with_that_of_the_index(minutes: int, code: str, status: int, laptop: Home) -> None:
    with index(ahead=-60.0 * minutes) as url:
        document = checked(laptop, PIP_INDEX_URL=url)
    assert row(document, "clock")["code"] == code
    assert document["exit_code"] == status
    if code:
        assert f"{abs(minutes)} minutes {'ahead' if minutes > 0 else 'behind'}" in row(document, "clock")["what"]


def test_with_mlflow_an_index_that_is_not_reached_is_only_told(laptop: Home) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/simple"
    document = checked(laptop, QUICKSTART_PYTHON=sys.executable, PIP_INDEX_URL=nowhere)
    assert document["exit_code"] == 0
    assert cause(document) == "index-unreachable"
    assert proof(laptop.cwd / PROOF)["result"] == "PASS"


@pytest.mark.parametrize(("megabytes", "code", "status"), [(1500, "little-room", 0), (500, "no-room-left", 3)])
def test_a_disk_without_room_for_mlflow_is_told(megabytes: int, code: str, status: int, laptop: Home) -> None:
    ran = with_disk(laptop, megabytes, "preflight --json")
    assert ran.status == status
    assert cause(told(ran.status, ran.out)) == code


@pytest.mark.parametrize(
    ("kilobytes", "code", "status"), [(1_400_000, "little-memory", 0), (900_000, "no-memory-left", 3)]
)
def test_a_limit_of_the_memory_is_told(kilobytes: int, code: str, status: int, laptop: Home) -> None:
    ran = run(laptop, f"ulimit -v {kilobytes} && {QUICKSTART} preflight --json")
    assert ran.status == status
    assert cause(told(ran.status, ran.out)) == code


def test_a_python_that_is_not_there_is_the_cause(laptop: Home) -> None:
    document = checked(laptop, "--python", str(laptop.path / "nowhere"))
    assert cause(document) == "python-missing"
    assert failed(document) == ["python-missing"]
    assert proof(laptop.cwd / PROOF)["versions"]["python"] is None


def test_on_a_machine_without_a_screen_that_is_told(laptop: Home) -> None:
    document = checked(laptop, DISPLAY="")
    assert cause(document) == "no-browser"
    assert document["exit_code"] == 0
    far = checked(laptop, SSH_CONNECTION="203.0.113.9 50000 198.51.100.7 2222")
    assert f"-p 2222 {getpass.getuser()}@198.51.100.7" in fix_of(row(far, "browser"))


def test_who_holds_the_usual_port_is_said(laptop: Home) -> None:
    import socket

    try:
        listener = socket.create_server(("127.0.0.1", 5000))
    except OSError:
        listener = socket.socket()  # somebody holds it already
    with listener:
        document = checked(laptop)
    assert row(document, "port")["status"] == "ok"
    assert row(document, "port")["what"].startswith("5000 is in use by ")


def test_a_second_run_writes_over_its_own_proof(laptop: Home) -> None:
    checked(laptop, PIP_INDEX_URL=f"http://127.0.0.1:{free_port()}/simple")
    assert proof(laptop.cwd / PROOF)["result"] == "FAIL"
    checked(laptop)
    assert proof(laptop.cwd / PROOF)["result"] == "PASS"


@pytest.mark.parametrize("content", ['{"mine": 1}', "no JSON", "", "[]", '{"proof": "of something else"}'])
def test_a_file_of_somebody_elses_is_never_written_over(content: str, laptop: Home) -> None:
    (laptop.cwd / PROOF).write_text(content, encoding="utf-8")
    document = checked(laptop)
    assert (laptop.cwd / PROOF).read_text(encoding="utf-8") == content
    elsewhere = laptop.quickstart_home / "state" / PROOF
    assert document["data"]["proof"] == str(elsewhere)
    assert proof(elsewhere)["result"] == "PASS"
    named = laptop.json("preflight", "--proof", PROOF, status=2)
    assert named["error"]["code"] == "proof-taken"
    assert (laptop.cwd / PROOF).read_text(encoding="utf-8") == content


def test_the_proof_goes_where_it_is_wanted(laptop: Home) -> None:
    wanted = laptop.path / "mine.json"
    assert checked(laptop, "--proof", str(wanted))["data"]["proof"] == str(wanted)
    assert proof(wanted)["result"] == "PASS"
    assert not (laptop.cwd / PROOF).exists()


def test_in_a_read_only_folder_the_proof_goes_elsewhere(laptop: Home) -> None:
    ran = read_only(laptop, laptop.cwd / "disk", "preflight --json")
    document = told(ran.status, ran.out)
    assert cause(document) == "folder-read-only"
    assert document["exit_code"] == 0
    assert proof(laptop.quickstart_home / "state" / PROOF)["result"] == "PASS"


def test_a_folder_that_was_deleted_is_the_cause_and_not_made_anew(laptop: Home) -> None:
    ran = run(laptop, f"mkdir gone && cd gone && rmdir ../gone && {QUICKSTART} preflight --json")
    document = told(ran.status, ran.out)
    assert cause(document) == "folder-gone"
    assert not (laptop.cwd / "gone").exists()


@pytest.mark.matrix
def test_the_proof_names_nobody(laptop: Home) -> None:
    nowhere = f"http://{getpass.getuser()}:hunter2@127.0.0.1:{free_port()}/simple"
    secret = {
        "SSH_CONNECTION": "203.0.113.9 50000 198.51.100.7 2222",
        "HTTPS_PROXY": "http://me:hunter3@proxy.invalid:1",
    }
    checked(laptop, PIP_INDEX_URL=nowhere, **secret)
    text = (laptop.cwd / PROOF).read_text(encoding="utf-8")
    private = [str(laptop.path), "/home", "hunter", platform.node(), "proxy.invalid", "203.0.113.9", "198.51.100.7"]
    assert [one for one in private if one in text] == []
    assert getpass.getuser() not in proof(laptop.cwd / PROOF)["versions"].values()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_one_that_is_stopped_leaves_no_process_and_no_file(number: signal.Signals, laptop: Home) -> None:
    temporary = laptop.path / "temporary"
    temporary.mkdir()
    with index(speed=1000) as url:
        environment = {**laptop.environment, "PIP_INDEX_URL": url, "TMPDIR": str(temporary)}
        child = subprocess.Popen(
            [sys.executable, "-m", "quickstart", "preflight"],
            cwd=laptop.cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + 20
        while not list(temporary.glob("*/*")) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert list(temporary.glob("*/*")), "the installer has begun"
        child.send_signal(number)
        child.communicate(timeout=20)
    assert child.returncode == 130
    assert list(temporary.iterdir()) == []
    assert list(laptop.cwd.iterdir()) == []
    assert not any(str(temporary) in line for line in _commands())


def _commands() -> list[str]:
    """Return the command lines of all processes."""
    import psutil

    return [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]


@pytest.mark.matrix
def test_an_index_that_says_nothing_is_told_in_time(laptop: Home, taken_port: Any) -> None:
    document = checked(laptop, PIP_INDEX_URL=f"http://127.0.0.1:{taken_port()}/simple")
    assert cause(document) == "index-unreachable"


@pytest.mark.matrix
def test_an_index_that_hardly_delivers_is_given_up(laptop: Home) -> None:
    with index(speed=1000) as url:
        document = checked(laptop, PIP_INDEX_URL=url)
    assert cause(document) == "index-silent"


@pytest.mark.matrix
def test_uv_is_asked_where_there_is_no_pip(laptop: Home, tmp_path: Path, packages: str) -> None:
    uv = shutil.which("uv") or _uv(tmp_path / "with-uv")
    bare = python_with(tmp_path / "without")
    document = checked(laptop, QUICKSTART_PYTHON=str(bare), PATH=f"{Path(uv).parent}:{laptop.environment['PATH']}")
    assert wrong(document) == {}
    assert row(document, "index")["what"].startswith("uv fetched mlflow-skinny")
    nowhere = f"http://127.0.0.1:{free_port()}/simple"
    path = f"{Path(uv).parent}:{laptop.environment['PATH']}"
    document = checked(laptop, QUICKSTART_PYTHON=str(bare), PATH=path, UV_INDEX_URL=nowhere)
    assert cause(document) == "index-unreachable"


def _uv(folder: Path) -> str:
    """Install uv, and return its path."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", "uv"], check=True, env=dict(os.environ))
    return str(folder / "bin" / "uv")


@pytest.mark.matrix
def test_an_mlflow_without_a_server_is_not_enough(laptop: Home, tmp_path: Path) -> None:
    light = python_with(tmp_path / "light", ("mlflow-skinny", "3.17.2"), pip=True)
    document = checked(laptop, QUICKSTART_PYTHON=str(light))
    assert row(document, "mlflow")["what"].startswith("mlflow-skinny 3.17.2 is installed, without a server")
    add(light, "mlflow", "3.17.2")
    assert row(checked(laptop, QUICKSTART_PYTHON=str(light)), "mlflow")["what"] == "MLflow 3.17.2 is installed"
