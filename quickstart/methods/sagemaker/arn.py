"""The name of a tracking server on SageMaker, as people paste it: where it is called, and which commands are about it.

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
ENDPOINT = "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"  # the plugin calls this address, whatever the ARN says
SERVER, APP = "mlflow-tracking-server", "mlflow-app"
EXAMPLE = f"arn:aws:sagemaker:eu-west-1:123456789012:{SERVER}/my-server"
PARTITIONS = ("aws", "aws-us-gov")
REGION = r"[a-z]{2,}(-[a-z]+)+-\d{1,2}"


@dataclass(frozen=True)
class Arn:
    """One tracking server, or app.

    Args:
        text: the whole of it.
        partition: "aws" is the usual one; China and the government's have others.
        region: where it runs.
        account: whose it is.
        kind: SERVER or APP.
        name: of the server; an app has an id there.
    """

    text: str
    partition: str
    region: str
    account: str
    kind: str
    name: str

    @property
    def header(self) -> dict[str, str]:
        """What tells the one endpoint of a region which server is meant."""
        return {"x-mlflow-sm-tracking-server-arn" if self.kind == SERVER else "x-sm-mlflow-app-arn": self.text}

    @property
    def service(self) -> str:
        """The service that a signature is for."""
        return "sagemaker-mlflow" if self.kind == SERVER else "sagemaker"

    def presign_command(self, profile: str = "") -> str:
        """Return the command that prints an address at which the UI lets its reader in, once and for five minutes.

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
        """Return the command that starts a server; apps have none, they always run."""
        name = f"--tracking-server-name {self.name}"
        return f"aws sagemaker start-mlflow-tracking-server {name} --region {self.region}{profile_option(profile)}"


def profile_option(profile: str) -> str:
    """Return the option of AWS's own command line for a profile."""
    return f" --profile {quoted(profile)}" if profile else ""


def parse(pasted: str) -> Arn:
    """Return the server that a pasted ARN names.

    Raises:
        Fault: "aws-bad-arn", with what is wrong with it.
    """
    text = pasted.strip(string.whitespace + "'\"")
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise _bad_arn(text, "an ARN has six parts, with : between them, and begins with arn")
    _, partition, service, region, account, resource = parts
    kind, _, name = resource.partition("/")
    if service != "sagemaker":
        raise _bad_arn(text, f"it is one of the service {service or '(none)'}, not of sagemaker")
    if kind not in (SERVER, APP):
        raise _bad_arn(text, f"it names {kind or 'nothing'}, not a {SERVER} or {APP}")
    if not re.fullmatch(REGION, region):
        raise _bad_arn(text, f"{region or 'nothing'} stands where its region should")
    if not re.fullmatch(r"\d{12}", account):
        raise _bad_arn(text, "an account has 12 digits")
    if not re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}", name):
        raise _bad_arn(text, "after the / comes its name: letters, digits and -")
    if not re.fullmatch(r"aws(-[a-z]+)*", partition):
        raise _bad_arn(text, f"{partition or 'nothing'} stands where aws should")
    return Arn(text, partition, region, account, kind, name)


def _bad_arn(text: str, detail: str) -> QuickstartError:
    return QuickstartError("aws-bad-arn", ExitCode.USAGE, arn=text[:200], detail=detail)


def endpoint(arn: Arn, environment: Mapping[str, str]) -> str:
    """Return the address at which the plugin would call a server.

    Raises:
        Fault: "aws-partition" for a part of AWS that the plugin does not know.
    """
    if custom := environment.get(ENDPOINT):
        return custom
    if arn.partition not in PARTITIONS:
        known = " and ".join(PARTITIONS)
        raise QuickstartError("aws-partition", ExitCode.USAGE, partition=arn.partition, arn=arn.text, known=known)
    if arn.kind == APP:
        return f"https://mlflow.sagemaker.{arn.region}.app.aws"
    return f"https://{arn.region}.experiments.sagemaker.aws"


def validate_region(region: str) -> str:
    """Return a region if it can be one; raise Fault "aws-bad-region"."""
    if not re.fullmatch(REGION, region.strip()):
        raise QuickstartError("aws-bad-region", ExitCode.USAGE, region=region)
    return region.strip()


def check_same_region(arn: Arn, region: str) -> None:
    """Raise Fault "aws-region-mismatch" where the region that was named is not the ARN's."""
    if region != arn.region:
        facts = {"arn": arn.text, "region": arn.region, "given": region}
        again = f"{COMMAND} {arn.text}"
        raise QuickstartError("aws-region-mismatch", ExitCode.USAGE, **facts, again=again)


LIST_COMMAND = "aws sagemaker list-mlflow-tracking-servers --query 'TrackingServerSummaries[].TrackingServerArn'"
