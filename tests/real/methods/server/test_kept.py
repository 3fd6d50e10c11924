"""What a login to a team's server leaves: its own file, lines for a shell, MLflow's own file on request; and undo."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Home, Shared
from tests.messages import fix_of
from tests.real.methods.server.helpers import (
    PASSWORD,
    TOKEN,
    by_password,
    by_token,
    credentials_file,
    log_in,
    secrets_file,
    stages,
)
from tests.standins import front
from tests.standins.front import Front

pytestmark = pytest.mark.matrix

PLAIN = "correct-horse"
OLD = "# mine\n[other]\nkey = 1\n\n[mlflow]\nmlflow_tracking_username = old\nmlflow_tracking_password = old\nmore = x\n"


@pytest.fixture
def gateway(server: Shared) -> Iterator[Front]:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        yield place


@pytest.fixture
def with_users(server: Shared) -> Iterator[Front]:
    with front.front(front.basic("me", PLAIN), server.uri) as place:
        yield place


def with_password(home: Home, url: str, *arguments: str, status: int = 0) -> dict[str, object]:
    return log_in(home, url, "--username", "me", "--password-stdin", *arguments, stdin=PLAIN, status=status)


def test_a_shell_gets_the_login_only_on_request(home: Home, gateway: Front) -> None:
    by_token(home, gateway.url)
    plain = home.run("env")
    assert TOKEN not in plain.out
    assert "--with-secrets" in plain.err
    line = 'eval "$("$0" -m quickstart env --with-secrets)" && echo "$MLFLOW_TRACKING_URI $MLFLOW_TRACKING_TOKEN"'
    done = subprocess.run(
        ["bash", "-c", line, sys.executable],
        capture_output=True,
        text=True,
        env=home.environment,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == [gateway.url, TOKEN]


def test_the_login_is_never_shown_nor_in_a_document(home: Home, gateway: Front) -> None:
    document = by_token(home, gateway.url)
    assert TOKEN not in str(document)
    refused = home.run("env", "--with-secrets", "--json", status=2)
    assert refused.json["error"]["code"] == "secrets-shown"
    assert TOKEN not in refused.out + refused.err
    journal = (home.quickstart_home / "state" / "journal" / "server.jsonl").read_text(encoding="utf-8")
    assert TOKEN not in journal


def test_undo_leaves_nothing_of_it(home: Home, gateway: Front) -> None:
    by_token(home, gateway.url)
    home.run("undo", "--yes")
    assert not secrets_file(home).parent.exists()
    assert home.json("list")["data"]["connections"] == []


def test_mlflows_own_file_is_written_on_request_alone_and_given_back(home: Home, with_users: Front) -> None:
    file = credentials_file(home)
    file.parent.mkdir()
    file.write_text(OLD)
    file.chmod(0o644)
    with_password(home, with_users.url)
    assert file.read_text() == OLD
    with_password(home, with_users.url, "--write-mlflow-credentials")
    assert file.read_text() == OLD.replace("username = old", "username = me").replace(
        "password = old", f"password = {PLAIN}"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    home.run("undo", "--yes")
    assert file.read_text() == OLD


def test_a_file_that_was_not_there_is_gone_after_undo(home: Home, with_users: Front) -> None:
    with_password(home, with_users.url, "--write-mlflow-credentials")
    with_password(home, with_users.url, "--write-mlflow-credentials")
    assert PLAIN in credentials_file(home).read_text()
    home.run("undo", "--yes")
    assert not credentials_file(home).exists()


def test_a_file_that_somebody_changed_since_stays(home: Home, with_users: Front) -> None:
    with_password(home, with_users.url, "--write-mlflow-credentials")
    credentials_file(home).write_text("[mlflow]\nmlflow_tracking_username = somebody\n")
    home.run("undo", "--yes")
    assert "somebody" in credentials_file(home).read_text()


def test_a_password_that_mlflow_would_read_as_another_is_not_written_there(home: Home, server: Shared) -> None:
    with front.front(front.basic("me", PASSWORD), server.uri) as place:
        error = by_password(home, place.url, "--write-mlflow-credentials", status=2)["error"]
    assert error["code"] == "credentials-file"
    assert PASSWORD not in str(error)
    assert not credentials_file(home).exists()


def test_a_token_cannot_be_in_mlflows_file(home: Home, gateway: Front) -> None:
    error = by_token(home, gateway.url, "--write-mlflow-credentials", status=2)["error"]
    assert error["code"] == "only-basic"


def test_a_damaged_file_stays_as_it_is_and_is_told(home: Home, with_users: Front) -> None:
    file = credentials_file(home)
    file.parent.mkdir()
    file.write_text("no section\n")
    error = with_password(home, with_users.url, "--write-mlflow-credentials", status=1)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "credentials-file"
    assert file.read_text() == "no section\n"


def test_a_stale_file_that_would_beat_the_token_is_told(home: Home, gateway: Front) -> None:
    credentials_file(home).parent.mkdir()
    credentials_file(home).write_text(OLD)
    by_token(home, gateway.url)
    status, detail = stages(home.json("verify"))["auth"]
    assert status == "warn"
    assert f"mv {credentials_file(home)}" in detail


def test_variables_that_would_beat_the_login_are_told_and_unset(home: Home, gateway: Front) -> None:
    by_token(home, gateway.url)
    shell: Any = {"MLFLOW_TRACKING_USERNAME": "old", "MLFLOW_TRACKING_PASSWORD": "old"}
    status, detail = stages(home.json("verify", **shell))["resolve"]
    assert status == "warn"
    assert "unset MLFLOW_TRACKING_USERNAME MLFLOW_TRACKING_PASSWORD" in detail
    assert home.run("env", **shell).out.startswith("unset MLFLOW_TRACKING_USERNAME\nunset MLFLOW_TRACKING_PASSWORD\n")


def test_verify_by_url_logs_in_as_mlflow_would_in_this_shell(home: Home, gateway: Front) -> None:
    assert home.json("verify", gateway.url, status=3)["error"]["code"] == "login-needed"
    assert stages(home.json("verify", gateway.url, MLFLOW_TRACKING_TOKEN=TOKEN))["auth"][0] == "ok"


def test_a_token_that_expired_since_is_told_with_the_login_that_mends_it(
    home: Home, server: Shared, gateway: Front
) -> None:
    by_token(home, gateway.url)
    kept = secrets_file(home)
    kept.write_text(kept.read_text().replace(TOKEN, "revoked"))
    error = home.json("verify", status=3)["error"]
    assert error["code"] == "server-login-refused"
    assert fix_of(error).endswith(f"login server {gateway.url}")
