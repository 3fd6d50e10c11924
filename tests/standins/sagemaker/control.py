"""STS and SageMaker's own API, as far as a login asks them."""

from __future__ import annotations

from typing import Any

from tests.standins.databricks.wire import Answer, Call, as_json
from tests.standins.sagemaker.state import ACCOUNT, APP, Aws, Server

XML = "text/xml"
PAST = 1_700_000_000.0


def sts(aws: Aws, call: Call) -> Answer:
    """Answer GetCallerIdentity. Source: the examples in STS's API reference."""
    if call.form().get("Action") != "GetCallerIdentity":
        return xml_error(400, "InvalidAction", "Could not find operation")
    result = f"<Arn>{aws.me}</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account>"
    text = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"{result}</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    return Answer(200, text.encode(), {"Content-Type": XML})


def xml_error(status: int, code: str, message: str) -> Answer:
    """Return an error of AWS's query protocol."""
    text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, f"{text}<RequestId>1</RequestId></ErrorResponse>".encode(), {"Content-Type": XML})


def sagemaker_api(aws: Aws, call: Call) -> Answer:
    """Answer what SageMaker tells of its servers. Source: the model of the service in botocore 1.44."""
    operation = call.headers.get("x-amz-target", "").removeprefix("SageMaker.")
    if f"sagemaker:{operation}" in aws.denied:
        return json_error(400, "AccessDeniedException", not_allowed(aws, f"sagemaker:{operation}", "*"))
    if operation == "ListMlflowTrackingServers":
        return as_json({"TrackingServerSummaries": [_summary(one) for one in aws.servers]})
    if operation == "ListMlflowApps":
        app = {"Arn": APP, "Name": "our-app", "Status": "Created", "MlflowVersion": "3.4"}
        return as_json({"Summaries": [app] if aws.apps else []})
    if operation == "DescribeMlflowTrackingServer":
        name = str(call.json().get("TrackingServerName"))
        found = next((one for one in aws.servers if one.name == name), None)
        if found:
            return as_json(_summary(found))
        return json_error(400, "ResourceNotFound", f"Tracking Server with name {name} does not exist")
    if operation == "DescribeMlflowApp" and aws.apps:
        return as_json({"Arn": APP, "Name": "our-app", "Status": "Created", "MlflowVersion": "3.4"})
    return json_error(400, "ResourceNotFound", "MLflow App does not exist")


def _summary(one: Server) -> dict[str, Any]:
    return {
        "TrackingServerArn": one.arn,
        "TrackingServerName": one.name,
        "CreationTime": PAST,
        "LastModifiedTime": PAST,
        "TrackingServerStatus": one.status,
        "IsActive": "Inactive" if one.status == "Stopped" else "Active",
        "MlflowVersion": one.mlflow,
    }


def not_allowed(aws: Aws, action: str, resource: str) -> str:
    """Return AWS's words for a right that is missing (IAM User Guide, "Troubleshoot access denied error messages")."""
    return (
        f"User: {aws.me} is not authorized to perform: {action} on resource: {resource} because no identity-based "
        f"policy allows the {action} action"
    )


def json_error(status: int, code: str, message: str) -> Answer:
    """Return an error of AWS's JSON protocols."""
    return as_json({"__type": code, "message": message}, status, **{"x-amzn-ErrorType": code})
