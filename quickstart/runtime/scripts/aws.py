"""Use botocore in the interpreter that has it: find credentials, list servers, and sign requests.

No secret leaves this process.

Reads JSON lines from stdin, {"action": ...}, and answers each with one, until stdin ends.

source    which credentials boto3 would use -> {"method", "profile", "region", "role", "expires"}
profiles  -> {"profiles"}: the names in the person's own files
identity  {"region"} -> {"account", "arn"}, by STS
servers   {"region"} -> {"servers": [{"arn", "name", "status", "mlflow"}], "hidden": why some may be missing, or ""}
state     {"region", "kind", "name", "arn"} -> {"status", "mlflow"} of one server or app
sign      {"method", "url", "headers", "sha256", "service", "region"} -> {"headers"}, signed

Credentials do not depend on the region. A failure is {"error", "detail", "code"}.
Standard library and botocore only.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

ROLE = "SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN"  # the plugin signs as this role if it is set
SESSION_NAME = "AuthBotoSagemakerMlFlow"  # as the plugin names its session, so that AWS's logs show one name
SERVER, APP = "mlflow-tracking-server", "mlflow-app"
# A proxy may change the other headers.
SIGNED = ("content-type", "x-mlflow-sm-tracking-server-arn", "x-sm-mlflow-app-arn")

# botocore's exceptions by name, because botocore is imported only when needed.
ERRORS = {
    "ConfigParseError": "source-failed",
    "CredentialRetrievalError": "source-failed",
    "LoginRefreshRequired": "login-expired",
    "LoginTokenLoadError": "login-expired",
    "NoCredentialsError": "no-credentials",
    "NoRegionError": "no-region",
    "ProfileNotFound": "profile-unknown",
    "SSOTokenLoadError": "sso-expired",
    "TokenRetrievalError": "sso-expired",
    "UnauthorizedSSOTokenError": "sso-expired",
}
UNREACHABLE = ("EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ProxyConnectionError", "SSLError")

# AWS's error codes; its services have several names for one cause.
CODES = {
    "AccessDenied": "denied",
    "AccessDeniedException": "denied",
    "ExpiredToken": "refused",
    "ExpiredTokenException": "refused",
    "IncompleteSignature": "refused",
    "InvalidClientTokenId": "refused",
    "InvalidSignatureException": "refused",
    "RequestExpired": "refused",
    "ResourceNotFound": "not-found",
    "SignatureDoesNotMatch": "refused",
    "UnrecognizedClientException": "refused",
}


class Unable(Exception):
    """An error code, and details without secrets."""

    def __init__(self, error: str, detail: str = "", code: str = "") -> None:
        super().__init__(error, detail)
        self.answer = {"error": error, "detail": detail, "code": code}


def say(facts: dict[str, Any]) -> None:
    print(json.dumps(facts), file=sys.__stdout__, flush=True)


class Account:
    """The credentials that boto3 would use, resolved on first use."""

    def __init__(self) -> None:
        import botocore.session
        from botocore.config import Config

        self.session = botocore.session.Session()
        # By default botocore waits a minute and tries five times, for its credential providers too.
        patience = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
        self.session.set_default_client_config(patience)
        self._credentials: Any = None

    def client(self, service: str, region: str) -> Any:
        """AWS_ENDPOINT_URL_<SERVICE> overrides the URL."""
        return self.session.create_client(service, region_name=region)

    def credentials(self, region: str = "") -> Any:
        """Return the credentials, those of the role that the plugin would assume if one is configured."""
        if self._credentials is None:
            found = self.session.get_credentials()
            if found is None:
                raise Unable("no-credentials")
            found.get_frozen_credentials()  # fetches them now if necessary
            self._credentials = self._as_role(region) if os.environ.get(ROLE) and region else found
        return self._credentials

    def _as_role(self, region: str) -> Any:
        from botocore.credentials import Credentials

        sts = self.client("sts", region)
        given = sts.assume_role(RoleArn=os.environ[ROLE], RoleSessionName=SESSION_NAME)["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def source(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    """Return where the credentials come from."""
    found = account.credentials()
    expires = getattr(found, "_expiry_time", None)
    return {
        "method": str(found.method or ""),
        "profile": account.session.get_config_variable("profile") or "",
        "region": account.session.get_config_variable("region") or "",
        "role": os.environ.get(ROLE, ""),
        "expires": expires.isoformat() if expires else "",
    }


def profiles(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    return {"profiles": list(account.session.available_profiles)}


def identity(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    """Ask AWS for the identity; this needs no permission."""
    account.credentials()  # a client without credentials would not sign, and fail for another reason
    answer = account.client("sts", request["region"]).get_caller_identity()
    return {"account": answer["Account"], "arn": answer["Arn"]}


def servers(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    """List tracking servers, and apps if this botocore knows them; access to only one kind is enough."""
    account.credentials()
    client = account.client("sagemaker", request["region"])
    found, denied = [], []
    for kind, operation in ((SERVER, "list_mlflow_tracking_servers"), (APP, "list_mlflow_apps")):
        if not hasattr(client, operation):
            continue
        try:
            for page in client.get_paginator(operation).paginate():
                found += [as_listed(one) for one in page.get("TrackingServerSummaries", page.get("Summaries", ()))]
        except Exception as error:
            failure = unable(error).answer
            if failure["error"] not in ("denied", "failed"):
                raise
            denied.append(f"{kind}s: {failure['detail']}")
    if len(denied) == 2 or (denied and not found):
        raise Unable("denied", denied[0])
    return {"servers": found, "hidden": "; ".join(denied)}


def as_listed(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "arn": one.get("TrackingServerArn") or one.get("Arn"),
        "name": one.get("TrackingServerName") or one.get("Name"),
        **state_of(one),
    }


def state_of(one: dict[str, Any]) -> dict[str, Any]:
    status = one.get("TrackingServerStatus") or one.get("Status") or ""
    return {"status": status, "mlflow": one.get("MlflowVersion") or ""}


def state(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    account.credentials()
    client = account.client("sagemaker", request["region"])
    if request["kind"] == SERVER:
        return state_of(client.describe_mlflow_tracking_server(TrackingServerName=request["name"]))
    if not hasattr(client, "describe_mlflow_app"):
        raise Unable("failed", "this botocore is from before there were apps")
    return state_of(client.describe_mlflow_app(Arn=request["arn"]))


def sign(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    """Sign a request as the plugin does."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    headers = {name: value for name, value in request["headers"].items() if name.lower() in SIGNED}
    headers["X-Amz-Content-SHA256"] = request["sha256"]
    signed = AWSRequest(method=request["method"], url=request["url"], headers=headers)
    credentials = account.credentials(request["region"])
    SigV4Auth(credentials, request["service"], request["region"]).add_auth(signed)
    return {"headers": dict(signed.headers.items())}


ACTIONS = {
    "source": source,
    "profiles": profiles,
    "identity": identity,
    "servers": servers,
    "state": state,
    "sign": sign,
}


def unable(error: Exception) -> Unable:
    """Turn an exception of botocore into a code."""
    if isinstance(error, Unable):
        return error
    words = (str(error).strip() or type(error).__name__).splitlines()[0][:500]
    if isinstance(error, ImportError):
        return Unable("sdk-missing", words)
    answer = getattr(error, "response", None)
    if isinstance(answer, dict) and "Error" in answer:
        code = str(answer["Error"].get("Code", ""))
        return Unable(CODES.get(code, "failed"), str(answer["Error"].get("Message") or words)[:500], code)
    names = [kind.__name__ for kind in type(error).__mro__]
    if any(name in UNREACHABLE for name in names):
        return Unable("unreachable", words)
    return Unable(next((ERRORS[name] for name in names if name in ERRORS), "source-failed"), words)


def main() -> None:
    # Never import from the folder of scripts.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    account = None
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        try:
            account = account or Account()
            say(ACTIONS[request["action"]](account, request))
        except Exception as error:
            say(unable(error).answer)


if __name__ == "__main__":
    main()
