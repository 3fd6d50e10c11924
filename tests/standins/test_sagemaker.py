"""The stand-in for SageMaker takes a signature that is right, and no other. AWS itself was never called."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from tests.standins.databricks.wire import Call
from tests.standins.sagemaker.signature import Refused, checked
from tests.standins.sagemaker.state import Key

# "get-vanilla" of AWS's published test suite for Signature Version 4.
KEY = Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
RIGHT = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
THEN = datetime(2015, 8, 30, 12, 36, tzinfo=UTC).timestamp()


def since() -> float:
    """Return by how much a clock must be off now so that it is then."""
    return THEN - time.time()


def call(
    signature: str = RIGHT, path: str = "/", body: bytes = b"", more: Mapping[str, str] | None = None, **headers: str
) -> Call:
    scope = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
    known = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z", "authorization": signed}
    return Call("GET", path, "", {**known, **headers, **(more or {})}, body)


def refusal(made: Call, *keys: Key, off: float = 0.0) -> str:
    with pytest.raises(Refused) as refused:
        checked(made, list(keys or (KEY,)), since() + off)
    return f"{refused.value.code}: {refused.value.message}"


def test_the_signature_of_awss_own_example_is_taken() -> None:
    signed = checked(call(), [KEY], since())
    assert (signed.key, signed.region, signed.service) == (KEY, "us-east-1", "service")


@pytest.mark.parametrize(
    "made",
    [call(signature="0" * 64), call(path="/other"), call(body=b"changed"), call(more={"x-amz-target": "not signed"})],
)
def test_whatever_is_changed_is_refused(made: Call) -> None:
    assert refusal(made).startswith("InvalidSignatureException: The request signature we calculated does not match")


def test_a_strange_key_an_old_one_and_none_are_refused() -> None:
    assert refusal(call(), Key("AKIDEXAMPLE", "another")).startswith("InvalidSignatureException")
    assert refusal(call(), Key("OTHER", KEY.secret)).startswith("UnrecognizedClientException")
    assert refusal(call(), Key(KEY.key_id, KEY.secret, expired=True)).startswith("ExpiredTokenException")
    assert refusal(call(authorization="")).startswith("MissingAuthenticationTokenException")


@pytest.mark.parametrize(("seconds", "words"), [(600, "Signature expired"), (-600, "Signature not yet current")])
def test_a_clock_that_is_off_is_refused(seconds: float, words: str) -> None:
    assert words in refusal(call(), off=seconds)
