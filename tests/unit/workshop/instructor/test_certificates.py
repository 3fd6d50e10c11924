"""A certificate is tried before a class is opened with it, as participants' machines will try it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.workshop.instructor import certificates
from tests.unit.workshop.conftest import Maker


def refused(certificate: Path, key: Path, host: str = "localhost") -> str:
    with pytest.raises(QuickstartError) as caught:
        certificates.check(certificate, key, host)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value.code


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_good_pair_passes(certified: Maker, host: str) -> None:
    certificates.check(*certified(), host)


def test_a_name_with_a_star_stands_for_what_is_below_it(certified: Maker) -> None:
    certificates.check(*certified(hosts=("*.example.org",)), "class.example.org")


@pytest.mark.parametrize("host", ["class.example.org", "192.168.1.20"])
def test_a_certificate_must_be_for_what_the_room_calls(certified: Maker, host: str) -> None:
    assert refused(*certified(), host) == "certificate-names"


def test_dates_count(certified: Maker) -> None:
    assert refused(*certified(begins=-9, ends=-1)) == "certificate-expired"
    assert refused(*certified(begins=1)) == "certificate-not-yet"


def test_a_key_of_another_certificate_is_told_as_that(certified: Maker) -> None:
    assert refused(certified("one")[0], certified("other")[1]) == "certificate-key-differ"


def test_a_key_with_a_passphrase_is_told_as_that_and_nobody_is_asked(certified: Maker) -> None:
    assert refused(*certified(passphrase=b"secret")) == "key-locked"


def test_files_that_are_something_else_are_told_apart(certified: Maker, tmp_path: Path) -> None:
    certificate, key = certified()
    assert refused(tmp_path / "none.pem", key) == "certificate-unreadable"
    assert refused(key, key) == "certificate-unreadable"
    assert refused(certificate, tmp_path / "none.pem") == "key-unreadable"
    assert refused(certificate, certificate) == "key-unreadable"
    torn = tmp_path / "torn.pem"
    torn.write_text(certificate.read_text()[:200] + "\n-----END CERTIFICATE-----\n")
    assert refused(torn, key) == "certificate-unreadable"


def test_the_first_of_a_chain_is_the_servers_own(certified: Maker, tmp_path: Path) -> None:
    own, signer = certified("own"), certified("signer")
    chain = tmp_path / "chain.pem"
    chain.write_text(own[0].read_text() + signer[0].read_text())
    assert certificates.fingerprint(chain) == certificates.fingerprint(own[0]) != certificates.fingerprint(signer[0])
    assert certificates.fingerprint(chain) == hashlib.sha256(certificates.der_of(own[0])).hexdigest()
    certificates.check(chain, own[1], "localhost")


def test_a_throw_away_certificate_is_taken_again_while_it_is_good_for_all_names(certified: Maker) -> None:
    certificate, key = certified()
    assert certificates.lasts(certificate, key, ("localhost", "127.0.0.1"))
    assert not certificates.lasts(certificate, key, ("localhost", "192.168.1.20"))
    assert not certificates.lasts(certificate, key.with_name("none.pem"), ("localhost",))
