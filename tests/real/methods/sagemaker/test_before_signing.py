"""What stops before anything is signed: it needs no boto3, and tells what, why and the mend."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, free_port
from tests.messages import fix_of
from tests.standins.databricks.certificate import self_signed
from tests.standins.sagemaker import Aws, sagemaker
from tests.standins.sagemaker.state import Server

ARN = Server("my-server").arn
NO_MLFLOW = "http://127.0.0.1:9"  # none of these tests gets that far


@pytest.fixture
def front() -> Iterator[Aws]:
    """A stand-in without an MLflow server behind it."""
    with sagemaker(NO_MLFLOW) as made:
        yield made


def failed(home: Home, *arguments: str, status: int, **environment: str) -> dict[str, Any]:
    """Run what must fail, and return its error."""
    document = home.json(*arguments, status=status, **environment)
    assert home.json("list")["data"] == {"connections": []}
    error: dict[str, Any] = document["error"]
    assert error["docs"].endswith("guide sagemaker") or error["code"] in ("answer-needed", "tls-failed", "proxy-failed")
    return error


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["arn:aws:s3:::bucket"], "aws-bad-arn", "the service is s3, not sagemaker"),
        (["my-server"], "aws-bad-arn", "six parts"),
        (["--region", "Ireland"], "aws-bad-region", 'Invalid AWS region "Ireland"'),
        ([ARN, "--region", "us-east-1"], "aws-region-mismatch", "is in eu-west-1, not in us-east-1"),
        ([ARN.replace("arn:aws:", "arn:aws-cn:")], "aws-partition", "aws-cn"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(arguments: list[str], code: str, words: str, home: Home) -> None:
    error = failed(home, "login", "sagemaker", *arguments, status=2)
    assert error["code"] == code
    assert words in error["what"]


def test_a_target_without_the_plugin_asks_to_install_it(home: Home) -> None:
    error = failed(home, "login", "sagemaker", ARN, "--no-input", status=4)
    assert error["code"] == "answer-needed"
    assert "install mlflow-skinny" in error["what"]
    assert "install sagemaker-mlflow" in error["what"]
    assert "--yes" in error["why"]


def test_a_dry_run_says_what_would_be_installed_and_changes_nothing(home: Home) -> None:
    document = home.json("--method", "sagemaker", "--yes", "--dry-run")
    steps = [step["id"] for step in document["data"]["plan"]]
    assert steps == ["install-mlflow-skinny", "install-sagemaker-mlflow", "save-connection:sagemaker"]
    assert home.json("list")["data"] == {"connections": []}


def test_a_check_without_boto3_says_what_to_install(home: Home, front: Aws) -> None:
    error = failed(home, "verify", ARN, status=3, **front.places)
    assert error["code"] == "aws-sdk-missing"
    python = home.environment["QUICKSTART_PYTHON"]
    assert fix_of(error).startswith(f"{python} -m pip install sagemaker-mlflow")
    assert f"verify {ARN}" in fix_of(error)


def test_a_login_page_in_between_is_sent_no_signature(home: Home, front: Aws) -> None:
    front.page = True
    error = failed(home, "verify", ARN, status=3, **front.places)
    assert error["code"] == "aws-not-sagemaker"
    assert {request.service for request in front.requests} == {""}


def test_a_region_that_nobody_has_is_told_as_that(home: Home) -> None:
    error = failed(home, "verify", ARN.replace("eu-west-1", "eu-wset-1"), status=3, HTTPS_PROXY="", https_proxy="")
    assert error["code"] in ("aws-region-unknown", "host-silent")
    assert "eu-wset-1" in error["what"]


def test_a_server_that_does_not_listen_is_told(home: Home) -> None:
    place = f"http://127.0.0.1:{free_port()}"
    document = home.json("verify", ARN, status=3, SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT=place)
    assert document["error"]["code"] == "server-down"


def test_silence_ends_in_time(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"http://127.0.0.1:{silent.getsockname()[1]}"
        document = home.json("verify", ARN, status=3, SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT=place)
    assert document["error"]["code"] == "no-answer"


def test_an_authority_that_nobody_knows_is_named_as_the_cause(home: Home, tmp_path: Path) -> None:
    with sagemaker(NO_MLFLOW, self_signed(tmp_path)) as front:
        error = failed(home, "verify", ARN, status=3, **front.places)
    assert error["code"] == "tls-failed"
    assert "export REQUESTS_CA_BUNDLE=" in fix_of(error)
    assert f"verify {ARN}" in fix_of(error)


def test_a_proxy_that_does_not_let_through_is_told(home: Home) -> None:
    proxy = f"http://127.0.0.1:{free_port()}"
    error = failed(home, "verify", ARN, status=3, HTTPS_PROXY=proxy, https_proxy=proxy, NO_PROXY="", no_proxy="")
    assert error["code"] == "proxy-failed"
