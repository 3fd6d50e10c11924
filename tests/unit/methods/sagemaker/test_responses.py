"""What AWS's answers mean."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from quickstart.explain import explain
from quickstart.methods.sagemaker.arn import parse
from quickstart.methods.sagemaker.credentials import Source
from quickstart.methods.sagemaker.responses import clock_skew, explain_answer, explain_response, grant_command
from quickstart.net.http import Answer
from tests.messages import fix_of

ARN = parse("arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/my-server")
URL = "https://eu-west-1.experiments.sagemaker.aws"
SSO = Source("sso", "team")
ROLE = (
    "User: arn:aws:sts::123456789012:assumed-role/Data/me is not authorized to perform: sagemaker-mlflow:CreateRun on"
)
EXPIRED = "Signature expired: 20260101T000000Z is now earlier than 20260101T005500Z (20260101T010000Z - 5 min.)"
EARLY = "Signature not yet current: 20260101T010000Z is still later than 20260101T000500Z (20260101T000000Z + 5 min.)"


def code_of(status: int, message: str = "", **facts: Any) -> str:
    return explain_response(ARN, URL, SSO, {"status": status, "message": message, **facts}, "again").code


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (403, "The security token included in the request is invalid.", "login-refused"),
        (403, "The security token included in the request is expired", "login-refused"),
        (403, "The request signature we calculated does not match the signature you provided.", "login-refused"),
        (403, EXPIRED, "login-refused"),
        (403, "Missing Authentication Token", "login-refused"),
        (403, ROLE, "aws-forbidden"),
        (403, "", "aws-forbidden"),
        (404, "no such server", "aws-no-server"),
        (429, "Rate exceeded", "aws-busy"),
        (503, "", "aws-down"),
        (400, "INVALID_PARAMETER_VALUE", "api-error"),
    ],
)
def test_an_answer_is_told_by_its_status_and_words(status: int, message: str, code: str) -> None:
    assert code_of(status, message) == code


def test_what_mlflow_itself_does_not_find_is_no_missing_server() -> None:
    assert code_of(404, "no such run", error_code="RESOURCE_DOES_NOT_EXIST") == "api-error"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, {"x-amzn-errortype": "UnrecognizedClientException:http://x"}, b"{}"),
        Answer(403, {}, json.dumps({"__type": "com.amazon#ExpiredTokenException"}).encode()),
        Answer(403, {}, b'{"Message": "The security token included in the request is expired"}'),
    ],
)
def test_a_code_is_found_wherever_aws_puts_it(answer: Answer) -> None:
    fault = explain_answer(ARN, URL, SSO, answer, "quickstart login sagemaker")
    assert fault.code == "login-refused"
    assert "aws sso login --profile team" in fix_of(explain(fault))


@pytest.mark.parametrize(("message", "seconds"), [(EXPIRED, -3600), (EARLY, 3600), (ROLE, 0)])
def test_a_clock_that_is_off_is_measured_by_aws_own_words(message: str, seconds: int) -> None:
    assert clock_skew(message) == seconds


def test_a_clock_that_is_off_is_the_cause_and_no_new_login_mends_it() -> None:
    fault = explain_response(ARN, URL, SSO, {"status": 403, "message": EARLY}, "quickstart login sagemaker")
    error = explain(fault)
    assert "3600 s ahead of AWS's" in error.why
    assert "aws sso login" not in fix_of(error)


def test_the_right_that_is_missing_is_given_by_a_command_that_can_be_pasted() -> None:
    words = shlex.split(grant_command(ARN, ROLE))
    assert words[:5] == ["aws", "iam", "put-role-policy", "--role-name", "Data"]
    assert json.loads(words[-1])["Statement"][0] == {
        "Effect": "Allow",
        "Action": "sagemaker-mlflow:*",
        "Resource": ARN.text,
    }
    user = grant_command(ARN, ROLE.replace("sts::", "iam::").replace("assumed-role/Data/me", "user/team/ada"))
    assert shlex.split(user)[:5] == ["aws", "iam", "put-user-policy", "--user-name", "ada"]
    assert grant_command(ARN, "no") == ""
    error = explain(explain_response(ARN, URL, SSO, {"status": 403, "message": ""}, "quickstart login sagemaker"))
    assert error.command == ""
    assert error.note.startswith(f"Ask an administrator for sagemaker-mlflow:* on {ARN.text}.")
