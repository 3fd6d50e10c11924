"""Requests to a server on SageMaker, each signed in the runtime; and the one by which a login is tried."""

from __future__ import annotations

from urllib.parse import urlsplit

from quickstart.errors import QuickstartError
from quickstart.methods.sagemaker.account import Account
from quickstart.methods.sagemaker.arn import Arn
from quickstart.methods.sagemaker.refusals import of_answer
from quickstart.net.http import Http
from quickstart.net.tcp import is_loopback
from quickstart.tracking.rest import API

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
