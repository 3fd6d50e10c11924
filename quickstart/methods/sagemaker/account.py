"""A connection to AWS through botocore in the runtime. Credentials never enter this process."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.sagemaker.arn import COMMAND, SERVER, Arn
from quickstart.methods.sagemaker.credentials import Source, renew_command
from quickstart.methods.sagemaker.responses import explain_answer, no_server_error, rejected_error
from quickstart.net.http import Http
from quickstart.net.tcp import is_loopback
from quickstart.runtime.process import ScriptProcess, clean_environment
from quickstart.tracking.rest import SEARCH

SCRIPT = "aws.py"
SCRIPT_TIMEOUT = 20.0  # seconds; on a cold disk importing botocore takes some
# Errors after which the login can go on without the answer.
TOLERATED = ("denied", "unreachable", "failed", "no-region")


@dataclass(frozen=True)
class ListedServer:
    """A tracking server or app, as AWS lists it.

    Args:
        status: AWS's status, such as "Created" or "Stopped".
        mlflow: the version that it runs; "" if unknown.
    """

    arn: str
    name: str
    status: str
    mlflow: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether it can accept requests now, by its status."""
        return not re.match(r"Stop|Delet|Creating|CreateFailed|Start(ing|Failed)", self.status)


class Account:
    """AWS as boto3's credentials in the runtime see it.

    Args:
        python: the interpreter that has botocore.
        environment: variables that choose the credentials, in addition to this shell's.
        again: the command to repeat after an error.
    """

    def __init__(self, python: Path, environment: Mapping[str, str], again: str) -> None:
        self._python = python
        self.again = again
        self._profile = environment.get("AWS_PROFILE") or os.environ.get("AWS_PROFILE", "")
        variables = clean_environment(**environment)
        self._process = ScriptProcess(python, SCRIPT, {"action": "profiles"}, SCRIPT_TIMEOUT, environment=variables)
        self._source: Source | None = None
        try:
            self.profiles = tuple(self._checked(self._process.answer())["profiles"])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.__exit__(None, None, None)

    def source(self) -> Source:
        if self._source is None:
            answer = self._ask("source")
            self._source = Source(answer["method"], answer["profile"], answer["region"], answer["role"])
        return self._source

    def identity(self, region: str) -> tuple[str, str]:
        """Return the account and the ARN of the credentials' owner; empty if AWS cannot tell."""
        answer = self._ask("identity", TOLERATED, region=region)
        return str(answer.get("account", "")), str(answer.get("arn", ""))

    def servers(self, region: str) -> tuple[tuple[ListedServer, ...], str]:
        """Return the servers and apps of a region, and why some may be missing; "" if none is."""
        answer = self._ask("servers", TOLERATED, region=region)
        if "error" in answer:
            return (), str(answer["detail"])
        return tuple(ListedServer(**one) for one in answer["servers"]), str(answer["hidden"])

    def state(self, arn: Arn) -> ListedServer | None:
        """Return a server's status, or None if AWS does not report it; raise "aws-no-server"."""
        about: dict[str, Any] = {"region": arn.region, "kind": arn.kind, "name": arn.name, "arn": arn.text}
        answer = self._ask("state", (*TOLERATED, "not-found"), **about)
        # For an unknown name SageMaker may also answer ValidationException, with a text that is the only sign.
        unknown = answer.get("error") == "not-found" or re.search(r"not (exist|found)", str(answer.get("detail")))
        if "error" in answer and unknown and answer["error"] != "denied":
            raise no_server_error(arn, str(answer["detail"]), self.again)
        return None if "error" in answer else ListedServer(arn.text, arn.name, answer["status"], answer["mlflow"])

    def signed(self, arn: Arn, method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        about: dict[str, Any] = {"method": method, "url": url, "headers": {**headers, **arn.header}}
        about |= {"sha256": hashlib.sha256(body).hexdigest(), "service": arn.service, "region": arn.region}
        return {**arn.header, **self._ask("sign", **about)["headers"]}

    def _ask(self, action: str, tolerated: tuple[str, ...] = (), **about: Any) -> dict[str, Any]:
        """Ask the script for one thing; raise its error unless tolerated."""
        self._process.send({"action": action, **about})
        answer = self._process.answer()
        return answer if answer.get("error") in tolerated else self._checked(answer)

    def _checked(self, answer: dict[str, Any]) -> dict[str, Any]:
        if "error" in answer:
            raise self._error(str(answer["error"]), str(answer["detail"]), str(answer["code"]))
        return answer

    def _error(self, error: str, detail: str, code: str) -> QuickstartError:
        again, profile = self.again, self._profile
        if error == "sdk-missing":
            return QuickstartError("aws-sdk-missing", python=str(self._python), again=again)
        if error == "no-credentials":
            return QuickstartError("aws-no-credentials", ExitCode.ANSWER_NEEDED, again=again)
        if error == "profile-unknown":
            known = ", ".join(getattr(self, "profiles", ())) or "none"
            return QuickstartError("aws-profile-unknown", profile=profile, known=known, again=again)
        if error in ("sso-expired", "login-expired"):
            renew = renew_command(error, profile)
            return QuickstartError(
                "aws-login-expired", profile=profile or "default", detail=detail, renew=renew, again=again
            )
        if error == "refused":
            source = self._source or Source("env" if os.environ.get("AWS_ACCESS_KEY_ID") else "", profile)
            return rejected_error("AWS", 403, f"{detail} ({code})", source, again)
        if error == "unreachable":
            return QuickstartError("aws-unreachable", detail=detail, again=again)
        return QuickstartError("aws-source-failed", profile=profile or "default", detail=detail, again=again)


def not_running_error(arn: Arn, listed: ListedServer, profile: str) -> QuickstartError:
    again = f"{COMMAND} {arn.text}"
    if arn.kind == SERVER and re.match(r"Stop|StartFailed", listed.status):
        fix, wait = arn.start_command(profile), f"Starting takes about 25 minutes. Then run: {again}"
    elif listed.status.startswith(("Creating", "Starting")):
        fix, wait = again, "Wait until it runs; this takes about 25 minutes."
    else:
        fix, wait = COMMAND, "Choose another server."
    return QuickstartError("aws-not-running", name=arn.name, status=listed.status, fix=fix, wait=wait)


class SignedHttp(Http):
    """Signed requests to a tracking server or app, at the URL that the plugin would call."""

    account: Account | None = None

    def __init__(self, base: str, arn: Arn, read_timeout: float = 6.0) -> None:
        super().__init__(base, read_timeout)
        self._arn = arn

    def sign_by(self, account: Account) -> None:
        """Sign all further requests; the account is closed together with this connection."""
        parts = urlsplit(self.base)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise QuickstartError("aws-plain-http", url=self.base, again=account.again)
        self.account = account
        self.sign(lambda method, url, headers, body: account.signed(self._arn, method, url, headers, body))

    def check_access(self, again: str) -> None:
        """Raise "login-refused", "aws-forbidden" or the like if the server rejects a signed request."""
        assert self.account is not None  # noqa: S101 - sign_by() comes first
        answer = self.request("GET", SEARCH)
        if answer.status != 200 or not isinstance(answer.json(), dict):
            raise explain_answer(self._arn, self.base, self.account.source(), answer, again)

    def close(self) -> None:
        super().close()
        if self.account:
            self.account.close()
