"""Ids of others: whoever learns one reads, changes and takes over nothing by it. Traces, models, datasets, registry."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.real.workshop.classroom.workshop_server import Answer, Participant, WorkshopServer

OLD, NEW = "/api/2.0/mlflow", "/api/3.0/mlflow"
NOTE = {
    "assessment_name": "quality",
    "source": {"source_type": "HUMAN", "source_id": "x"},
    "create_time": "2026-01-01T00:00:00Z",
    "last_update_time": "2026-01-01T00:00:00Z",
    "feedback": {"value": 1},
}


class Things:
    """What a seat has of each kind, by the names of the ids."""

    def __init__(self, seat: Participant) -> None:
        self.seat = seat
        self.run = seat.run()
        self.trace = f"tr-{secrets.token_hex(16)}"
        assert start_trace(seat, self.trace, {"question": "own-words"}).status == 200
        noted = seat.ask("POST", f"{NEW}/traces/{self.trace}/assessments", {"assessment": NOTE})
        self.note = str(noted.json["assessment"]["assessment_id"])
        model = seat.api("logged-models", {"experiment_id": seat.experiment, "name": "own-words"})
        self.model = str(model.json["model"]["info"]["model_id"])
        self.registered = f"own-words-{secrets.token_hex(4)}"
        assert seat.api("registered-models/create", {"name": self.registered}).status == 200
        source = {"name": self.registered, "source": f"runs:/{self.run}/m", "run_id": self.run}
        assert seat.api("model-versions/create", source).status == 200
        asked = {"name": self.registered, "experiment_ids": [seat.experiment]}
        dataset = seat.ask("POST", f"{NEW}/datasets/create", asked)
        self.dataset = str(dataset.json["dataset"]["dataset_id"])

    def filled(self, text: str, theirs: Things) -> str:
        """Return a text with {my_...} and {...} as the ids of these things and of theirs."""
        mine = {f"my_{key}": value for key, value in self.named().items()}
        return text.format(**mine, **theirs.named())

    def named(self) -> dict[str, str]:
        return {**{k: v for k, v in vars(self).items() if isinstance(v, str)}, "experiment": self.seat.experiment}


def start_trace(seat: Participant, trace: str, tags: dict[str, str]) -> Answer:
    info = {
        "trace_id": trace,
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": seat.experiment},
        },
        "request_time": "2026-01-01T00:00:00Z",
        "state": "OK",
        "trace_metadata": {},
        "tags": tags,
    }
    return seat.ask("POST", f"{NEW}/traces", {"trace": {"trace_info": info}})


def span(seat: Participant, trace: str, name: str, **headers: str) -> Answer:
    """Send a span the way OpenTelemetry does."""
    one = {"traceId": trace, "spanId": secrets.token_hex(8), "name": name}
    times = {"startTimeUnixNano": "1", "endTimeUnixNano": "2"}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{**one, **times}]}]}]}
    return seat.ask("POST", "/v1/traces", body, x_mlflow_experiment_id=headers.get("experiment") or seat.experiment)


@pytest.fixture(scope="module")
def ada(workshop: WorkshopServer) -> Things:
    return Things(workshop.sit("Ada"))


@pytest.fixture(scope="module")
def ben(workshop: WorkshopServer) -> Things:
    return Things(workshop.sit("Ben"))


LOCATION = '{{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {{"experiment_id": "{experiment}"}}}}'
READING = [
    f"GET {NEW}/traces/{{trace}}",
    f"GET {NEW}/traces/get?trace_id={{trace}}",
    f"GET {NEW}/traces/batchGet?trace_ids={{my_trace}}&trace_ids={{trace}}",
    f"GET {OLD}/traces/{{trace}}/info",
    f"GET {OLD}/traces/{{my_trace}}/info?request_id={{trace}}",
    f"GET {OLD}/traces?experiment_ids={{experiment}}",
    "GET /ajax-api/3.0/mlflow/get-trace-artifact?request_id={trace}",
    f"GET {NEW}/traces/{{trace}}/assessments/{{note}}",
    f"GET {NEW}/traces/{{my_trace}}/assessments/{{note}}",
    f"GET {OLD}/logged-models/{{model}}",
    f"GET {OLD}/logged-models/{{my_model}}?model_id={{model}}",
    f"GET {OLD}/logged-models/{{model}}/artifacts/directories",
    "GET /ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path=x",
    f"GET {NEW}/datasets/{{dataset}}",
    f"GET {NEW}/datasets/{{my_dataset}}?dataset_id={{dataset}}",
    f"GET {NEW}/datasets/{{dataset}}/records",
    f"GET {NEW}/datasets/{{dataset}}/experiment-ids",
    f"GET {OLD}/registered-models/get?name={{registered}}",
    f"GET {OLD}/model-versions/get?name={{registered}}&version=1",
    f"GET {OLD}/model-versions/get-download-uri?name={{registered}}&version=1",
    "GET /model-versions/get-artifact?name={registered}&version=1&path=x",
    f"GET {OLD}/unified-traces?experiment_ids={{experiment}}",
]
WRITING = [
    (f"POST {NEW}/traces/search", f'{{{{"locations": [{LOCATION}]}}}}'),
    (f"POST {NEW}/traces/batchGetInfos", '{{"trace_ids": ["{trace}"]}}'),
    (f"POST {NEW}/traces/delete-traces", '{{"experiment_id": "{experiment}", "request_ids": ["{trace}"]}}'),
    (f"PATCH {NEW}/traces/{{trace}}/tags", '{{"key": "a", "value": "b"}}'),
    (f"PATCH {OLD}/traces/{{trace}}", '{{"timestamp_ms": 1, "status": "ERROR"}}'),
    (f"PATCH {OLD}/traces/{{my_trace}}", '{{"request_id": "{trace}", "timestamp_ms": 1, "status": "ERROR"}}'),
    (f"POST {OLD}/traces/link-to-run", '{{"trace_ids": ["{trace}"], "run_id": "{my_run}"}}'),
    (
        f"POST {NEW}/traces/{{trace}}/assessments",
        json.dumps({"assessment": NOTE}).replace("{", "{{").replace("}", "}}"),
    ),
    (f"DELETE {NEW}/traces/{{trace}}/assessments/{{note}}", ""),
    (f"PATCH {OLD}/logged-models/{{model}}", '{{"status": "LOGGED_MODEL_READY"}}'),
    (f"PATCH {OLD}/logged-models/{{my_model}}", '{{"model_id": "{model}", "status": "LOGGED_MODEL_READY"}}'),
    (f"PATCH {OLD}/logged-models/{{my_model}}", '{{"modelId": "{model}", "status": "LOGGED_MODEL_READY"}}'),
    (f"PATCH {OLD}/logged-models/{{model}}/tags", '{{"tags": [{{"key": "a", "value": "b"}}]}}'),
    (f"DELETE {OLD}/logged-models/{{model}}", ""),
    (f"POST {OLD}/runs/outputs", '{{"run_id": "{my_run}", "models": [{{"model_id": "{model}", "step": 0}}]}}'),
    (f"POST {OLD}/model-versions/create", '{{"name": "{my_registered}", "source": "models:/{model}"}}'),
    (f"POST {OLD}/model-versions/create", '{{"name": "{my_registered}", "source": "models:/{registered}/1"}}'),
    (
        f"POST {OLD}/model-versions/create",
        '{{"name": "{my_registered}", "run_id": "{my_run}", "source": "mlflow-artifacts:/{experiment}/{run}/x"}}',
    ),
    (f"POST {NEW}/datasets/{{dataset}}/records", '{{"records": "[]"}}'),
    (f"POST {NEW}/datasets/{{my_dataset}}/records", '{{"dataset_id": "{dataset}", "records": "[]"}}'),
    (f"POST {NEW}/datasets/{{dataset}}/add-experiments", '{{"experiment_ids": ["{my_experiment}"]}}'),
    (f"POST {NEW}/datasets/{{my_dataset}}/add-experiments", '{{"experiment_ids": ["{experiment}"]}}'),
    (f"POST {NEW}/datasets/search", '{{"experiment_ids": ["{experiment}"]}}'),
    (f"DELETE {NEW}/datasets/{{dataset}}", ""),
    (f"PATCH {OLD}/registered-models/update", '{{"name": "{registered}", "description": "x"}}'),
    (f"POST {OLD}/registered-models/rename", '{{"name": "{registered}", "new_name": "x"}}'),
    (f"POST {OLD}/registered-models/alias", '{{"name": "{registered}", "alias": "a", "version": "1"}}'),
    (f"POST {OLD}/model-versions/transition-stage", '{{"name": "{registered}", "version": "1", "stage": "Staging"}}'),
    (f"DELETE {OLD}/registered-models/delete", '{{"name": "{registered}"}}'),
]


@pytest.mark.parametrize("asked", READING)
def test_nothing_is_read_by_anothers_id(ada: Things, ben: Things, asked: str) -> None:
    reads_nothing(ada, ben, asked)


def reads_nothing(ada: Things, ben: Things, asked: str) -> None:
    method, path = ada.filled(asked, ben).split(" ", 1)
    answer = ada.seat.ask(method, path)
    assert answer.status in (400, 403, 404), answer.content
    assert b"own-words" not in answer.content.replace(ada.registered.encode(), b"")


@pytest.mark.parametrize(("asked", "body"), WRITING)
def test_nothing_is_changed_by_anothers_id(ada: Things, ben: Things, asked: str, body: str) -> None:
    changes_nothing(ada, ben, asked, body)


def changes_nothing(ada: Things, ben: Things, asked: str, body: str) -> None:
    method, path = ada.filled(asked, ben).split(" ", 1)
    content: Any = json.loads(ada.filled(body, ben)) if body else None
    answer = ada.seat.ask(method, path, content)
    assert answer.status in (400, 403, 404), answer.content


def test_a_trace_is_not_taken_over_by_starting_it_again(ada: Things, ben: Things) -> None:
    assert start_trace(ada.seat, ben.trace, {"mine": "now"}).status == 403
    kept = ben.seat.ask("GET", f"{NEW}/traces/{ben.trace}").json["trace"]["trace_info"]
    assert kept["tags"]["question"] == "own-words"
    assert "mine" not in kept["tags"]


def test_ones_own_trace_may_be_started_again(ada: Things) -> None:
    assert start_trace(ada.seat, ada.trace, {"question": "own-words"}).status == 200


def test_spans_do_not_come_into_anothers_trace(ada: Things, ben: Things) -> None:
    sends_no_spans(ada, ben)


def sends_no_spans(ada: Things, ben: Things) -> None:
    trace = secrets.token_hex(16)
    assert span(ben.seat, trace, "bens").status == 200
    assert span(ben.seat, trace, "second").status == 200
    assert span(ada.seat, trace, "adas").status == 403
    assert span(ada.seat, trace, "adas", experiment=ben.seat.experiment).status == 403
    kept = ben.seat.ask("GET", f"{NEW}/traces/get?trace_id=tr-{trace}")
    assert kept.status == 200
    assert b"second" in kept.content
    assert b"adas" not in kept.content
    assert ada.seat.ask("GET", f"{NEW}/traces/get?trace_id=tr-{trace}").status == 403


TAG = {"key": "mlflow.artifactLocation", "value": "file:///etc"}


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        (f"POST {OLD}/experiments/create", {"name": "mine-all-mine", "artifact_location": "file:///etc"}),
        (f"PATCH {NEW}/traces/{{my_trace}}/tags", TAG),
        (f"PATCH {OLD}/traces/{{my_trace}}", {"timestamp_ms": 1, "status": "OK", "tags": [TAG]}),
    ],
)
@pytest.mark.parametrize("layers", [0, 1, 2], ids=["plain", "text within JSON", "text within text"])
def test_no_body_names_a_place_on_the_server(
    ada: Things, ben: Things, asked: str, body: dict[str, Any], layers: int
) -> None:
    content = json.dumps(body)
    for _ in range(layers):  # MLflow decodes once more what old clients encoded twice
        content = json.dumps(content)
    method, path = ada.filled(asked, ben).split(" ", 1)
    answer = ada.seat.ask(method, path, content.encode(), Content_Type="application/json")
    assert (answer.status, answer.code) == (403, "closed-for-seats")
