"""SageMaker end to end: the real plugin, boto3 and MLflow client before the protocol stand-in. AWS was never called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import Home
from tests.guides.test_guides import ROOT, follow
from tests.messages import fix_of
from tests.real.conftest import make_environment
from tests.real.methods.databricks.interpreters import bare_python
from tests.real.methods.sagemaker.conftest import home_of_aws, run_python
from tests.standins.databricks.certificate import self_signed
from tests.standins.sagemaker import APP, Aws, Key, Server, sagemaker

pytestmark = pytest.mark.matrix

METRICS = {"foo": 1.0, "bar": 2.0}
EXPECTED = {
    "resolve": "ok",
    "connect": "ok",
    "tls": "skip",
    "identify": "ok",
    "host": "skip",
    "auth": "ok",
    "experiment": "ok",
    "write": "ok",
    "read": "ok",
    "artifact": "skip",
    "client": "ok",
}
# What a person has in a script of their own.
SCRIPT = """
import mlflow, os
mlflow.set_experiment("by the plugin itself")
with mlflow.start_run() as run:
    mlflow.log_metric("foo", 1)
    mlflow.log_metric("bar", 2)
print(run.info.run_id)
"""


def log_in(home: Home, aws: Aws, *arguments: str, status: int = 0, **environment: str) -> dict[str, Any]:
    """Log in by the keys in the shell, without a person, and return the document."""
    line = ("login", "sagemaker", *arguments, "--no-input")
    return home.json(*line, status=status, **{**aws.places, **aws.login, **environment})


def stages(document: dict[str, Any]) -> dict[str, str]:
    """Return the stages of a login's verification, each with its status."""
    return {stage["id"]: stage["status"] for stage in document["data"]["verification"]["stages"]}


def has_profile(home: Home, name: str, key: Key) -> None:
    """Write a profile, as `aws configure` does."""
    folder = Path(home.environment["HOME"]) / ".aws"
    folder.mkdir(exist_ok=True)
    text = f"[{name}]\naws_access_key_id = {key.key_id}\naws_secret_access_key = {key.secret}\n"
    (folder / "credentials").write_text(text)
    (folder / "config").write_text(f"[profile {name}]\nregion = eu-west-1\n")


def connections(home: Home) -> list[str]:
    """Return the names of the saved connections."""
    return [one["name"] for one in home.json("list")["data"]["connections"]]


def test_an_arn_is_proven_kept_without_a_secret_and_taken_back(whole: Home, aws: Aws) -> None:
    document = log_in(whole, aws, aws.arn)
    assert document["data"]["connection"] == {
        "name": "sagemaker",
        "method": "sagemaker",
        "tracking_uri": aws.arn,
        "env": {"MLFLOW_TRACKING_URI": aws.arn, "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": aws.url},
    }
    verification = document["data"]["verification"]
    assert verification["metrics"] == METRICS
    assert verification["tracking_uri"] == aws.arn
    assert verification["experiment"]["name"] == "check-sagemaker-connection"
    assert verification["run"]["url"].startswith(f"{aws.url}/#/experiments/")
    assert stages(document) == EXPECTED
    assert {request.key_id for request in aws.calls("sagemaker-mlflow")} == {aws.key.key_id}
    assert len(aws.stored) == 1, "the client's file is in the bucket"

    log_in(whole, aws, aws.arn)
    assert connections(whole) == ["sagemaker"]
    assert [path for path in whole.path.rglob("*") if path.is_file() and aws.key.secret in path.read_text()] == []
    whole.run("undo", "--yes")
    assert connections(whole) == []
    assert not (Path(whole.environment["HOME"]) / ".aws").exists()


def test_a_person_is_told_who_they_are_and_how_the_ui_opens(whole: Home, aws: Aws) -> None:
    ran = whole.run("login", "sagemaker", aws.arn, "--no-input", **aws.places, **aws.login, AWS_REGION="us-east-1")
    told = " ".join((ran.out + ran.err).split())
    assert "AWS credentials: AWS_ACCESS_KEY_ID in this shell" in told
    assert f"You are {aws.me}" in told
    assert "AWS_REGION is us-east-1, but the server is in eu-west-1. Using eu-west-1." in told
    assert "create-presigned-mlflow-tracking-server-url --tracking-server-name my-server --region eu-west-1" in told
    assert aws.key.secret not in ran.out + ran.err


def test_the_only_server_that_runs_is_found_in_the_list(whole: Home, aws: Aws) -> None:
    aws.servers = [Server("asleep", "Stopped"), Server("awake")]
    document = log_in(whole, aws, "--region", "eu-west-1")
    assert document["data"]["connection"]["tracking_uri"] == aws.servers[1].arn
    assert stages(document) == EXPECTED


def test_of_several_none_is_taken_unasked(whole: Home, aws: Aws) -> None:
    aws.servers = [Server("one"), Server("two")]
    error = log_in(whole, aws, "--region", "eu-west-1", status=4)["error"]
    assert (error["code"], "ARN" in error["what"]) == ("answer-needed", True)
    assert fix_of(error).endswith(f"login sagemaker --region eu-west-1 {aws.servers[0].arn}")


def test_without_a_region_it_is_asked_for(whole: Home, aws: Aws) -> None:
    error = log_in(whole, aws, status=4)["error"]
    assert error["code"] == "answer-needed"
    assert "--region R" in error["why"]


def test_an_app_is_signed_for_another_service(whole: Home, aws: Aws) -> None:
    aws.apps, aws.servers = True, []
    document = log_in(whole, aws, "--region", "eu-west-1")
    assert document["data"]["connection"]["tracking_uri"] == APP
    assert stages(document) == EXPECTED
    assert aws.calls("sagemaker-mlflow") == []


def test_a_profile_decides_although_keys_are_set_and_mlflow_does_the_same(
    whole: Home, aws: Aws, with_plugin: Path
) -> None:
    aws.keys.append(Key("AKIAOFTHETEAM", "the secret of the team"))
    has_profile(whole, "team", aws.keys[0])
    document = log_in(whole, aws, "--aws-profile", "team")
    assert document["data"]["connection"]["env"]["AWS_PROFILE"] == "team"
    assert stages(document) == {**EXPECTED, "resolve": "warn"}
    assert {request.key_id for request in aws.requests if request.service} == {"AKIAOFTHETEAM"}

    again = whole.json("--yes", "--method", "sagemaker", **aws.places)
    assert again["data"]["connection"] == document["data"]["connection"], "whoever comes back is not asked again"

    checked = whole.json("verify", **aws.places, **aws.login)["data"]
    told = {stage["id"]: stage for stage in checked["stages"]}
    assert told["resolve"]["status"] == "warn"
    assert "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY" in told["resolve"]["detail"]
    lines = whole.run("env", **aws.places, **aws.login).out
    assert "unset AWS_ACCESS_KEY_ID\nunset AWS_SECRET_ACCESS_KEY\n" in lines
    assert "export AWS_PROFILE=team" in lines

    aws.requests.clear()
    variables = document["data"]["connection"]["env"]
    run_id = run_python(whole, with_plugin, SCRIPT, **{**aws.places, **variables}).split()[-1]
    assert {request.key_id for request in aws.calls("sagemaker-mlflow")} == {"AKIAOFTHETEAM"}
    run = requests.get(f"{aws.mlflow_url}/api/2.0/mlflow/runs/get", {"run_id": run_id}, timeout=10).json()["run"]
    assert {metric["key"]: metric["value"] for metric in run["data"]["metrics"]} == METRICS


@pytest.mark.parametrize("variable", ["MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_ARN"])
def test_the_wizard_takes_what_this_shell_has(variable: str, whole: Home, aws: Aws) -> None:
    shell = {**aws.places, **aws.login, variable: aws.arn}
    (whole.cwd / "answers.toml").write_text('method = "sagemaker"\n')
    document = whole.json("--answers", "answers.toml", "--yes", **shell)
    assert document["data"]["recommendation"]["method"] == "sagemaker"
    assert document["data"]["verification"]["metrics"] == METRICS
    assert document["data"]["connection"]["tracking_uri"] == aws.arn


def test_a_notebook_or_script_sets_it_up_too(whole: Home, aws: Aws, with_plugin: Path) -> None:
    source = (
        f"import os, quickstart; made = quickstart.setup('sagemaker', yes=True, python={str(with_plugin)!r}); "
        "assert os.environ['MLFLOW_TRACKING_URI'] == made.tracking_uri; print(made.name)"
    )
    shell = {**aws.places, **aws.login, "MLFLOW_TRACKING_URI": aws.arn}
    assert run_python(whole, Path(sys.executable), source, **shell).split()[-1] == "sagemaker"


def test_verify_takes_an_arn_without_a_login(whole: Home, aws: Aws) -> None:
    document = whole.json("verify", aws.arn, "--experiment", "a name with blanks + more", **aws.places, **aws.login)
    assert document["data"]["metrics"] == METRICS
    again = whole.json(
        "verify", aws.arn, "--experiment", "a name with blanks + more", "--with-client", **aws.places, **aws.login
    )
    assert again["data"]["stages"][-1]["status"] == "ok"
    assert connections(whole) == []


def test_an_authority_of_ones_own_is_trusted_by_the_client_too(whole: Home, aws: Aws, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with sagemaker(aws.mlflow_url, certificate) as secure:
        error = log_in(whole, secure, secure.arn, status=1)["error"]
        assert error["code"] == "tls-failed"
        assert f"login sagemaker {secure.arn}" in fix_of(error)
        # Over https boto3 sends files in chunks of AWS's own, which the stand-in does not read: files go over http.
        aws.keys.append(secure.key)
        trusted: dict[str, Any] = {"REQUESTS_CA_BUNDLE": str(certificate[0]), "AWS_ENDPOINT_URL_S3": aws.url}
        document = log_in(whole, secure, secure.arn, **trusted)
        assert stages(document) == {**EXPECTED, "tls": "ok"}
        assert secure.calls("sts")


def test_the_plugin_is_installed_where_it_is_missing(aws: Aws, tmp_path: Path) -> None:
    home = home_of_aws(tmp_path / "new", make_environment(tmp_path / "venv", "pip"))
    document = home.json("login", "sagemaker", aws.arn, "--yes", **aws.places, **aws.login)
    assert stages(document) == EXPECTED
    home.run("undo", "--yes")
    assert connections(home) == []


def without_the_plugin(folder: Path, like: Path) -> Path:
    """Return an interpreter that has what another one has, but the plugin."""
    python = bare_python(folder)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    theirs, ours = (Path(subprocess.check_output([one, "-c", ask], text=True).strip()) for one in (like, python))
    for entry in theirs.iterdir():
        if not entry.name.startswith(("sagemaker_mlflow", "_virtualenv")):
            (ours / entry.name).symlink_to(entry)
    return python


def test_a_client_without_the_plugin_is_told_what_to_install(
    whole: Home, aws: Aws, with_plugin: Path, tmp_path: Path
) -> None:
    log_in(whole, aws, aws.arn)
    python = without_the_plugin(tmp_path / "without", with_plugin)
    shell = {**aws.places, **aws.login}
    error = whole.json("verify", "--with-client", "--python", str(python), status=3, **shell)["error"]
    assert error["code"] == "aws-plugin-missing"
    assert fix_of(error).startswith(f"{python} -m pip install sagemaker-mlflow")


def test_files_that_are_refused_are_told_apart_from_runs_that_were_logged(whole: Home, aws: Aws) -> None:
    aws.denied = {"s3:PutObject"}
    document = log_in(whole, aws, aws.arn, status=3)
    assert stages(document) == {**EXPECTED, "client": "fail"}
    assert document["data"]["verification"]["metrics"] == METRICS
    assert document["error"]["code"] == "aws-s3-denied"
    assert "s3:PutObject" in fix_of(document["error"])
    shell = {**aws.places, **aws.login}
    assert whole.json("verify", "--with-client", status=3, **shell)["error"]["code"] == "aws-s3-denied"


def wrong_secret(aws: Aws) -> dict[str, str]:
    return {"AWS_SECRET_ACCESS_KEY": "another"}


def expired(aws: Aws) -> dict[str, str]:
    aws.key.token, aws.key.expired = "a token", True
    return {"AWS_SESSION_TOKEN": "a token"}


def behind(aws: Aws) -> dict[str, str]:
    aws.clock = 900
    return {}


def no_right(aws: Aws) -> dict[str, str]:
    aws.denied = {"sagemaker-mlflow:SearchExperiments"}
    return {}


def no_right_to_write(aws: Aws) -> dict[str, str]:
    aws.denied = {"sagemaker-mlflow:CreateRun"}
    return {}


def gone(aws: Aws) -> dict[str, str]:
    aws.servers = [Server("another")]
    return {}


def stopped(aws: Aws) -> dict[str, str]:
    aws.servers = [Server("my-server", "Stopped")]
    return {}


def in_trouble(aws: Aws) -> dict[str, str]:
    aws.down = 503
    return {}


def nobody(aws: Aws) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


def strange_profile(aws: Aws) -> dict[str, str]:
    return {**nobody(aws), "AWS_PROFILE": "nobody-has-it"}


FAILURES = [
    (
        wrong_secret,
        1,
        "login-refused",
        "AWS reports: The request signature we calculated does",
        "aws configure",
    ),
    (expired, 1, "login-refused", "It has expired.", "aws configure"),
    (behind, 1, "login-refused", "This machine's clock is 900 s behind AWS's", "timedatectl"),
    (no_right, 1, "aws-forbidden", "denied access to MLflow", "aws iam put-user-policy --user-name newcomer"),
    (no_right_to_write, 3, "aws-forbidden", "sagemaker-mlflow:CreateRun", "aws iam put-user-policy"),
    (gone, 1, "aws-no-server", "does not exist", "aws sagemaker list-mlflow-tracking-servers --region eu-west-1"),
    (
        stopped,
        1,
        "aws-not-running",
        "its status is Stopped",
        "start-mlflow-tracking-server --tracking-server-name my-server",
    ),
    (in_trouble, 1, "aws-down", "with status 503", "login sagemaker arn:"),
    (nobody, 4, "aws-no-credentials", "No AWS credentials", "aws configure"),
    (strange_profile, 1, "aws-profile-unknown", '"nobody-has-it"', "aws configure --profile nobody-has-it"),
]


@pytest.mark.parametrize(
    ("breaks", "status", "code", "words", "fix"), FAILURES, ids=[row[0].__name__ for row in FAILURES]
)
def test_each_failure_says_what_why_and_the_fix(
    breaks: Any, status: int, code: str, words: str, fix: str, whole: Home, aws: Aws
) -> None:
    arn = aws.arn
    broken = breaks(aws)
    error = log_in(whole, aws, arn, status=status, **broken)["error"]
    assert error["code"] == code
    assert words in f"{error['what']} {error['why']}"
    assert fix in fix_of(error)
    assert aws.key.secret not in str(error)
    assert connections(whole) == ([] if status != 3 else ["sagemaker"])


def test_a_single_sign_on_that_has_ended_is_renewed_by_aws_own_command(whole: Home, aws: Aws) -> None:
    folder = Path(whole.environment["HOME"]) / ".aws"
    folder.mkdir()
    (folder / "config").write_text(
        "[sso-session ours]\nsso_start_url = https://ours.awsapps.com/start\nsso_region = eu-west-1\n"
        "[profile team]\nsso_session = ours\nsso_account_id = 123456789012\nsso_role_name = Data\n"
    )
    error = log_in(whole, aws, aws.arn, "--aws-profile", "team", status=1)["error"]
    assert error["code"] == "aws-login-expired"
    assert fix_of(error).startswith("aws sso login --profile team ")


def test_a_file_of_credentials_that_cannot_be_read_is_told(whole: Home, aws: Aws) -> None:
    folder = Path(whole.environment["HOME"]) / ".aws"
    folder.mkdir()
    (folder / "config").write_text("no section\n")
    error = log_in(whole, aws, aws.arn, status=1, **nobody(aws))["error"]
    assert error["code"] == "aws-source-failed"
    assert str(folder / "config") in error["what"]


def test_who_may_not_list_is_asked_for_the_arn(whole: Home, aws: Aws) -> None:
    aws.denied = {"sagemaker:ListMlflowTrackingServers", "sagemaker:ListMlflowApps"}
    error = log_in(whole, aws, "--region", "eu-west-1", status=4)["error"]
    assert error["code"] == "answer-needed"
    assert "server ARN" in error["what"]


def test_aws_that_cannot_be_asked_about_the_rest_is_no_obstacle(whole: Home, aws: Aws) -> None:
    nowhere: dict[str, Any] = {
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_SAGEMAKER": "http://127.0.0.1:9",
    }
    assert stages(log_in(whole, aws, aws.arn, **nowhere)) == EXPECTED


@pytest.mark.skipif(sys.platform == "win32", reason="the guide's blocks are for bash")
def test_the_guide_can_be_followed_against_the_stand_in(whole: Home, aws: Aws) -> None:
    has_profile(whole, "our-team", aws.key)
    whole.environment.update(aws.places)
    printed = follow(whole, ROOT / "guides" / "sagemaker.md", run_python=False)
    assert printed.count("foo=1 bar=2 logged and read back") == 2
    assert "connection sagemaker removed" in printed
    assert connections(whole) == []
