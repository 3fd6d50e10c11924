"""Which credentials decide: told in words, kept without a secret, and not beaten by what a shell has set."""

from __future__ import annotations

from pathlib import Path

import pytest

from quickstart.methods.sagemaker.credentials import (
    METHODS,
    Source,
    conflicting_variables,
    other_region,
    profile_variables,
    renew_command,
    saved_environment,
    variables_to_save,
)

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.parametrize("method", METHODS)
def test_every_way_to_credentials_has_words(method: str) -> None:
    words = Source(method, "team").words
    assert "{" not in words
    assert "profile" not in words or "team" in words


def test_a_source_that_nobody_knows_and_a_role_are_named_too() -> None:
    assert Source("new-way").words == "botocore's source new-way"
    assert Source("env", role="arn:aws:iam::1:role/x").words.endswith("assuming the role arn:aws:iam::1:role/x")
    assert "profile default" in Source("sso").words


def test_a_profile_is_made_to_decide_although_keys_are_set() -> None:
    assert profile_variables("team", KEYS) == {
        "AWS_PROFILE": "team",
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
    }
    assert profile_variables("team", {"AWS_DEFAULT_PROFILE": "other"})["AWS_DEFAULT_PROFILE"] == "team"
    assert profile_variables("", KEYS) == {}


def test_keys_in_a_shell_beat_a_saved_profile_and_nothing_else() -> None:
    assert conflicting_variables({"AWS_PROFILE": "team"}, KEYS) == ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    assert conflicting_variables({"AWS_PROFILE": "team"}, {"AWS_DEFAULT_PROFILE": "other"}) == ("AWS_DEFAULT_PROFILE",)
    assert conflicting_variables({"AWS_PROFILE": "team"}, {"AWS_DEFAULT_PROFILE": "team"}) == ()
    assert conflicting_variables({}, KEYS) == ()
    assert saved_environment({"AWS_PROFILE": "team"}, KEYS)["AWS_SECRET_ACCESS_KEY"] == ""


def test_a_connection_keeps_the_profile_and_never_a_key() -> None:
    shell = {**KEYS, "AWS_SESSION_TOKEN": "token", "AWS_CONFIG_FILE": "mine", "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": "x"}
    kept = variables_to_save(Source("shared-credentials-file", "team"), shell)
    assert kept == {
        "AWS_PROFILE": "team",
        "AWS_CONFIG_FILE": str(Path.cwd() / "mine"),
        "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": "x",
    }
    assert "AWS_PROFILE" not in variables_to_save(Source("env", "team"), shell)


def test_another_region_in_the_shell_is_noticed() -> None:
    assert other_region("eu-west-1", {"AWS_DEFAULT_REGION": "eu-west-1"}) == ""
    assert other_region("eu-west-1", {"AWS_DEFAULT_REGION": "us-east-1"}) == "AWS_DEFAULT_REGION is us-east-1"


def test_an_expired_login_is_renewed_by_the_tool_that_made_it() -> None:
    assert renew_command("sso-expired", "team") == "aws sso login --profile team"
    assert renew_command("login", "") == "aws login"
    assert renew_command("iam-role", "") == ""
