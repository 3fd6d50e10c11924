"""MLflow's REST API, as far as the check needs it, and what the status of an HTTP answer means."""

from __future__ import annotations

import re
from typing import Any, Literal

from quickstart.errors import QuickstartError
from quickstart.net.http import Answer, Conversation

API = "/api/2.0/mlflow"
SEARCH = f"{API}/experiments/search?max_results=1"  # the cheapest request that needs access


class Rest:
    """The tracking API over one kept-alive connection."""

    def __init__(self, http: Conversation) -> None:
        self._http = http

    def call(self, method: str, endpoint: str, **fields: Any) -> Any:
        """Call an endpoint, such as "runs/create", and return its JSON. GET sends the fields as a query, POST as JSON.

        Raises:
            QuickstartError: "api-error" with MLflow's own error code and message, or what Http.request() raises.
        """
        options = {"params": fields} if method == "GET" else {"json": fields}
        answer = self._http.request(method, f"{API}/{endpoint}", **options)
        value = answer.json()
        if answer.status == 200 and isinstance(value, dict):
            return value
        raise api_error(self._http.base, endpoint, answer)

    def experiment(self, name: str) -> dict[str, Any] | None:
        """Return an experiment by its name, even a deleted one."""
        try:
            return dict(self.call("GET", "experiments/get-by-name", experiment_name=name)["experiment"])
        except QuickstartError as fault:
            if fault.facts.get("error_code") == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise fault.with_defaults(experiment=name) from fault

    def create_experiment(self, name: str) -> dict[str, Any]:
        """Create an experiment, or return the one that someone else just created."""
        try:
            made = self.call("POST", "experiments/create", name=name)
        except QuickstartError as fault:
            if fault.facts.get("error_code") != "RESOURCE_ALREADY_EXISTS":
                raise
            found = self.experiment(name)
            if found is None:
                raise
            return found
        return {"experiment_id": made["experiment_id"], "name": name, "lifecycle_stage": "active"}


def api_error(url: str, endpoint: str, answer: Answer) -> QuickstartError:
    """Build the error of an unexpected answer, with MLflow's own error code and message."""
    value = answer.json()
    body = value if isinstance(value, dict) else {}
    return QuickstartError(
        "api-error",
        url=url,
        endpoint=endpoint,
        status=answer.status,
        error_code=body.get("error_code", ""),
        message=_gist(str(body.get("message", answer.text))),
        retry_after=answer.headers.get("retry-after", ""),
    )


def is_own_error(answer: Answer) -> bool:
    """Tell whether MLflow itself reports the error, not a proxy in front of it."""
    value = answer.json()
    return isinstance(value, dict) and bool(value.get("error_code"))


def _gist(message: str) -> str:
    """Shorten a database error to the database's own message, without the statement."""
    found = re.search(r"\((?:\w+\.)+\w*Error\) ([^\n\[\x00]+)", message)
    return (found[1].strip() if found else message.strip())[:300]


StatusClass = Literal["ok", "unauthorized", "denied", "busy", "down", "failed"]

BY_STATUS: dict[int, StatusClass] = {401: "unauthorized", 403: "denied", 429: "busy"}
NO_ACCESS: tuple[StatusClass, ...] = ("unauthorized", "denied")
UNAVAILABLE: tuple[StatusClass, ...] = ("busy", "down")
GATEWAY = (502, 503, 504)  # a proxy's or load balancer's: the server behind it did not answer
DEFAULT_WAIT = "60"  # seconds


def classify(status: int) -> StatusClass:
    """Return what a status means; "busy": the same request succeeds later, "failed": any other error."""
    if status in BY_STATUS:
        return BY_STATUS[status]
    if status >= 500:
        return "down"
    return "ok" if status < 400 else "failed"


def retry_after(value: str) -> str:
    """Return the seconds to wait from a Retry-After header; a date or no value means a minute."""
    return value if value.isdecimal() else DEFAULT_WAIT
