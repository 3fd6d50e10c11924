"""MLflow's REST API at a workspace's address: a real MLflow server, whose runs keep files where a workspace does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from tests.standins.azureml.state import SCOPE, Workspace
from tests.standins.databricks.tracking import Server
from tests.standins.databricks.wire import Answer, Call, as_json

PATH = re.compile(r"/mlflow/v[12]\.0" + re.escape(SCOPE) + r"(?P<api>/api/2\.0/mlflow/.+)")


def pass_on(place: Workspace, call: Call, server: Server) -> Answer:
    """Answer one call of MLflow's API."""
    found = PATH.fullmatch(call.path)
    # A workspace does not know MLflow 3's logged models (Azure/azure-sdk-for-python#44896); wording unverified.
    if found is None or "/logged-models" in call.path:
        return as_json({"error": {"code": "UserError", "message": f"No such route: {call.path}"}}, 404)
    answer = server.ask(replace(call, path=found["api"]), call.body)
    try:
        content = json.loads(answer.body)
    except ValueError:
        return answer
    return Answer(answer.status, json.dumps(_located(place, content)).encode(), answer.headers)


def _located(place: Workspace, value: Any) -> Any:
    """Return an answer in which runs keep their files where the plugin's artifact store takes over."""
    if isinstance(value, list):
        return [_located(place, one) for one in value]
    if not isinstance(value, dict):
        return value
    value = {key: _located(place, one) for key, one in value.items()}
    if "artifact_uri" in value and "run_id" in value:
        where = f"experiments/{value['experiment_id']}/runs/{value['run_id']}/artifacts"
        value["artifact_uri"] = f"azureml://{place.host}/mlflow/v2.0{SCOPE}/{where}"
    return value
