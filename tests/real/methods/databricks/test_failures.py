"""Whatever stands between a person and a workspace: what happened, why, and the command that mends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, Shared, free_port
from tests.messages import fix_of
from tests.real.methods.databricks.helpers import BAD, config, connections, has_profiles, log_in, silent, stages
from tests.standins.databricks import (
    BROKEN,
    LOGIN_PAGE,
    LOGIN_REDIRECT,
    NOT_FOUND,
    THROTTLED,
    UNAVAILABLE,
    Fault,
    Workspace,
    workspace,
)
from tests.standins.databricks.certificate import self_signed

UNASKED = [  # what finds out, without a login, whether it is a workspace
    "GET /.well-known/databricks-config",
    "GET /oidc/.well-known/oauth-authorization-server",
    "GET /api/2.0/preview/scim/v2/Me",
]
ELSEWHERE = "https://dbc-elsewhere.invalid"


def refused_at(home: Home, host: str, *arguments: str, status: int = 1, **environment: str) -> dict[str, str]:
    """Log in to an address, which must fail without a word of the token; return the error."""
    line = ("login", "databricks", "--host", host, "--token-stdin", "--json", *arguments)
    ran = home.run(*line, status=status, stdin=BAD, **environment)
    silent(home, BAD, ran.out, ran.err)
    assert connections(home) == []
    return dict(ran.json["error"])


def command(fix: str) -> str:
    """Return a mend without the interpreter that quickstart is called by here."""
    before, _, after = fix.partition("-m quickstart ")
    return f"{before.rpartition(' ')[0]}quickstart {after}".strip() if after else fix


@pytest.mark.parametrize(
    ("fault", "seen"), [(LOGIN_PAGE, "200 text/html"), (LOGIN_REDIRECT, "303"), (NOT_FOUND, "404")], ids=str
)
def test_somebody_who_is_no_workspace_gets_no_secret(fault: Fault, seen: str, home: Home, place: Workspace) -> None:
    place.fault = fault
    error = refused_at(home, place.url)
    assert error["code"] == "not-databricks"
    assert seen in error["what"]
    assert "No credentials were sent." in error["why"]
    assert "login databricks --host https://" in fix_of(error)
    assert place.calls() == UNASKED


def test_a_real_mlflow_server_is_no_workspace(home: Home, server: Shared) -> None:
    assert refused_at(home, server.uri)["code"] == "not-databricks"


def test_a_name_that_nobody_knows(home: Home) -> None:
    error = refused_at(home, ELSEWHERE)
    assert error["code"] == "name-unknown"
    assert "dbc-elsewhere.invalid" in error["what"]
    assert f"login databricks --host {ELSEWHERE}" in fix_of(error)


def test_a_proxy_that_stands_in_the_way(home: Home) -> None:
    error = refused_at(home, ELSEWHERE, HTTPS_PROXY=f"http://127.0.0.1:{free_port()}")
    assert error["code"] == "proxy-failed"
    assert fix_of(error).startswith("export NO_PROXY=dbc-elsewhere.invalid")
    assert f"login databricks --host {ELSEWHERE}" in fix_of(error)


def test_an_authority_that_nobody_trusts_yet(home: Home, server: Shared, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    with workspace(server.uri, certificate=(certificate, key)) as place:
        error = refused_at(home, place.url)
        assert error["code"] == "tls-failed"
        assert fix_of(error).startswith("export REQUESTS_CA_BUNDLE=")
        assert f"login databricks --host {place.url}" in fix_of(error)
        missing = refused_at(home, place.url, REQUESTS_CA_BUNDLE=str(tmp_path / "nowhere.pem"))
        assert missing["code"] == "ca-missing"
        document = log_in(home, place, REQUESTS_CA_BUNDLE=str(certificate))
        assert stages(document)["tls"] == "ok"


@pytest.mark.parametrize("only", ["/", "/api/2.0/preview"])
@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [(THROTTLED, "workspace-busy", "429"), (BROKEN, "workspace-down", "500"), (UNAVAILABLE, "workspace-down", "503")],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_workspace_that_says_not_now_is_asked_again_by_the_same_login(
    only: str, fault: Fault, code: str, words: str, home: Home, place: Workspace
) -> None:
    place.fault = Fault(status=fault.status, retry_after=17 if fault.retry_after else None, only=only)
    error = refused_at(home, place.url)
    assert error["code"] == code
    assert words in error["what"] + error["why"]
    assert fix_of(error).startswith("sleep 17; " if fault.retry_after else "sleep 60; ")
    assert f"login databricks --host {place.url}" in fix_of(error), "there is no connection yet that could be verified"


def test_a_quota_that_ends_in_the_middle_of_the_check_is_a_failed_check(home: Home, place: Workspace) -> None:
    place.fault = Fault(status=429, retry_after=17, only="/api/2.0/mlflow/runs/log-metric")
    document = log_in(home, place, status=3)
    assert document["error"]["code"] == "workspace-busy"
    assert "17 s" in document["error"]["why"]
    assert command(fix_of(document["error"])).startswith("sleep 17;")
    assert (stages(document)["experiment"], stages(document)["write"], stages(document)["read"]) == (
        *("ok", "fail"),
        "skip",
    )
    assert connections(home) == ["databricks"]
    place.fault = None
    assert home.json("verify")["status"] == "ok"


@pytest.mark.parametrize(("skew", "way"), [(600, "behind"), (-600, "ahead of")])
def test_a_clock_that_is_wrong_is_named_as_the_cause(skew: float, way: str, home: Home, place: Workspace) -> None:
    place.fault = Fault(skew=skew)
    error = refused_at(home, place.url)
    assert error["code"] == "login-refused"
    assert f"s {way} the workspace's" in error["why"]
    assert fix_of(error).startswith("sudo timedatectl set-ntp true")


def test_a_token_of_another_workspace_is_named_by_the_profile_it_is_of(home: Home, place: Workspace) -> None:
    before = has_profiles(home, f"[prod]\nhost = {ELSEWHERE}\ntoken = {BAD}\n")
    line = ("login", "databricks", "--host", place.url, "--token-stdin", "--json")
    error = home.run(*line, stdin=BAD, status=1).json["error"]
    assert f"belongs to profile prod for {ELSEWHERE}" in error["what"]
    assert BAD not in str(error)
    assert ",:" not in error["what"]
    assert config(home).read_bytes() == before


@pytest.mark.parametrize("why", ["revoked", "expired"])
def test_a_login_that_ended_since_is_told_with_where_it_is_from(why: str, home: Home, place: Workspace) -> None:
    log_in(home, place)
    if why == "revoked":
        del place.tokens[place.token]
    else:
        place.fault = Fault(status=401, only="/api/2.0/preview")
    document = home.json("verify", status=3)
    error = document["error"]
    assert error["code"] == "login-refused"
    shown = f"token ({place.token[:4]}...{place.token[-4:]}) from profile databricks in {config(home)}"
    assert shown in error["what"]
    assert f"login databricks --host {place.url} --profile databricks" in fix_of(error)
    assert place.token not in str(document)


def test_a_service_principal_whose_secret_is_wrong(home: Home, place: Workspace) -> None:
    line = ("login", "databricks", "--host", place.url, "--client-id", place.client_id, "--client-secret-stdin")
    error = home.json(*line, stdin="dose" + "0" * 32, status=1)["error"]
    assert error["code"] == "login-refused"
    assert "service principal's secret" in error["what"]
    assert error["why"] == "The client id is wrong, or the secret was deleted or has expired."
    assert f"--client-id {place.client_id} --client-secret-stdin" in fix_of(error)
    assert not config(home).exists()


def test_a_folder_that_one_may_not_write_to_or_that_is_not_there(home: Home, place: Workspace) -> None:
    place.forbidden.add("/Shared/theirs")
    for folder in ("/Shared/theirs", "/Shared/missing"):
        document = log_in(home, place, "--folder", folder, status=3)
        error = document["error"]
        assert error["code"] == "folder-refused"
        assert folder in error["what"]
        assert f"--folder /Users/{place.user}" in fix_of(error)
        assert stages(document)["experiment"] == "fail"
    assert log_in(home, place, "--folder", f"/Users/{place.user}")["status"] == "ok"


def test_a_folder_of_ones_own_choice_is_kept_with_the_connection(home: Home, place: Workspace) -> None:
    place.folders.add("/Shared/team")
    log_in(home, place, "--folder", "/Shared/team")
    for document in (home.json("verify"), home.json("verify", "--experiment", "mine")):
        assert document["data"]["experiment"]["name"].startswith("/Shared/team/")


def test_a_folder_that_is_no_path_is_told_before_anything_is_sent(home: Home, place: Workspace) -> None:
    assert refused_at(home, place.url, "--folder", "Shared", status=2)["code"] == "bad-folder"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[databricks\ntoken = dapimine\n", "line 1"),
        ("[a]\ntoken = dapimine\n[a]\nhost = y\n", "line 3"),
        ("[a]\ntoken = dapimine\ntoken = dapimine\n", "line 3"),
        ("\ufeff[a]\ntoken = dapimine\n", "line 1"),
    ],
)
def test_a_damaged_file_is_not_touched_and_its_line_is_named(
    text: str, where: str, home: Home, place: Workspace
) -> None:
    before = has_profiles(home, text)
    line = ("login", "databricks", "--host", place.url, "--token-stdin", "--json", "--verbose")
    ran = home.run(*line, stdin=place.token, status=1)
    error = ran.json["error"]
    assert error["code"] == "profiles-damaged"
    assert where in error["what"]
    assert "DATABRICKS_CONFIG_FILE" in fix_of(error)
    assert "dapimine" not in ran.out + ran.err
    assert config(home).read_bytes() == before
    assert connections(home) == []


def test_a_file_that_is_none_is_told(home: Home, place: Workspace) -> None:
    config(home).mkdir()
    assert log_in(home, place, status=1)["error"]["code"] == "profiles-unreadable"


ADDRESSES = {
    "https://accounts.cloud.databricks.com/login?next=x": "not-a-workspace",
    "docs.databricks.com": "not-a-workspace",
    "https://community.cloud.databricks.com/?o=123": "community-edition",
    "Community Edition": "community-edition",
    f"https://me:{BAD}@dbc-1.cloud.databricks.com": "secret-in-uri",
    "ftp://dbc-1.cloud.databricks.com": "bad-uri",
}


@pytest.mark.parametrize(("pasted", "code"), ADDRESSES.items(), ids=ADDRESSES.values())
def test_an_address_that_is_none_is_explained(pasted: str, code: str, home: Home) -> None:
    error = refused_at(home, pasted, status=2)
    assert error["code"] == code
    assert "login databricks" in fix_of(error), "the fix is for a login, not for another command"


def in_words(home: Home, *line: str, **more: Any) -> str:
    """Return what a command that fails says to a person, on one line."""
    ran = home.run(*line, status=1, **more)
    return " ".join(ran.err.split())


def test_a_person_reads_three_parts(home: Home, place: Workspace) -> None:
    said = in_words(home, "login", "databricks", "--host", place.url, "--token-stdin", stdin=BAD)
    what, why, fix = said.index("rejected the given token"), said.index("It is incomplete"), said.index(" Fix ")
    assert what < why < fix
    assert f"login databricks --host {place.url}" in said[fix:]
