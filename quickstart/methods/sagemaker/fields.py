"""What a login to SageMaker asks a person for, as data."""

from __future__ import annotations

from collections.abc import Sequence

from quickstart.methods.sagemaker.account import Listed, is_usable
from quickstart.methods.sagemaker.arn import APP, EXAMPLE
from quickstart.prompts.fields import Field

FIND = "aws sagemaker list-mlflow-tracking-servers --query 'TrackingServerSummaries[].TrackingServerArn'"
MORE = (
    "The ARN is the server's name within all of AWS; MLflow takes it as the tracking URI. You find it in SageMaker "
    f"Studio (MLflow, the three dots beside a server, Copy ARN), or by: {FIND}. It looks like {EXAMPLE}."
)
REGION = Field(
    key="region",
    name="Region",
    text="In which region of AWS are your tracking servers?",
    flags="--region R",
    variable="AWS_DEFAULT_REGION",
    why="Such as eu-west-1 or us-east-1. Neither this shell nor your profile of AWS names one.",
    example="ARN",
)


def arn(why: str = "") -> Field:
    """Return the question for an ARN that is typed; `why` says why there is no list."""
    return Field(
        key="arn",
        name="Server",
        text="Paste the ARN of your tracking server.",
        flags="the ARN",
        variable="MLFLOW_TRACKING_URI",
        why=why or f"It looks like {EXAMPLE}",
        more=MORE,
        example=EXAMPLE,
    )


def server(listed: Sequence[Listed], region: str) -> Field:
    """Return the question which of the servers in a region; the only one that runs needs no person to choose it."""
    first = sorted(listed, key=lambda one: not is_usable(one))
    running = [one for one in first if is_usable(one)]
    return Field(
        key="arn",
        name="Server",
        text="Which tracking server?",
        flags="the ARN",
        variable="MLFLOW_TRACKING_URI",
        why=f"These are in {region}; another region: --region R.",
        more=MORE,
        choices=(*((one.arn, label(one)) for one in first), ("", "Another: paste its ARN")),
        default=first[0].arn,
        example=first[0].arn,
        found=len(running) == 1,
    )


def label(one: Listed) -> str:
    """Return how a server reads in a list."""
    kind = "app" if f":{APP}/" in one.arn else "server"
    version = f", MLflow {one.mlflow}" if one.mlflow else ""
    return f"{one.name} ({kind}{version}, {one.status})"


def profile(names: Sequence[str]) -> Field:
    """Return the question by which profile to log in, after the one that was tried did not work."""
    return Field(
        key="profile",
        name="Profile",
        text="By which profile of AWS?",
        flags="--aws-profile NAME",
        variable="AWS_PROFILE",
        why="Choose the same one again if you have mended it in another terminal meanwhile.",
        choices=tuple((name, name) for name in names),
        default=names[0],
        example="--aws-profile NAME",
    )
