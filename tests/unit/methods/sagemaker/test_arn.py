"""An ARN as people paste it: read, or refused with what is wrong with it; and where it is called."""

from __future__ import annotations

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.explain import explain
from quickstart.methods.catalog import method_for_scheme
from quickstart.methods.sagemaker.arn import ENDPOINT, check_same_region, endpoint, parse, validate_region
from tests.messages import fix_of

SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/my-server"
APP = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/app-ABC123"
GOV = SERVER.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1")
CHINA = SERVER.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1")


@pytest.mark.parametrize("pasted", [SERVER, f' "{SERVER}"\n', f"'{SERVER}'"])
def test_an_arn_is_read_with_what_was_copied_around_it(pasted: str) -> None:
    arn = parse(pasted)
    assert (arn.text, arn.region, arn.account, arn.name) == (SERVER, "eu-west-1", "123456789012", "my-server")
    assert arn.header == {"x-mlflow-sm-tracking-server-arn": SERVER}
    assert arn.service == "sagemaker-mlflow"


def test_an_app_has_a_header_and_a_service_of_its_own() -> None:
    arn = parse(APP)
    assert arn.header == {"x-sm-mlflow-app-arn": APP}
    assert arn.service == "sagemaker"


@pytest.mark.parametrize(
    ("pasted", "wrong"),
    [
        ("my-server", "six parts"),
        ("", "six parts"),
        ("https://eu-west-1.experiments.sagemaker.aws", "six parts"),
        ("arn:aws:s3:::my-bucket", "the service is s3"),
        ("arn:aws:sagemaker:eu-west-1:123456789012:domain/d-abc", "the resource is domain"),
        ("arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server", "the name after"),
        ("arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/a/b", "the name after"),
        ("arn:aws:sagemaker::123456789012:mlflow-tracking-server/x", "the region is missing"),
        ("arn:aws:sagemaker:europe:123456789012:mlflow-tracking-server/x", "europe is not a region"),
        ("arn:aws:sagemaker:eu-west-1:12345:mlflow-tracking-server/x", "12 digits"),
        ("arn:azure:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/x", "azure is not an AWS partition"),
    ],
)
def test_what_is_no_arn_of_a_server_is_told_with_what_is_wrong(pasted: str, wrong: str) -> None:
    with pytest.raises(QuickstartError) as refused:
        parse(pasted)
    assert (refused.value.code, refused.value.exit_code) == ("aws-bad-arn", ExitCode.USAGE)
    error = explain(refused.value)
    assert wrong in error.what
    assert "list-mlflow-tracking-servers" in fix_of(error)
    assert error.docs.endswith("guide sagemaker")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (SERVER, "https://eu-west-1.experiments.sagemaker.aws"),
        (GOV, "https://us-gov-west-1.experiments.sagemaker.aws"),
        (APP, "https://mlflow.sagemaker.us-east-1.app.aws"),
    ],
)
def test_a_server_is_called_where_the_plugin_calls_it(text: str, url: str) -> None:
    assert endpoint(parse(text), {}) == url
    assert endpoint(parse(text), {ENDPOINT: "http://127.0.0.1:5000"}) == "http://127.0.0.1:5000"


def test_a_part_of_aws_that_the_plugin_cannot_call_is_told() -> None:
    with pytest.raises(QuickstartError) as refused:
        endpoint(parse(CHINA), {})
    assert "aws-cn" in explain(refused.value).what
    assert endpoint(parse(CHINA), {ENDPOINT: "https://private.example.org"}) == "https://private.example.org"


def test_the_region_that_was_named_is_checked_against_the_arn() -> None:
    check_same_region(parse(SERVER), "eu-west-1")
    with pytest.raises(QuickstartError) as refused:
        check_same_region(parse(SERVER), "us-east-1")
    error = explain(refused.value)
    assert f"{SERVER} is in eu-west-1, not in us-east-1" in error.what
    assert fix_of(error).endswith(f"login sagemaker {SERVER}")


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "ap-southeast-2", " us-east-1 "])
def test_a_region_is_taken(region: str) -> None:
    assert validate_region(region) == region.strip()


@pytest.mark.parametrize("region", ["", "Ireland", "eu_west_1", "eu-west-1a; rm"])
def test_what_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(QuickstartError, match="aws-bad-region"):
        validate_region(region)


def test_the_commands_of_aws_are_about_this_very_server() -> None:
    opens = parse(SERVER).presign_command("our team")
    assert opens.startswith(
        "aws sagemaker create-presigned-mlflow-tracking-server-url --tracking-server-name my-server "
    )
    assert "--region eu-west-1 " in opens
    assert opens.endswith("--profile 'our team'")
    assert (
        parse(APP)
        .presign_command()
        .startswith(f"aws sagemaker create-presigned-mlflow-app-url --arn {APP} --region us-east-1")
    )
    assert parse(SERVER).start_command() == (
        "aws sagemaker start-mlflow-tracking-server --tracking-server-name my-server --region eu-west-1"
    )


def test_an_arn_is_known_as_sagemakers_wherever_a_tracking_uri_is() -> None:
    method = method_for_scheme(SERVER)
    assert method is not None
    assert method.name == "sagemaker"
    assert method_for_scheme("http://arn.example.org") is not method
