"""What AWS's answers mean: rejected credentials, a missing permission, a missing server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods.sagemaker.arn import SERVER, Arn
from quickstart.methods.sagemaker.credentials import Source, renew_command
from quickstart.net.http import Answer
from quickstart.tracking.rest import NO_ACCESS, classify

# How AWS's services report rejected credentials; their codes differ.
REJECTED = (
    r"(?i)signature|security token included in the request|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|"
    r"MissingAuthenticationToken|Missing Authentication Token|IncompleteSignature"
)
SIGNED_TIMES = r"(\d{8}T\d{6}Z) is (?:now earlier|still later) than .*\((\d{8}T\d{6}Z) [-+]"
DENIED = r"User: arn:[\w-]+:(?:iam|sts)::\d+:(user|assumed-role)/([^ ]+) is not authorized to perform: ([\w:-]+)"


def explain_response(arn: Arn, url: str, source: Source, facts: Mapping[str, Any], again: str) -> QuickstartError:
    """Return the error for an answer, by its "status", "message" and, if known, "kind"."""
    status, message, kind = int(facts["status"]), str(facts["message"]), str(facts.get("kind", ""))
    meaning = classify(status)
    if (status == 400 or meaning in NO_ACCESS) and re.search(REJECTED, f"{kind} {message}"):
        return rejected_error(url, status, message or kind, source, again)
    if meaning in NO_ACCESS:
        grant, ask = grant_command(arn, message), "An administrator must run this."
        ask = ask if grant else f"Ask an administrator for sagemaker-mlflow:* on {arn.text}."
        message = message or "no reason given"
        return QuickstartError("aws-forbidden", arn=arn.text, message=message, grant=grant, ask=ask, again=again)
    if status == 404 and not facts.get("error_code"):
        return no_server_error(arn, message or "404", again)
    if meaning == "busy" or "Throttling" in kind:
        return QuickstartError("aws-busy", url=url, message=message, again=again)
    if meaning == "down":
        return QuickstartError("aws-down", url=url, status=status, message=message, region=arn.region, again=again)
    return QuickstartError("api-error", url=url, status=status, message=message)


def explain_answer(arn: Arn, url: str, source: Source, answer: Answer, again: str) -> QuickstartError:
    value = answer.json()
    body = value if isinstance(value, dict) else {}
    message = body.get("message") or body.get("Message") or ("" if value is not None else answer.text)
    code = answer.headers.get("x-amzn-errortype") or body.get("__type") or body.get("code") or ""
    facts = {
        "status": answer.status,
        "message": " ".join(str(message).split())[:400],
        "kind": str(code).partition(":")[0].rpartition("#")[2],
    }
    return explain_response(arn, url, source, facts, again)


def no_server_error(arn: Arn, message: str, again: str) -> QuickstartError:
    return QuickstartError("aws-no-server", arn=arn.text, region=arn.region, message=message, again=again)


def rejected_error(url: str, status: int, message: str, source: Source, again: str) -> QuickstartError:
    skew = clock_skew(message)
    renew = "" if skew else renew_command(source.method, source.saved_profile)
    return QuickstartError(
        "login-refused",
        url=url,
        status=status,
        source=source.words if source.method else "credentials from boto3",
        profile=source.profile,
        again=f"{renew} && {again}" if renew else again,
        message=message,
        skew=skew,
        place="AWS",
    )


def clock_skew(message: str) -> int:
    """Return the seconds by which our clock is ahead of AWS's, from a "Signature expired" message; 0 for others."""
    found = re.search(SIGNED_TIMES, message)
    if not found:
        return 0
    ours, theirs = (datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for moment in found.groups())
    return int((ours - theirs).total_seconds())


def grant_command(arn: Arn, message: str) -> str:
    """Return the command with which an administrator grants the permission; "" if AWS names no user or role.

    Source: the actions in docs.aws.amazon.com/service-authorization/latest/reference/list_sagemaker-mlflow.html.
    """
    found = re.search(DENIED, message)
    if not found:
        return ""
    who, name, action = found.groups()
    action = "sagemaker-mlflow:*" if arn.kind == SERVER else action
    statement = {"Effect": "Allow", "Action": action, "Resource": arn.text}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kind = "user" if who == "user" else "role"
    owner = name.rpartition("/")[2] if who == "user" else name.partition("/")[0]
    return f"aws iam put-{kind}-policy --{kind}-name {owner} --policy-name mlflow --policy-document '{policy}'"


def describe_network_error(error: QuickstartError, arn: Arn | None, again: str) -> QuickstartError:
    """Return a network error with the command to repeat; an unknown host is an unknown region here."""
    if error.code == "name-unknown" and arn:
        url, host, detail = (error.facts[name] for name in ("url", "host", "detail"))
        return QuickstartError("aws-region-unknown", url=url, host=host, detail=detail, region=arn.region, again=again)
    return error.with_defaults(again=again)
