"""The address of the room is the one that people who sit in it can probably use."""

from __future__ import annotations

import ipaddress

import psutil
import pytest

from quickstart.errors import QuickstartError
from quickstart.workshop.instructor import addresses
from quickstart.workshop.instructor.addresses import Address, host_and_port, rank_addresses, validate_url


@pytest.mark.parametrize(
    ("found", "best"),
    [
        ([Address("docker0", "172.17.0.1"), Address("wlan0", "192.168.1.20")], "192.168.1.20"),
        ([Address("eth1", "10.0.0.5"), Address("wlan0", "192.168.1.20", default=True)], "192.168.1.20"),
        ([Address("eth0", "fd00::2", default=True), Address("eth0", "10.0.0.5")], "10.0.0.5"),
        ([Address("eth0", "93.184.215.14", default=True), Address("wlan0", "10.0.0.5")], "10.0.0.5"),
        ([Address("tun0", "10.8.0.2", default=True), Address("en0", "93.184.215.14")], "93.184.215.14"),
        ([Address("br-2f1a", "172.18.0.1"), Address("vethab", "10.1.1.1")], "172.18.0.1"),
        ([Address("eth0", "fd00::2")], "fd00::2"),
    ],
)
def test_the_best_address_comes_first(found: list[Address], best: str) -> None:
    assert rank_addresses(found)[0].ip == best


def test_addresses_of_this_machine_are_such_as_others_can_reach() -> None:
    for one in addresses.find_addresses():
        ip = ipaddress.ip_address(one.ip)
        assert not ip.is_loopback
        assert not ip.is_link_local


def test_where_nobody_may_look_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError

    monkeypatch.setattr(psutil, "net_if_addrs", refuse)
    assert addresses.find_addresses() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://class.example.org", "https://class.example.org"),
        ("https://class.example.org/", "https://class.example.org"),
        ("class.example.org:5443", "https://class.example.org:5443"),
        ("class.example.org", "https://class.example.org:6000"),
        ("https://class.example.org:443", "https://class.example.org"),
        ("https://[fd00::2]:5443", "https://[fd00::2]:5443"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert validate_url(typed, 6000) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "http://class.example.org",
        "https://",
        "https://a:99999",
        "https://a/b",
        "https://u:p@a",
        "https://a?b",
        "https://[::1",
    ],
)
def test_what_cannot_be_an_address_is_refused(typed: str) -> None:
    with pytest.raises(QuickstartError) as caught:
        validate_url(typed, 6000)
    assert caught.value.code == "bad-class-url"


def test_an_address_with_colons_stands_in_brackets() -> None:
    assert host_and_port("fd00::2", 5443) == "https://[fd00::2]:5443"
    assert host_and_port("10.0.0.5", 5443) == "https://10.0.0.5:5443"
