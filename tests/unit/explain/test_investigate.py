"""Another look: what it finds, that it is short, and that it never stands in the way of an explanation."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from quickstart.errors import QuickstartError
from quickstart.explain import probes_local, probes_network
from quickstart.explain.investigate import PROBES, investigate
from quickstart.explain.probes_local import Listener
from quickstart.models import Machine
from quickstart.system import machine
from tests.conftest import free_port, lasting_port
from tests.messages import all_messages

DOWN: dict[str, Any] = {"host": "127.0.0.1", "port": 5000, "detail": "Connection refused"}
LAPTOP = Machine("Linux", "laptop", "no sign", "3.11.7")


def down(port: int) -> QuickstartError:
    return QuickstartError("server-down", url=f"http://127.0.0.1:{port}", **{**DOWN, "port": port})


@contextmanager
def answering(host: str, port: int, version: bytes = b"3.17.2") -> Iterator[int]:
    """Answer every request with a version, on an address of this machine."""
    listener = socket.create_server((host, port))
    said = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(version), version)

    def serve() -> None:
        with suppress(OSError):
            while True:
                caller, _ = listener.accept()
                with caller:
                    caller.recv(65536)
                    caller.sendall(said)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, place: object) -> None:
    """A laptop on which nobody else listens, whatever the tests run on."""
    monkeypatch.setattr(probes_network, "this_machine", lambda: LAPTOP)
    monkeypatch.setattr(probes_local, "listening", list)
    monkeypatch.setattr(probes_local, "USUAL", ())


def test_a_fault_of_which_nothing_more_is_found_stays_what_it_was() -> None:
    fault = down(free_port())
    found = investigate(fault)
    assert found.code == "server-down"
    assert found.facts == fault.facts


def test_no_code_that_a_look_gives_is_looked_at_itself() -> None:
    assert set(PROBES) <= set(all_messages())
    given = {"own-server-down", "own-server-ended", "wrong-port", "container-loopback", "port-stolen", "https-to-http"}
    assert not given & set(PROBES)


@pytest.mark.parametrize(
    "fault",
    [QuickstartError("disk-full"), QuickstartError("server-down"), QuickstartError("no-answer", url="databricks")],
)
def test_what_has_no_address_or_no_look_is_left_alone(fault: QuickstartError) -> None:
    assert investigate(fault) is fault


def test_a_look_that_stumbles_or_hangs_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []

    def stumbles(_: QuickstartError) -> QuickstartError | None:
        raise RuntimeError("a look must not end an explanation")

    def hangs(_: QuickstartError) -> QuickstartError | None:
        time.sleep(30)
        ended.append(True)
        return None

    monkeypatch.setitem(PROBES, "server-down", (stumbles, hangs))
    assert investigate(down(free_port())).code == "server-down"
    assert not ended  # nobody waited for it


def test_mlflow_on_a_usual_port_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering("127.0.0.1", 0) as port:
        monkeypatch.setattr(probes_local, "USUAL", (port,))
        found = investigate(down(free_port()))
    assert (found.code, found.facts["found"]) == ("wrong-port", f"http://127.0.0.1:{port}")


def test_a_program_that_is_no_mlflow_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering("127.0.0.1", 0, b"hello") as port:
        monkeypatch.setattr(probes_local, "USUAL", (port,))
        assert investigate(down(free_port())).code == "server-down"


@pytest.mark.parametrize(("home", "offered"), [("my home", True), ("another home", False), (None, False)])
def test_only_what_runs_for_the_same_home_is_offered(
    home: str | None, offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "my home")
    monkeypatch.setattr(probes_local, "listening", lambda: [Listener(4242, 1)])
    monkeypatch.setattr(probes_local, "_home", lambda _: home)
    assert (4242 in probes_local.ports_here()) is offered


def test_who_listens_here_is_told_with_the_process() -> None:
    with answering("127.0.0.1", 0) as port:
        found = probes_local._listeners((one, one.pid) for one in psutil.net_connections(kind="tcp"))
    assert Listener(port, os.getpid()) in found


@pytest.mark.skipif(not os.path.exists("/proc/net/route"), reason="only Linux has all of 127.0.0.0/8")  # noqa: PTH110
def test_in_a_container_the_machine_around_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = replace(LAPTOP, environment="container", evidence="/.dockerenv exists")
    monkeypatch.setattr(probes_network, "this_machine", lambda: inside)
    monkeypatch.setattr(probes_network, "hosts_of_container", lambda: ["127.0.0.2"])
    nobody = investigate(down(free_port()))
    assert nobody.code == "server-down"
    assert "host.docker.internal" in nobody.facts["aside"]
    port = lasting_port()  # those of free_port() are given to connections between these addresses, too
    with answering("127.0.0.2", port):
        found = investigate(down(port))
    assert (found.code, found.facts["found"]) == ("container-loopback", f"http://127.0.0.2:{port}")


def test_the_gateways_of_this_machine_are_read_as_linux_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "Iface\tDestination\tGateway\neth0\t00000000\t010011AC\neth0\t000011AC\t00000000\n"
    monkeypatch.setattr(Path, "read_text", lambda _: rows)
    assert probes_network.gateways() == ["172.17.0.1"]


def test_in_a_session_by_ssh_it_is_said_which_machine_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes_network, "this_machine", lambda: replace(LAPTOP, ssh=("me", "192.0.2.9", 22)))
    found = investigate(down(5999))
    assert found.code == "server-down"
    assert "ssh -R 5999:127.0.0.1:5999" in found.facts["aside"]


def test_a_server_elsewhere_that_listens_for_itself_alone_is_reached_by_ssh() -> None:
    fault = QuickstartError("host-silent", url="http://192.0.2.77:5000", host="192.0.2.77", port=5000, seconds=2.0)
    found = probes_network.tunnel(fault)
    assert found is not None
    assert "ssh -N -L 5000:127.0.0.1:5000 you@192.0.2.77" in found.facts["aside"]


@pytest.mark.parametrize(
    ("host", "network", "code"),
    [
        ("mlflow.example.org", False, "no-network"),
        ("mlflow.example.org", True, "name-unknown"),
        ("no-such-machine.invalid", False, "name-unknown"),
    ],
)
def test_without_a_network_the_network_is_the_cause(
    host: str, network: bool, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.Probe, "network", lambda _: network)
    fault = QuickstartError("name-unknown", url=f"http://{host}:5000", host=host, port=5000, detail="not known")
    assert investigate(fault).code == code


def test_a_short_name_whose_port_is_published_is_called_by_this_machines_address() -> None:
    with answering("127.0.0.1", 0) as port:
        fault = QuickstartError(
            "name-unknown", url=f"http://mlflow:{port}", host="mlflow", port=port, detail="not known"
        )
        found = investigate(fault)
    assert found.code == "compose-name"
    assert found.facts["fix"] == f"quickstart verify http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "https-to-http"),
        ("[SSL: RECORD_LAYER_FAILURE] record layer failure", "https-to-http"),
        ("certificate verify failed: certificate has expired", "certificate-dates"),
        ("certificate verify failed: certificate is not yet valid", "certificate-dates"),
        ("certificate verify failed: Hostname mismatch, certificate is not valid for 'a'", "certificate-name"),
        ("certificate verify failed: IP address mismatch", "certificate-name"),
        ("certificate verify failed: self-signed certificate", "tls-failed"),
        ("certificate verify failed: unable to get local issuer certificate", "tls-failed"),
    ],
)
def test_what_a_tls_library_complains_of_is_told_apart(detail: str, code: str) -> None:
    found = investigate(QuickstartError("tls-failed", url="https://mlflow.example.org", path="/version", detail=detail))
    assert found.code == code
    assert found.facts["detail"] == detail


@pytest.mark.parametrize(("status", "code"), [(403, "not-permitted"), (400, "api-error"), (500, "api-error")])
def test_a_request_that_is_refused_is_told_from_one_that_fails(status: int, code: str) -> None:
    fault = QuickstartError("api-error", url="http://mlflow.example.org", status=status, message="Permission denied")
    assert investigate(fault).code == code


def test_who_holds_a_port_is_added_but_never_this_very_process() -> None:
    with answering("127.0.0.1", 0) as port:
        assert probes_local.holder(QuickstartError("not-mlflow", url=f"http://127.0.0.1:{port}", seen="x")) is None
