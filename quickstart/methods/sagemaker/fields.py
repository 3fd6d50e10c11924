"""The fields of a login to SageMaker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from quickstart.methods.sagemaker.arn import APP, EXAMPLE, LIST_COMMAND
from quickstart.prompts.fields import Choice, Field

if TYPE_CHECKING:
    from quickstart.methods.sagemaker.account import ListedServer

ARN = Field(
    key="arn",
    label="Server ARN",
    text="Paste the ARN of your tracking server.",
    why=f"It looks like {EXAMPLE}",
    more=(
        "The ARN is the name of the server in AWS; MLflow uses it as the tracking URI. In SageMaker Studio: MLflow, "
        f"the three dots beside a server, Copy ARN. Or run: {LIST_COMMAND}. It looks like {EXAMPLE}."
    ),
    flag="ARN",
    help="ARN of the tracking server or app; without it, choose from a list.",
    variable="MLFLOW_TRACKING_URI",
    example=EXAMPLE,
)
PROFILE = Field(
    key="profile",
    label="Profile",
    text="Which AWS profile do you want to use?",
    why="If you have fixed a profile in another terminal, you can choose it again.",
    flag="--aws-profile",
    metavar="NAME",
    help="AWS profile to log in with (default: what boto3 finds).",
    variable="AWS_PROFILE",
)
REGION = Field(
    key="region",
    label="Region",
    text="Which AWS region are your tracking servers in?",
    why="Such as eu-west-1 or us-east-1. Neither this shell nor your AWS profile sets one.",
    flag="--region",
    metavar="R",
    help="AWS region of the servers (default: the profile's).",
    variable="AWS_DEFAULT_REGION",
    example="ARN",
)
LOGIN_FIELDS = (ARN, PROFILE, REGION)


def server_field(listed: Sequence[ListedServer], region: str) -> Field:
    """Return the field for one of the servers in a region; the only running one is used without prompting."""
    usable_first = sorted(listed, key=lambda one: not one.is_usable)
    return replace(
        ARN,
        text="Which tracking server?",
        why=f"These servers are in {region}. For another region, use --region R.",
        choices=(*(Choice(one.arn, _label(one)) for one in usable_first), Choice("", "Another server: paste its ARN")),
        default=usable_first[0].arn,
        example=usable_first[0].arn,
        optional=sum(one.is_usable for one in listed) == 1,
    )


def _label(one: ListedServer) -> str:
    kind = "app" if f":{APP}/" in one.arn else "server"
    version = f", MLflow {one.mlflow}" if one.mlflow else ""
    return f"{one.name} ({kind}{version}, {one.status})"
