"""A participant behind a proxy: through it where it gets there, and past it where it does not."""

from __future__ import annotations

import pytest

from quickstart.errors import QuickstartError
from quickstart.workshop.participant import routes
from quickstart.workshop.participant.connection import pin
from quickstart.workshop.participant.join_code import Invitation
from tests.conftest import Home
from tests.real.workshop.participant.conftest import BEHIND
from tests.real.workshop.participant.proxy import proxying
from tests.real.workshop.participant.room import Room

pytestmark = pytest.mark.matrix


def test_through_a_proxy_that_alone_knows_the_way(room: Room, ada: Home) -> None:
    text = Invitation(BEHIND, room.port, room.invitation.code).text
    with proxying() as proxy:
        document = ada.json("join", text, HTTPS_PROXY=proxy.url)
        assert ada.json("verify", HTTPS_PROXY=proxy.url)["status"] == "ok"
    assert document["data"]["connection"]["tracking_uri"] == f"https://{BEHIND}:{room.port}"
    assert "NO_PROXY" not in document["data"]["connection"]["env"]
    assert proxy.asked[0].startswith(f"CONNECT {BEHIND}:{room.port} HTTP/1.1")
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in proxy.asked[0]
    assert room.secret not in "".join(proxy.asked)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine, as if it were another one: before itself no proxy ever stands."""
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(routes, "is_loopback", lambda host: False)


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "504 Gateway Timeout"])
def test_past_a_proxy_that_does_not_get_there(room: Room, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    with proxying(status) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        pinned, first = pin(room.invitation)
        first.close()
        assert len(proxy.asked) == 1
        assert pinned.failed_proxy is not None
        assert pinned.failed_proxy.display in proxy.url.replace("me:secret@", "")
        assert "secret" not in repr(pinned)
        # What was found once is not tried again.
        pinned.open().close()
        assert len(proxy.asked) == 1


@pytest.mark.usefixtures("far")
def test_where_neither_way_leads_there_both_are_told(monkeypatch: pytest.MonkeyPatch, room: Room) -> None:
    with proxying("403 Forbidden") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(QuickstartError) as caught:
            pin(Invitation(BEHIND, room.port, room.invitation.code))
    assert caught.value.code == "name-unknown"
    assert "rejected (403 Forbidden)" in caught.value.facts["aside"]
    assert "secret" not in str(caught.value.facts)


@pytest.mark.usefixtures("far")
def test_no_proxy_is_heeded(monkeypatch: pytest.MonkeyPatch, room: Room) -> None:
    with proxying() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        pin(room.invitation)[1].close()
    assert proxy.asked == []
