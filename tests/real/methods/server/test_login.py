"""`quickstart login server` before stand-ins for what stands before a team's server, with a real MLflow behind them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Home, Shared, free_port
from tests.messages import fix_of
from tests.real.methods.server.helpers import PASSWORD, TOKEN, by_password, by_token, kept, log_in, secrets_file, stages
from tests.standins import front
from tests.standins.front import Rule


def test_a_server_without_a_login_is_connected_by_a_link_to_one_of_its_pages(home: Home, server: Shared) -> None:
    document = log_in(home, f"  {server.uri}/#/experiments/0?searchFilter=x ")
    assert document["data"]["connection"]["tracking_uri"] == server.uri
    assert document["data"]["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert not secrets_file(home).exists()


def test_a_token_is_sent_and_kept_for_its_connection_alone(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as gateway:
        document = by_token(home, gateway.url)
        assert stages(document)["identify"] == ("ok", "a gateway that requires a token")
        assert stages(document)["artifact"][0] == "ok"
        assert home.json("verify")["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert kept(home) == {"MLFLOW_TRACKING_TOKEN": TOKEN}
    unasked = [path for _, path, sent in gateway.seen if not sent]
    assert set(unasked) <= {"/version", "/api/2.0/mlflow/experiments/search"}


def test_a_password_may_hold_whatever_can_be_typed(home: Home, server: Shared) -> None:
    with front.front(front.basic("me", PASSWORD), server.uri) as place:
        document = by_password(home, place.url)
    assert stages(document)["identify"] == ("ok", "MLflow's own login (basic auth)")
    assert kept(home) == {"MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": PASSWORD}


def test_a_login_in_the_address_is_moved_out_of_it(home: Home, server: Shared) -> None:
    with front.front(front.basic("me", "p@ss/word"), server.uri) as place:
        ran = home.run("login", "server", place.url.replace("http://", "http://me:p%40ss%2Fword@"))
    assert "removed the user name and password" in " ".join(ran.err.split())
    assert "p%40ss" not in ran.out + ran.err
    assert home.json("list")["data"]["connections"][0]["tracking_uri"] == place.url
    assert kept(home)["MLFLOW_TRACKING_PASSWORD"] == "p@ss/word"


def test_a_path_before_the_server_is_kept(home: Home, server: Shared) -> None:
    with front.front(front.below("/team/mlflow"), server.uri, prefix="/team/mlflow") as place:
        document = log_in(home, f"{place.url}/#/experiments")
        assert document["data"]["connection"]["tracking_uri"] == place.url
        assert document["data"]["verification"]["run"]["url"].startswith(f"{place.url}/#/")


@pytest.mark.parametrize("way", ["wrong token", "no login", "wrong password"])
def test_what_is_refused_is_not_saved(home: Home, server: Shared, way: str) -> None:
    with front.front(front.basic("me", "right") if "password" in way else front.bearer(TOKEN), server.uri) as place:
        if way == "no login":
            error = log_in(home, place.url, status=4)["error"]
            assert error["code"] == "answer-needed"
            assert fix_of(error).endswith(f"login server {place.url} --token-stdin < token.txt")
        elif way == "wrong token":
            error = log_in(home, place.url, "--token-stdin", stdin="bad-token", status=1)["error"]
            assert error["code"] == "server-login-refused"
            assert fix_of(error).endswith(f"login server {place.url} --token-stdin < token.txt")
        else:
            error = by_password(home, place.url, status=1)["error"]
            assert "user me" in error["what"]
    assert "bad-token" not in str(error)
    assert home.json("list")["data"]["connections"] == []
    assert not secrets_file(home).exists()


PLACES: dict[str, tuple[Rule, str, str]] = {
    "JupyterHub": (front.jupyterhub, "jupyterhub", "is a JupyterHub"),
    "nginx": (front.web_page, "web-server-page", 'the page "Welcome to nginx!"'),
    "a path": (front.below("/mlflow"), "server-moved", "It leads to http"),
    "a gateway alone": (front.down, "behind-down", "answered 502: MLflow is not available"),
}


@pytest.mark.parametrize(("rule", "code", "words"), PLACES.values(), ids=PLACES.keys())
def test_what_is_no_mlflow_is_named(home: Home, server: Shared, rule: Rule, code: str, words: str) -> None:
    with front.front(rule, server.uri, prefix="/mlflow" if code == "server-moved" else "") as place:
        error = log_in(home, place.url.removesuffix("/mlflow"), status=1)["error"]
    assert error["code"] == code
    assert words in error["what"]
    assert "quickstart" in fix_of(error)


def test_a_login_page_is_told_and_takes_a_token_where_the_gateway_does(home: Home, server: Shared) -> None:
    with front.front(front.login_page, server.uri) as place:
        asked = log_in(home, place.url, status=4)["error"]
        refused = by_token(home, place.url, status=1)["error"]
    assert "--token-stdin" in fix_of(asked)
    assert refused["code"] == "login-page"
    assert "https://login.invalid/realms/team" in refused["what"]
    with front.front(front.login_page_or_token(TOKEN), server.uri) as place:
        assert "login.invalid" in stages(by_token(home, place.url))["identify"][1]


ADDRESSES = {
    "http": ("http://mlflow.invalid", 2, "http-not-allowed"),
    "repository": ("https://dagshub.com/me/mine", 2, "dagshub-address"),
    "another kind": ("databricks", 2, "no-http-uri"),
    "an ARN": ("arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/x", 2, "no-http-uri"),
    "unknown name": ("mlflow.invalid", 1, "name-unknown"),
    "nothing": ("https://", 2, "bad-uri"),
}


@pytest.mark.parametrize(("pasted", "status", "code"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_that_cannot_be_is_explained(home: Home, pasted: str, status: int, code: str) -> None:
    error = log_in(home, pasted, status=status)["error"]
    assert error["code"] == code
    assert "quickstart" in fix_of(error)


def test_nobody_there_is_told_with_the_command_to_try_again(home: Home) -> None:
    error = log_in(home, f"http://127.0.0.1:{free_port()}", status=1)["error"]
    assert error["code"] == "server-down"


def test_the_machines_own_variables_log_in_where_they_are_meant_for_that_server(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        log_in(home, place.url, MLFLOW_TRACKING_TOKEN=TOKEN)
        elsewhere = {"MLFLOW_TRACKING_TOKEN": TOKEN, "MLFLOW_TRACKING_URI": "https://another.invalid"}
        assert log_in(home, place.url, status=4, **elsewhere)["error"]["code"] == "answer-needed"


def test_a_second_login_changes_nothing_and_another_name_makes_another_connection(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        by_token(home, place.url)
        before = secrets_file(home).read_bytes()
        by_token(home, place.url)
        by_token(home, place.url, "--name", "second")
    assert secrets_file(home).read_bytes() == before
    assert [one["name"] for one in home.json("list")["data"]["connections"]] == ["server", "second"]
    assert kept(home, "second") == kept(home)


@pytest.mark.parametrize("username", ["a:b", " ", "a\tb"])
def test_what_can_be_no_user_is_refused_before_anything_is_sent(home: Home, server: Shared, username: str) -> None:
    error = log_in(home, server.uri, "--username", username, "--password-stdin", stdin="x", status=2)["error"]
    assert error["code"] == "bad-username"


def test_whoever_comes_back_is_not_asked_again(home: Home, whole: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        by_token(whole, place.url)
        again = whole.run("--yes", "--method", "server", "--write-script", "--json").json
        assert again["data"]["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
        assert (whole.cwd / "log_mlflow_with_server.py").read_text(encoding="utf-8").count(place.url) == 1
    nothing_yet = home.run("--yes", "--method", "server", "--json", status=4).json["error"]
    assert nothing_yet["code"] == "answer-needed"
    assert fix_of(nothing_yet).endswith("login server https://mlflow.example.com")


def test_the_wizard_takes_the_address_from_the_variable_that_mlflow_reads(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        variables: Any = {"MLFLOW_TRACKING_URI": place.url, "MLFLOW_TRACKING_TOKEN": TOKEN}
        line = ("--yes", "--method", "server", "--dry-run", "--json")
        assert home.run(*line, **variables).json["data"]["plan"]
        refused = {**variables, "MLFLOW_TRACKING_TOKEN": "old"}
        error = home.run("--yes", "--method", "server", "--json", status=1, **refused).json["error"]
    assert error["code"] == "server-login-refused"
    assert "this shell's variables" in error["why"]
