"""The workshop server's parts without a server: limits, names, guard, seats on disk, the certificate."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.metadata
import io
import json
import logging
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quickstart.runtime.process import SCRIPTS
from quickstart.workshop.classroom import access, provisioning, server
from quickstart.workshop.classroom.api import WorkshopApi
from quickstart.workshop.classroom.limits import LOCKED_OUT_AFTER, WrongTries, network
from quickstart.workshop.classroom.passwords import Passwords, digest
from quickstart.workshop.classroom.roster import RequestRefused, Roster, Seat
from quickstart.workshop.classroom.server import Settings


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def tries_of(limits: WrongTries, clock: Clock, address: str, seconds: int) -> int:
    tried = 0
    for _ in range(seconds * 10):
        clock.now += 0.1
        while not limits.wait(address):
            limits.record(address)
            tried += 1
    return tried


def test_one_address_guesses_a_few_hundred_codes_an_hour() -> None:
    clock = Clock()
    assert tries_of(WrongTries(clock), clock, "10.0.0.1", 3600) <= 1200


def test_ten_thousand_addresses_together_stay_below_one_in_a_million() -> None:
    clock = Clock()
    limits = WrongTries(clock)
    tried = 0
    for second in range(600):
        clock.now += 1
        for host in range(20):
            address = f"10.{second % 250}.{host}.1"
            if not limits.wait(address):
                limits.record(address)
                tried += 1
    a_day = (tried - 300) / 600 * 86400 + 300
    assert a_day / 2**40 < 1e-6


def test_an_address_that_guesses_on_is_locked_out() -> None:
    clock = Clock()
    limits = WrongTries(clock)
    for _ in range(LOCKED_OUT_AFTER):
        limits.record("10.0.0.1")
    clock.now += 200
    assert limits.wait("10.0.0.1") > 90
    assert limits.wait("10.0.0.2") == 0


def test_all_of_an_ipv6_site_is_one_guesser() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff") != network("2001:db8:0:1::1")
    assert network("::ffff:10.0.0.1") == "10.0.0.1"
    assert network("fe80::1%eth0") == network("fe80::2")


def test_a_seat_that_guesses_takes_no_try_from_others_and_is_stopped_itself(tmp_path: Path) -> None:
    settings = Settings(
        "x", 2, str(tmp_path), "", "", "", "", "", digest("CODE"), None, False, "", "", "", None, "none"
    )
    roster = Roster(str(tmp_path / "classroom.db"), 2)
    for seat in roster.seats_to_make():
        roster.set_experiment(seat, str(seat.seat))
    api = WorkshopApi(settings, "", roster, Passwords(""), lambda: None)

    def join(secret: str, device: str) -> str:
        try:
            asyncio.run(api.join("10.0.0.1", {"secret": secret, "device": device}))
        except RequestRefused as refused:
            return refused.code
        return "seat"

    mallory, ada = "a" * 32, "b" * 32
    assert join("CODE", mallory) == "seat"
    assert [join("WRONG", mallory) for _ in range(1000)][-1] == "too-many-tries"
    assert join("CODE", ada) == "seat"
    assert join("CODE", ada) == "seat"
    assert join("CODE", mallory) == "too-many-tries"
    roster.close()


def test_no_username_has_an_empty_password() -> None:
    passwords = Passwords(digest("x"))
    passwords.put("seat-01", ())
    assert not passwords.check("seat-01", "")
    assert not passwords.check("seat-02", "")
    assert not passwords.check(None, None)
    assert passwords.check("instructor", "x")
    assert passwords.user_of("Basic !!!") is None
    assert passwords.user_of("Basic " + "A" * 10_000) is None


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/mlflow/runs/../users/list",
        "/api/2.0/mlflow/runs/%2e%2e/users/list",
        "/static-files/../signup",
        "//api/2.0/mlflow/users/list",
        "/api/2.0/mlflow/users/list/",
        "/ajax-api/3.0/mlflow/gateway/secrets/list",
        "/gateway/x/mlflow/invocations",
        "/ajax-api/3.0/mlflow/assistant/chat",
        "/signup\n",
    ],
)
def test_the_guard_is_not_talked_round(path: str) -> None:
    assert not access.is_open(path)


CREATE = "/api/2.0/mlflow/experiments/create"


@pytest.mark.parametrize(
    ("content", "well"),
    [
        (b'{"artifact_location": "file:///etc"}', False),
        (b'{"artifact\\u005flocation": "/etc"}', False),
        (b'{"artifactLocation": "/etc"}', False),
        (b'{"trace": {"tags": {"mlflow.artifactLocation": "/etc"}}}', False),
        (b'{"tags": [{"key": "mlflow.artifactLocation", "value": "/etc"}]}', False),
        (b'"{\\"artifact_location\\": \\"/etc\\"}"', False),
        (b"[" * 100_000, False),
        (b"[]", False),
        (b'{"name": "x", "artifact_location": ""}', True),
        (b'{"name": "about artifactLocation"}', True),
        (b"", True),
    ],
)
def test_places_of_artifacts_are_found_however_they_are_written(content: bytes, well: bool) -> None:
    assert (access.access_problem(CREATE, content) is None) == well


@pytest.mark.parametrize(
    ("path", "body", "well"),
    [
        ("2.0/mlflow/logged-models/m-1", {"model_id": "m-2"}, False),
        ("2.0/mlflow/logged-models/m-1/tags", {"modelId": "m-2"}, False),
        ("2.0/mlflow/logged-models/m-1", {"model_id": ["m-1"]}, False),
        ("2.0/mlflow/logged-models/m-1", {"model_id": "m-1"}, True),
        ("3.0/mlflow/traces/tr-1/tags", {"trace_id": "tr-2"}, False),
        ("2.0/mlflow/traces/tr-1", {"request_id": "tr-1"}, True),
        ("2.0/mlflow/traces/link-prompts", {"trace_id": "tr-1"}, True),
        ("3.0/mlflow/traces/searching/tags", {"trace_id": "tr-1"}, False),
        ("3.0/mlflow/datasets/d-1/records", {"dataset_id": "d-2"}, False),
        ("3.0/mlflow/datasets/d-1/records", {"records": "[]"}, True),
    ],
)
def test_a_body_names_what_its_path_names(path: str, body: object, well: bool) -> None:
    assert access.is_inspected("PATCH", f"/api/{path}")
    assert (access.access_problem(f"/api/{path}", json.dumps(body).encode()) is None) == well


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^run-[0-9]+$", "run-17", True),
        ("(?i)RUN", "run-17", True),
        ("a|b", "xb", True),
        ("[", "[", False),
        (None, "x", False),
        ("(a+)+$", "a" * 40 + "!", False),
        ("(a|a)" * 40, "a" * 39, False),
        ("a?" * 40 + "a" * 40, "a" * 39, False),
        (".*.*.*.*.*x", "a" * 5000, False),
        ("\\s*" * 8 + "x", " " * 5000, False),
    ],
)
def test_no_pattern_takes_for_ever(pattern: str | None, text: str, found: bool) -> None:
    assert provisioning.matches_pattern(pattern, text) == found


def test_seats_come_back_from_disk(tmp_path: Path) -> None:
    path = str(tmp_path / "classroom.db")
    roster = Roster(path, 2)
    for seat in roster.seats_to_make():
        roster.set_experiment(seat, str(seat.seat))
    taken, again = roster.take("d1", "Ada", "p1", only_again=False)
    roster.report(taken, "proven", None, "", 1.0)
    roster.close()
    later = Roster(path, 3)
    seat, again = later.take("d1", "", "p2", only_again=True)
    assert (seat.seat, seat.name, seat.state, again) == (1, "Ada", "proven", True)
    assert sorted(later.passwords(seat)) == ["p1", "p2"]
    assert later.take("d2", "Ben", "p3", only_again=False)[0].seat == 2
    with pytest.raises(RequestRefused) as refused:
        later.take("d3", "Cy", "p4", only_again=False)
    assert refused.value.code == "not-ready"  # the third seat is still to be made
    later.close()


def test_the_certificate_is_for_the_rooms_address_and_its_key_is_private(tmp_path: Path) -> None:
    asked = {"names": ["localhost"], "addresses": ["192.168.1.20", "::1"], "days": 3}
    asked |= {name: str(tmp_path / f"{name}.pem") for name in ("certificate", "key")}
    command = [sys.executable, str(SCRIPTS / "certificate.py")]
    done = subprocess.run(command, input=json.dumps(asked), encoding="utf-8", check=True, capture_output=True)
    answer = json.loads(done.stdout)
    pem = (tmp_path / "certificate.pem").read_text()
    assert answer["fingerprint"] == hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    context = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
    (trusted,) = context.get_ca_certs()
    assert ("IP Address", "192.168.1.20") in trusted["subjectAltName"]
    if sys.platform != "win32":
        assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    broken = subprocess.run(
        command, input='{"addresses": ["no address"]}', encoding="utf-8", check=True, capture_output=True
    )
    assert json.loads(broken.stdout)["error"] == "no-certificate"


def test_where_there_can_be_no_class_the_server_says_so_and_ends(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPTS / "server_app.py"), "auto", "127.0.0.1", "0", "--"]
    environment = {"PATH": "", "QUICKSTART_CLASSROOM": str(tmp_path / "missing.json")}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60)
    assert done.returncode == 97
    assert json.loads(done.stdout)["quickstart"]["failed"] == "no-classroom"


def test_a_class_needs_an_mlflow_that_can_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("2.22.0", "3.9.1", "3.16.1"):
        monkeypatch.setattr(importlib.metadata, "version", lambda name, version=version: version)
        with pytest.raises(server.WorkshopUnavailable, match="or newer"):
            server.check()


def test_a_flood_does_not_fill_the_log() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("flood")
    logger.addHandler(handler)
    before = {id(one): list(one.filters) for one in (*logging.root.handlers, handler)}
    server.limit_logs()
    try:
        for number in range(3 * server.LOG_BURST):
            logger.warning("%d %s", number, "x" * 100_000)
        try:
            raise ValueError("y" * 100_000)
        except ValueError:
            handler.handle(logger.makeRecord("flood", 40, "", 1, "z", (), sys.exc_info()))
    finally:
        logger.removeHandler(handler)
        for one in logging.root.handlers:
            one.filters[:] = before[id(one)]
    lines = written.getvalue().splitlines()
    assert 10 < len(lines) <= server.LOG_BURST + 20
    assert max(map(len, lines)) <= server.LOG_LENGTH


def test_the_server_is_the_one_that_is_tried_whatever_is_installed(tmp_path: Path) -> None:
    facts = dict.fromkeys(Settings.__dataclass_fields__, "") | {"certificate": "c.pem", "key": "k.pem"}
    (tmp_path / "settings.json").write_text(json.dumps(facts))
    options = server.options(str(tmp_path / "settings.json"))
    assert (options["loop"], options["http"], options["ws"]) == ("asyncio", "h11", "none")
    assert not options["access_log"]
    assert not options["proxy_headers"]


@pytest.mark.matrix  # another import of MLflow
def test_no_seat_is_an_administrator_whatever_an_archive_says(tmp_path: Path) -> None:
    code = (
        "import sys, uvicorn, mlflow.server; sys.path.insert(0, sys.argv[1]);"
        "from mlflow.server import auth; auth.create_app();"
        "auth.store.create_user('seat-01', 'a-long-password', is_admin=True);"
        "from quickstart.workshop.classroom import provisioning; provisioning.restrict_admin();"
        "print(auth.store.get_user('seat-01').is_admin, auth.store.get_user('instructor').is_admin)"
    )
    ini = tmp_path / "auth.ini"
    lines = ["[mlflow]", "default_permission = NO_PERMISSIONS", f"database_uri = sqlite:///{tmp_path}/auth.db"]
    ini.write_text("\n".join([*lines, "admin_username = instructor", "admin_password = a-long-password"]))
    settings = {"MLFLOW_AUTH_CONFIG_PATH": str(ini), "MLFLOW_FLASK_SERVER_SECRET_KEY": "x" * 32}
    environment = {"PATH": "", "HOME": str(tmp_path), "MLFLOW_DISABLE_TELEMETRY": "true", **settings}
    command = [sys.executable, "-c", code, str(SCRIPTS.parents[2])]
    done = subprocess.run(
        command, env=environment, capture_output=True, encoding="utf-8", check=True, cwd=tmp_path, timeout=120
    )
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("vacate", [Roster.free, Roster.remove], ids=["free", "remove"])
def test_who_lost_a_seat_has_lost_it_after_a_restart_too(
    tmp_path: Path, vacate: Callable[[Roster, Seat], None]
) -> None:
    path = str(tmp_path / "classroom.db")
    roster = Roster(path, 1)
    roster.set_experiment(roster.seats_to_make()[0], "7")
    seat, _ = roster.take("d1", "Ada", "p1", only_again=False)
    vacate(roster, seat)
    roster.close()
    later = Roster(path, 1)
    assert later.passwords(later.get(1)) == []
    assert later.by_device == {}
    assert ("d1" in later.removed) == (vacate is Roster.remove)
    later.close()
