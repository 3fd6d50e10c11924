"""A conversation with botocore in the runtime: whose credentials, which servers, signatures. No secret comes here."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.sagemaker.arn import COMMAND, SERVER, Arn
from quickstart.methods.sagemaker.credentials import Source, renewed_by
from quickstart.methods.sagemaker.responses import access_refused, of_answer
from quickstart.net.http import Http
from quickstart.net.tcp import is_loopback
from quickstart.runtime.process import ScriptProcess
from quickstart.tracking.rest import API

SCRIPT = "aws.py"
PATIENCE = 20.0  # seconds; on a cold disk importing botocore takes some
# What keeps us from knowing more, without keeping anybody from going on.
NO_MATTER = ("denied", "unreachable", "failed", "no-region")


@dataclass(frozen=True)
class Listed:
    """A tracking server, or app, as its region lists it.

    Args:
        arn: its ARN.
        name: as people call it.
        status: in AWS's words, such as "Created" or "Stopped".
        mlflow: the version that it runs; "" where AWS does not say.
    """

    arn: str
    name: str
    status: str
    mlflow: str = ""


class Account:
    """What boto3's credentials in the runtime are, and may see.

    Args:
        python: the interpreter that has botocore.
        environment: variables that decide which credentials; beside those of this shell.
        again: the command that does anew what needs them.
    """

    def __init__(self, python: Path, environment: Mapping[str, str], again: str) -> None:
        self._python = python
        self.again = again
        self._profile = environment.get("AWS_PROFILE") or os.environ.get("AWS_PROFILE", "")
        self._talk = ScriptProcess(python, SCRIPT, {"action": "profiles"}, PATIENCE, **environment)
        self._source: Source | None = None
        try:
            self.profiles = tuple(self._said(self._talk.answer())["profiles"])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Account:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the conversation."""
        self._talk.__exit__(None, None, None)

    def source(self) -> Source:
        """Return which credentials there are.

        Raises:
            Fault: why there are none that could be used.
        """
        if self._source is None:
            said = self._ask("source")
            self._source = Source(said["method"], said["profile"], said["region"], said["role"])
        return self._source

    def identity(self, region: str) -> tuple[str, str]:
        """Return the account and the ARN of whoever the credentials are for; empty where AWS cannot be asked."""
        said = self._ask("identity", NO_MATTER, region=region)
        return str(said.get("account", "")), str(said.get("arn", ""))

    def servers(self, region: str) -> tuple[tuple[Listed, ...], str]:
        """Return the servers and apps of a region, and why some may not be among them; "" where all are."""
        said = self._ask("servers", NO_MATTER, region=region)
        if "error" in said:
            return (), str(said["detail"])
        return tuple(Listed(**one) for one in said["servers"]), str(said["hidden"])

    def state(self, arn: Arn) -> Listed | None:
        """Return how a server is; None where AWS does not let us ask.

        Raises:
            Fault: "aws-no-server".
        """
        about: dict[str, Any] = {"region": arn.region, "kind": arn.kind, "name": arn.name, "arn": arn.text}
        said = self._ask("state", (*NO_MATTER, "not-found"), **about)
        # SageMaker answers ValidationException, too, to a name that it does not know; so it is told by its words.
        unknown = said.get("error") == "not-found" or re.search(r"not (exist|found)", str(said.get("detail")))
        if "error" in said and unknown and said["error"] != "denied":
            message = str(said["detail"])
            raise QuickstartError("aws-no-server", arn=arn.text, region=arn.region, message=message, again=self.again)
        return None if "error" in said else Listed(arn.text, arn.name, said["status"], said["mlflow"])

    def signed(self, arn: Arn, method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """Return the headers that sign a request for a server, with those that say which server is meant."""
        about: dict[str, Any] = {"method": method, "url": url, "headers": {**headers, **arn.header}}
        about |= {"sha256": hashlib.sha256(body).hexdigest(), "service": arn.service, "region": arn.region}
        return {**arn.header, **self._ask("sign", **about)["headers"]}

    def _ask(self, action: str, tolerated: tuple[str, ...] = (), **about: Any) -> dict[str, Any]:
        """Ask for one thing; raise the fault of an answer that says why not, unless that is tolerated."""
        self._talk.send({"action": action, **about})
        said = self._talk.answer()
        return said if said.get("error") in tolerated else self._said(said)

    def _said(self, said: dict[str, Any]) -> dict[str, Any]:
        if "error" in said:
            raise self._fault(str(said["error"]), str(said["detail"]), str(said["code"]))
        return said

    def _fault(self, error: str, detail: str, code: str) -> QuickstartError:
        """Return the fault that one of the script's words stands for."""
        again, profile = self.again, self._profile
        if error == "sdk-missing":
            return QuickstartError("aws-sdk-missing", python=str(self._python), again=again)
        if error == "no-credentials":
            return QuickstartError("aws-no-credentials", ExitCode.ANSWER_NEEDED, again=again)
        if error == "profile-unknown":
            known = ", ".join(getattr(self, "profiles", ())) or "none"
            return QuickstartError("aws-profile-unknown", profile=profile, known=known, again=again)
        if error in ("sso-expired", "login-expired"):
            renew = renewed_by(error, profile)
            return QuickstartError(
                "aws-login-expired", profile=profile or "default", detail=detail, renew=renew, again=again
            )
        if error == "refused":
            source = self._source or Source("env" if os.environ.get("AWS_ACCESS_KEY_ID") else "", profile)
            return access_refused("AWS", 403, f"{detail} ({code})", source, again)
        if error == "unreachable":
            return QuickstartError("aws-unreachable", detail=detail, again=again)
        return QuickstartError("aws-source-failed", profile=profile or "default", detail=detail, again=again)


def is_usable(listed: Listed) -> bool:
    """Tell whether a server can take requests now, as far as its status tells."""
    return not re.match(r"Stop|Delet|Creating|CreateFailed|Start(ing|Failed)", listed.status)


def not_running(arn: Arn, listed: Listed, profile: str) -> QuickstartError:
    """Return the fault of a server that takes no requests, with what mends that."""
    again = f"{COMMAND} {arn.text}"
    if arn.kind == SERVER and re.match(r"Stop|StartFailed", listed.status):
        fix = f"{arn.starts(profile)}   which takes about 25 minutes, and then: {again}"
    elif listed.status.startswith(("Creating", "Starting")):
        fix = f"{again}   when it is there: that takes about 25 minutes"
    else:
        fix = f"{COMMAND}   and choose another"
    return QuickstartError("aws-not-running", name=arn.name, status=listed.status, fix=fix)


SEARCH = f"{API}/experiments/search?max_results=1"


class Signed(Http):
    """A conversation with a server on SageMaker.

    Args:
        base: the address that the plugin would call.
        arn: the server.
        read_timeout: seconds to wait for an answer.
    """

    account: Account | None = None

    def __init__(self, base: str, arn: Arn, read_timeout: float = 6.0) -> None:
        super().__init__(base, read_timeout)
        self._arn = arn

    def sign_by(self, account: Account) -> None:
        """Sign every request from now on by what boto3 finds; the conversation with it ends with this one."""
        parts = urlsplit(self.base)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise QuickstartError("aws-plain-http", url=self.base, again=account.again)
        self.account = account
        self.sign(lambda method, url, headers, body: account.signed(self._arn, method, url, headers, body))

    def tried(self, again: str) -> None:
        """See that the server takes what we sign.

        Raises:
            Fault: "login-refused", "aws-forbidden", or whatever else its answer means.
        """
        assert self.account is not None  # noqa: S101 - sign_by() comes first
        answer = self.request("GET", SEARCH)
        if answer.status != 200 or not isinstance(answer.json(), dict):
            raise of_answer(self._arn, self.base, self.account.source(), answer, again)

    def close(self) -> None:
        """End both conversations."""
        super().close()
        if self.account:
            self.account.close()
