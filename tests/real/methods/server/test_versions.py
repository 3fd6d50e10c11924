"""An older server, by a front that tells its version: what will not work is said, and what fits is offered."""

from __future__ import annotations

import pytest

from tests.conftest import Home, Shared
from tests.real.methods.server.helpers import log_in, stages
from tests.standins import front

pytestmark = pytest.mark.matrix


def test_what_an_older_server_lacks_is_said_with_the_client_that_fits(whole: Home, server: Shared) -> None:
    with front.front(front.telling("2.9.2"), server.uri) as place:
        document = log_in(whole, place.url)
        status, detail = stages(document)["auth"]
        assert status == "warn"
        assert "log_model(), which calls logged-models" in detail
        assert f"login server {place.url} --match-version" in detail
        assert stages(document)["client"][0] == "ok"


def test_a_server_of_the_same_version_is_no_reason_to_warn(whole: Home, server: Shared) -> None:
    assert stages(log_in(whole, server.uri))["auth"] == ("ok", "no login asked for")


def test_the_matching_client_comes_into_an_environment_of_its_own(whole: Home, server: Shared) -> None:
    with front.front(front.telling("2.22.0"), server.uri) as place:
        document = log_in(whole, place.url, "--match-version")
    environment = whole.quickstart_home / "data" / ".environment-server-2.22"
    assert environment.is_dir()
    assert stages(document)["auth"] == ("ok", "no login asked for")
    assert stages(document)["client"][1].startswith("MLflow 2.22.")
    whole.run("undo", "--yes")
    assert not environment.exists()
