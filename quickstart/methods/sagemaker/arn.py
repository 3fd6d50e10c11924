"""The ARN of a tracking server on SageMaker: parse it, its endpoint, and AWS commands about it.

Source: SageMakerMLflowHostMetadataProvider and AuthProvider of sagemaker-mlflow 0.5.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass

from quickstart.errors import ExitCode, QuickstartError
from quickstart.system.shell import quoted

COMMAND = "quickstart login sagemaker"
ENDPOINT = "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"  # overrides the endpoint of the ARN
SERVER, APP = "mlflow-tracking-server", "mlflow-app"
EXAMPLE = f"arn:aws:sagemaker:eu-west-1:123456789012:{SERVER}/my-server"
LIST_COMMAND = "aws sagemaker list-mlflow-tracking-servers --query 'TrackingServerSummaries[].TrackingServerArn'"
PARTITIONS = ("aws", "aws-us-gov")
REGION = r"[a-z]{2,}(-[a-z]+)+-\d{1,2}"


@dataclass(frozen=True)
class Arn:
    """One tracking server, or app.

    Args:
        text: the whole ARN.
        partition: usually "aws"; China and GovCloud have others.
        kind: SERVER or APP.
        name: an app has an id here.
    """

    text: str
    partition: str
    region: str
    account: str
    kind: str
    name: str

    @property
    def header(self) -> dict[str, str]:
        return {"x-mlflow-sm-tracking-server-arn" if self.kind == SERVER else "x-sm-mlflow-app-arn": self.text}

    @property
    def service(self) -> str:
        return "sagemaker-mlflow" if self.kind == SERVER else "sagemaker"

    def presign_command(self, profile: str = "") -> str:
        """Return the command that prints a URL which opens the UI once, within five minutes.

        Source: the model of the service in botocore 1.44, CreatePresignedMlflowTrackingServerUrl and ...AppUrl.
        """
        if self.kind == SERVER:
            act = f"create-presigned-mlflow-tracking-server-url --tracking-server-name {self.name}"
        else:
            act = f"create-presigned-mlflow-app-url --arn {self.text}"
        return (
            f"aws sagemaker {act} --region {self.region} --query AuthorizedUrl --output text{profile_option(profile)}"
        )

    def start_command(self, profile: str = "") -> str:
        """Return the command that starts a server; apps always run."""
        name = f"--tracking-server-name {self.name}"
        return f"aws sagemaker start-mlflow-tracking-server {name} --region {self.region}{profile_option(profile)}"


def profile_option(profile: str) -> str:
    return f" --profile {quoted(profile)}" if profile else ""


def parse(pasted: str) -> Arn:
    """Return the server that a pasted ARN names, or raise "aws-bad-arn"."""
    text = pasted.strip(string.whitespace + "'\"")
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise _bad_arn(text, "an ARN begins with arn: and has six parts separated by colons")
    _, partition, service, region, account, resource = parts
    kind, _, name = resource.partition("/")
    if service != "sagemaker":
        raise _bad_arn(text, f"the service is {service or 'missing'}, not sagemaker")
    if kind not in (SERVER, APP):
        raise _bad_arn(text, f"the resource is {kind or 'missing'}, not {SERVER} or {APP}")
    if not re.fullmatch(REGION, region):
        raise _bad_arn(text, f"{region} is not a region" if region else "the region is missing")
    if not re.fullmatch(r"\d{12}", account):
        raise _bad_arn(text, "the account must have 12 digits")
    if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}", name):
        raise _bad_arn(text, "the name after / must consist of letters, digits and -")
    if not re.fullmatch(r"aws(-[a-z]+)*", partition):
        raise _bad_arn(text, f"{partition} is not an AWS partition" if partition else "the partition is missing")
    return Arn(text, partition, region, account, kind, name)


def _bad_arn(text: str, detail: str) -> QuickstartError:
    return QuickstartError("aws-bad-arn", ExitCode.USAGE, arn=text[:200], detail=detail)


def endpoint(arn: Arn, environment: Mapping[str, str]) -> str:
    """Return the URL that the plugin would call; raise "aws-partition" for a partition that it does not support."""
    if custom := environment.get(ENDPOINT):
        return custom
    if arn.partition not in PARTITIONS:
        known = " and ".join(PARTITIONS)
        raise QuickstartError("aws-partition", ExitCode.USAGE, partition=arn.partition, arn=arn.text, known=known)
    if arn.kind == APP:
        return f"https://mlflow.sagemaker.{arn.region}.app.aws"
    return f"https://{arn.region}.experiments.sagemaker.aws"


def validate_region(region: str) -> str:
    if not re.fullmatch(REGION, region.strip()):
        raise QuickstartError("aws-bad-region", ExitCode.USAGE, region=region)
    return region.strip()


def check_same_region(arn: Arn, region: str) -> None:
    if region != arn.region:
        facts = {"arn": arn.text, "region": arn.region, "given": region, "again": f"{COMMAND} {arn.text}"}
        raise QuickstartError("aws-region-mismatch", ExitCode.USAGE, **facts)
