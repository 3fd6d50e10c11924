"""What a participant's machine keeps of a class, and what a fault means where one was joined."""

from __future__ import annotations

from pathlib import Path

import pytest

from quickstart.errors import QuickstartError
from quickstart.events import no_progress
from quickstart.explain import explain
from quickstart.explain.investigate import investigate
from quickstart.methods.catalog import check_for
from quickstart.methods.server import membership
from quickstart.methods.server.membership import Membership
from quickstart.models import Connection, Secret
from quickstart.state.connections import Connections
from quickstart.system.shell import as_typed_here
from tests.messages import fix_of

PRINT, URL = "ABCDEFGHIJKL", "https://192.0.2.7:5443"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Quickstart's own folder."""
    monkeypatch.setenv("QUICKSTART_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def join(name: str = "class") -> Membership:
    step = membership.join_step(PRINT, URL, name)
    membership.join(step.parameters, no_progress)
    found = membership.membership(PRINT)
    assert found
    return found


def test_a_machine_stays_who_it_is() -> None:
    first = join()
    assert len(first.device) == 32
    assert join() == first
    assert membership.join(membership.join_step(PRINT, URL, "class").parameters, no_progress)[0] == "skip"
    # By another address, and in another class.
    membership.join(membership.join_step(PRINT, "https://laptop.local:5443", "class").parameters, no_progress)
    moved = membership.membership(PRINT)
    assert moved == Membership(first.device, "https://laptop.local:5443", "class")
    membership.join(membership.join_step("MNOPQRSTUVWX", URL, "class-2").parameters, no_progress)
    other = membership.membership("MNOPQRSTUVWX")
    assert other
    assert other.device != first.device


def test_no_step_holds_a_secret() -> None:
    device = join().device
    made = membership.connection("class", URL, "seat-07", "/there/c.pem", "", "/python")
    steps = membership.login_steps(made, "seat-07", Secret("very-secret"), PRINT, "PEM")
    assert "very-secret" not in repr(steps)
    assert device not in repr((membership.join_step(PRINT, URL, "class"), *steps))
    assert [step.kind for step in steps] == ["trust-class", "keep-secrets", "save-connection"]
    vouched = membership.login_steps(made, "seat-07", Secret("very-secret"), PRINT, "")
    assert [step.kind for step in vouched] == ["keep-secrets", "save-connection"]


def test_what_is_kept_goes_again(home: Path) -> None:
    join()
    path = membership.certificate_file(PRINT)
    trust = {"path": str(path), "pem": "PEM"}
    assert membership.trust(trust, no_progress)[0] == "ok"
    assert membership.trust(trust, no_progress)[0] == "skip"
    assert path.stat().st_mode & 0o777 == 0o600
    assert membership.distrust({"path": str(path)}, no_progress)[0] == "ok"
    assert membership.leave({"fingerprint": PRINT}, no_progress)[0] == "ok"
    assert membership.leave({"fingerprint": PRINT}, no_progress)[0] == "skip"
    assert not membership.folder().exists()


def test_a_name_that_nothing_else_has() -> None:
    assert membership.free_name(PRINT) == "class"
    Connections().save(Connection("class", "server", "https://other.example.org"), use=True)
    assert membership.free_name(PRINT) == "class-2"
    join("class-2")
    Connections().save(Connection("class-2", "server", URL), use=True)
    assert membership.free_name(PRINT) == "class-2"  # it is this very class


def test_a_damaged_file_is_told() -> None:
    membership.folder().mkdir(parents=True)
    membership.membership_file(PRINT).write_text('{"device": 7}')
    with pytest.raises(QuickstartError) as caught:
        membership.membership(PRINT)
    assert caught.value.code == "state-damaged"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (QuickstartError("server-down", url=URL, host="192.0.2.7", port=5443, detail="refused"), "class-over"),
        (QuickstartError("host-silent", url=URL, host="192.0.2.7", port=5443, seconds=2.0), "class-over"),
        (QuickstartError("tls-failed", url=URL, detail="self-signed certificate"), "class-another"),
        (QuickstartError("api-error", url=URL, status=403, experiment="iris", message="no"), "experiment-of-another"),
        (QuickstartError("api-error", url=URL, status=403, message="no"), "not-permitted"),
        (
            QuickstartError("server-login-refused", url=URL, status=401, what="user", source="kept", again="x"),
            "seat-gone",
        ),
    ],
)
def test_what_a_fault_means_where_a_class_was_joined(fault: QuickstartError, code: str) -> None:
    join()
    assert membership.is_class(URL)
    assert membership.is_class(f"{URL}/")
    assert investigate(fault).code == code


def test_who_does_not_reach_a_class_is_not_sent_away_from_it_at_once() -> None:
    join()
    fix = fix_of(explain(QuickstartError("host-silent", url=URL, host="192.0.2.7", port=5443, seconds=2.0)))
    assert f"quickstart verify {URL}   First connect to the workshop's network" in fix
    assert fix.endswith(as_typed_here("If the workshop is over: `quickstart undo`"))


def test_the_name_that_is_free_to_take_has_the_seat_in_it() -> None:
    join()
    assert membership.naming(URL) == ""
    Connections().save(membership.connection("class", URL, "seat-07", "", "", ""), use=True)
    assert "iris-seat-07" in membership.naming(URL)
    assert membership.naming("https://192.0.2.8:5443") == ""
    fix = fix_of(explain(QuickstartError("api-error", url=URL, status=403, experiment="wine", message="no")))
    assert fix.startswith("export MLFLOW_EXPERIMENT_NAME=wine-seat-07   Or in your code")
    assert 'mlflow.set_experiment("wine-seat-07")' in fix


def test_elsewhere_a_refused_login_is_one() -> None:
    join()
    other = "https://192.0.2.8:5443"
    assert not membership.is_class(other)
    fault = QuickstartError("server-login-refused", url=other, status=401, what="user", source="kept", again="x")
    assert investigate(fault).code == "server-login-refused"


def test_where_a_proxy_was_passed_by_the_check_passes_by_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    past = membership.connection("class", URL, "seat-07", "", "localhost,192.0.2.7", "")
    assert past.variables()["NO_PROXY"] == past.variables()["no_proxy"] == "localhost,192.0.2.7"
    for made, proxied in ((past, False), (membership.connection("class", URL, "seat-07", "", "", ""), True)):
        check = check_for(URL, made)
        dict(check.stages())["resolve"]()
        assert check.experiment_name == "seat-07"
        assert check.http is not None
        assert check.http.proxied is proxied
