"""Ports: free or taken, by whom, and which one instead."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable

import psutil
import pytest

from quickstart.server import ports
from tests.conftest import free_port

HOST = "127.0.0.1"


def knows_holders() -> bool:
    """Tell whether this system tells anybody who listens on a port; macOS tells root alone."""
    try:
        psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return False
    return True


def test_a_port_that_nobody_has_is_free() -> None:
    assert ports.is_free(HOST, free_port())


def test_a_port_that_somebody_listens_on_is_taken(taken_port: Callable[..., int]) -> None:
    assert not ports.is_free(HOST, taken_port())


def test_a_port_that_is_bound_but_does_not_listen_is_taken() -> None:
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        assert not ports.is_free(HOST, bound.getsockname()[1])


def test_a_port_is_taken_by_who_listens_on_all_addresses() -> None:
    with socket.create_server(("", 0)) as everywhere:
        assert not ports.is_free(HOST, everywhere.getsockname()[1])


def test_a_port_is_free_as_soon_as_its_listener_is_gone() -> None:
    with socket.create_server((HOST, 0)) as listener:
        number = listener.getsockname()[1]
        with socket.create_connection((HOST, number)):
            listener.accept()[0].close()  # the closed side stays in TIME_WAIT for a minute
    assert ports.is_free(HOST, number)


def test_a_host_that_is_none_has_no_free_port() -> None:
    assert not ports.is_free("no such host", 5000)


def test_a_machine_that_opens_no_socket_has_no_taken_port(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(OSError, match="Address family"):
        ports.is_free(HOST, 5000)


@pytest.mark.skipif(not knows_holders(), reason="this system tells nobody but root who listens on a port")
def test_the_holder_of_a_port_is_named(taken_port: Callable[..., int]) -> None:
    found = ports.holder(taken_port())
    assert found.pid == os.getpid()
    assert found.program == psutil.Process().name()
    assert str(found) == f"{found.program} (pid {os.getpid()})"


def test_a_holder_that_the_system_does_not_tell_is_another_program(
    taken_port: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", denied)
    number = taken_port()
    assert ports.holder(number) == ports.Holder(number)
    assert str(ports.holder(number)) == "another program"


def test_nobody_holds_a_free_port() -> None:
    number = free_port()
    assert ports.holder(number) == ports.Holder(number)


def test_the_first_choice_is_mlflows_own_port_but_for_macs_whose_airplay_has_it() -> None:
    assert (5001 if sys.platform == "darwin" else 5000) == ports.FIRST_CHOICE


def test_the_preferred_port_is_chosen_where_it_is_free() -> None:
    number = free_port()
    assert ports.choose(HOST, number) == (number, None)


def test_the_next_free_port_is_chosen_where_the_preferred_one_is_taken(taken_port: Callable[..., int]) -> None:
    preferred = taken_port()
    chosen, holder = ports.choose(HOST, preferred)
    assert ports.is_free(HOST, chosen)
    assert chosen > preferred or preferred > 65000
    assert holder is not None
    assert holder.port == preferred


def test_a_row_of_taken_ports_is_stepped_over() -> None:
    for _ in range(20):
        first = free_port()
        try:
            with socket.create_server((HOST, first)), socket.create_server((HOST, first + 1)):
                assert ports.choose(HOST, first)[0] > first + 1
            return
        except OSError:
            continue
    pytest.fail("no two neighbouring ports were free")


def test_where_a_whole_row_is_taken_any_free_port_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "TRIES", 1)
    with socket.create_server((HOST, 0)) as taken:
        chosen, holder = ports.choose(HOST, taken.getsockname()[1])
    assert ports.is_free(HOST, chosen)
    assert holder is not None


def test_the_last_port_of_all_does_not_lead_beyond_it() -> None:
    chosen, _ = ports.choose(HOST, 65535)
    assert 0 < chosen <= 65535
