"""The ways to log in without a terminal, and a login that is there already."""

from __future__ import annotations

from tests.conftest import Home
from tests.real.methods.databricks.helpers import BAD, config, connections, files_with, has_profiles, log_in, profiles
from tests.standins.databricks import Workspace


def test_a_service_principal_logs_in_with_its_secret_on_stdin(home: Home, place: Workspace) -> None:
    line = ("login", "databricks", "--host", place.url, "--client-id", place.client_id, "--client-secret-stdin")
    document = home.json(*line, stdin=f"{place.client_secret}\n")
    assert profiles(config(home)) == {
        "databricks": {
            "host": place.url,
            "client_id": place.client_id,
            "auth_type": "oauth-m2m",
            "client_secret": place.client_secret,
        }
    }
    assert document["data"]["verification"]["experiment"]["name"].startswith(f"/Users/{place.client_id}/")
    assert home.json("verify")["status"] == "ok"


def test_a_token_in_the_shell_is_found_and_kept_in_a_profile(home: Home, place: Workspace) -> None:
    line = ("login", "databricks", "--yes")
    document = home.json(*line, DATABRICKS_HOST=place.url, DATABRICKS_TOKEN=place.token)
    assert place.token not in str(document)
    assert profiles(config(home)) == {"databricks": {"host": place.url, "token": place.token}}
    assert home.json("verify")["status"] == "ok"


def test_a_service_principal_in_the_shell_is_found_and_kept_in_a_profile(home: Home, place: Workspace) -> None:
    home.json(
        *("login", "databricks", "--yes"),
        DATABRICKS_HOST=place.url,
        DATABRICKS_CLIENT_ID=place.client_id,
        DATABRICKS_CLIENT_SECRET=place.client_secret,
    )
    assert profiles(config(home))["databricks"]["client_secret"] == place.client_secret
    assert home.json("verify")["status"] == "ok"


def test_a_host_by_flag_takes_the_token_of_the_shell(home: Home, place: Workspace) -> None:
    home.json("login", "databricks", "--host", place.url, "--no-input", DATABRICKS_TOKEN=place.token)
    assert profiles(config(home)) == {"databricks": {"host": place.url, "token": place.token}}


def test_a_token_of_the_shell_that_is_for_another_host_is_not_sent_to_this_one(home: Home, place: Workspace) -> None:
    line = ("login", "databricks", "--host", place.url, "--no-input")
    other = "https://dbc-other.invalid"
    error = home.json(*line, status=4, DATABRICKS_HOST=other, DATABRICKS_TOKEN=place.token)["error"]
    assert error["code"] == "answer-needed"
    assert not place.calls("/api/2.0/preview")


def test_a_profile_that_works_is_found_first_and_used_as_it_is(home: Home, place: Workspace) -> None:
    before = has_profiles(
        home, f"[dead]\nhost = {place.url}\ntoken = {BAD}\n[work]\nhost={place.url}\ntoken={place.token}"
    )
    ran = home.run("login", "databricks", "--yes")
    said = " ".join(ran.err.split())
    assert "from profile dead" in said
    assert "failed: rejected" in said
    assert BAD not in ran.out + ran.err
    assert config(home).read_bytes() == before
    (connection,) = home.json("list")["data"]["connections"]
    assert connection["tracking_uri"] == "databricks"
    assert "export DATABRICKS_CONFIG_PROFILE=work" in home.run("env").out
    home.run("undo", "--yes")
    assert config(home).read_bytes() == before


def test_a_profile_by_name_alone_is_used_and_not_written(home: Home, place: Workspace) -> None:
    before = has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {place.token}\n", 0o640)
    document = home.json("login", "databricks", "--profile", "work", "--no-input")
    assert document["data"]["connection"]["env"]["DATABRICKS_CONFIG_PROFILE"] == "work"
    assert (document["data"]["connection"]["name"], config(home).read_bytes()) == ("work", before)


def test_a_profile_by_name_alone_that_is_refused_is_told(home: Home, place: Workspace) -> None:
    has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {BAD}\n")
    error = home.json("login", "databricks", "--profile", "work", status=1)["error"]
    assert error["code"] == "login-refused"
    assert "profile work" in error["what"]
    assert connections(home) == []


def test_a_profile_by_name_that_is_new_is_what_is_written(home: Home, place: Workspace) -> None:
    before = has_profiles(home, "[other]\nhost = https://other.invalid\n")
    document = log_in(home, place, "--profile", "My Team")
    assert document["data"]["connection"]["name"] == "my-team"
    assert profiles(config(home))["My Team"] == {"host": place.url, "token": place.token}
    assert config(home).read_bytes().startswith(before)
    assert home.json("verify")["status"] == "ok"


def test_nobodys_profile_is_replaced_without_a_yes(home: Home, place: Workspace) -> None:
    for name in ("DEFAULT", "work"):
        before = has_profiles(home, f"[{name}]\nhost = https://mine.invalid\ntoken = dapimine\n")
        for never in ("--no-input", "--yes", "--json"):
            line = ("login", "databricks", "--host", place.url, "--token-stdin", "--profile", name, never)
            ran = home.run(*line, stdin=place.token, status=4)
            assert "--profile" in ran.out + ran.err
            assert config(home).read_bytes() == before
    assert connections(home) == []
    assert files_with(place.token, home) == []


def test_a_profile_of_our_own_is_renewed_without_a_question(home: Home, place: Workspace) -> None:
    log_in(home, place, "--profile", "work")
    place.tokens["dapi" + "2" * 32] = place.user
    log_in(home, place, "--profile", "work", "--no-input", token="dapi" + "2" * 32)
    assert profiles(config(home)) == {"work": {"host": place.url, "token": "dapi" + "2" * 32}}


def test_a_name_that_no_file_could_hold_is_told_before_anything_is_sent(home: Home, place: Workspace) -> None:
    for name in ("a]b", "[x", "a%b", " a", "a\tb"):
        assert log_in(home, place, "--profile", name, status=2)["error"]["code"] == "bad-profile"
    assert not place.calls("/api/2.0/preview")


def test_an_address_is_taken_in_whatever_form_the_browser_shows_it(home: Home, place: Workspace) -> None:
    line = ("login", "databricks", "--host", f" {place.url}/?o=123#ml/dashboard ", "--token-stdin")
    document = home.json(*line, stdin=f"  '{place.token}'\n")
    assert document["status"] == "ok"
    assert profiles(config(home))["databricks"] == {"host": place.url, "token": place.token}
