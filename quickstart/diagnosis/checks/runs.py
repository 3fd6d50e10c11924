"""Checks on the experiment that runs would go to, on its runs, and on where their files go; nothing is written."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from quickstart.diagnosis.context import Context, read_answer
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.methods.server.check import LOCAL_PATH
from quickstart.methods.server.membership import naming
from quickstart.runtime.find import installed_versions
from quickstart.system.shell import quoted

NO_SERVER = "no server is used: MLflow opens the files itself"
ID, NAME = "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"
DEFAULT = "0"  # the id of the experiment that runs go to where none is named
RECENT = 7 * 24 * 3600  # seconds
LOOKED_AT = 50  # experiments among which the newest run is looked for
SHOWN = 5  # runs that are counted
# scheme of an artifact store: the package that MLflow's client writes to it with, and what to install
DRIVERS = {
    "s3": ("boto3", "boto3"),
    "gs": ("google-cloud-storage", "google-cloud-storage"),
    "wasbs": ("azure-storage-blob", "azure-storage-blob azure-identity"),
    "abfss": ("azure-storage-file-datalake", "azure-storage-file-datalake azure-identity"),
}


@dataclass(frozen=True)
class ExperimentChoice:
    """The experiment that runs would go to.

    Args:
        words: what names it, such as "MLFLOW_EXPERIMENT_NAME in this shell"; "" if nothing does.
        name: "" if it is given by its id.
        found: as the server has it.
    """

    words: str
    name: str
    found: dict[str, Any] | None

    @property
    def id(self) -> str:
        return str(self.found["experiment_id"]) if self.found else ""


def chosen_experiment(context: Context) -> ExperimentChoice:
    """Return the experiment that runs would go to, as MLflow finds it.

    Source: mlflow.tracking.fluent._get_experiment_id_from_env of 3.17: a name goes before an id.

    Raises:
        QuickstartError: "experiment-relative", "experiment-missing", "experiment-contradicted", or from the server.
    """
    if context.experiment:
        return _by_name(context, str(context.check.experiment_name), "--experiment")
    of_connection = context.saved.env.get(NAME) if context.saved and context.origin.source == "connection" else None
    if of_connection and not any(context.environment.get(variable) for variable in (ID, NAME)):
        return _by_name(context, of_connection, "the connection")
    if context.check.names_are_paths and not any(context.environment.get(variable) for variable in (ID, NAME)):
        return ExperimentChoice("", "", None)  # there is no Default
    number, name = context.environment.get(ID, ""), context.environment.get(NAME, "")
    if name:
        found = _by_name(context, name, f"{NAME} in this shell")
        if number and found.found and number != found.id:
            raise QuickstartError("experiment-contradicted", number=number, name=name, other=found.id)
        return found
    if number:
        found_by_id = _by_id(context, number)
        if found_by_id is None:
            raise QuickstartError("experiment-missing", number=number, url=context.check.place.uri)
        return ExperimentChoice(f"{ID} in this shell", "", found_by_id)
    return ExperimentChoice("", "", _by_id(context, DEFAULT))


def _by_name(context: Context, name: str, words: str) -> ExperimentChoice:
    if context.check.names_are_paths and not name.startswith("/"):
        path = f"{context.check.folder}/{name}"
        raise QuickstartError("experiment-relative", name=name, words=words, better=path, url=context.check.place.uri)
    return ExperimentChoice(words, name, context.experiment_named(name))


def _by_id(context: Context, number: str) -> dict[str, Any] | None:
    try:
        return dict(context.call("GET", "experiments/get", experiment_id=number)["experiment"])
    except QuickstartError as error:
        if error.facts.get("status") in (400, 404):  # there is none; or it is no number
            return None
        raise


def experiment(context: Context) -> CheckResult:
    if context.is_store:
        return skip(NO_SERVER)
    place = chosen_experiment(context)
    if place.found is None:
        return ok(f'the first run creates "{place.name}"' if place.name else "no experiment is set")
    name = str(place.found["name"])
    if place.found.get("lifecycle_stage") == "deleted":
        facts: dict[str, Any] = {"url": context.check.place.uri, "experiment": place.id, "name": name}
        if not place.words:  # a script that names another one works
            return warn("default-deleted", **facts)
        raise QuickstartError("experiment-deleted", words=place.words, **facts)
    if context.experiment and (other := _elsewhere(context, place)):
        return warn("experiment-elsewhere", looked_at=name, name=other[0], variable=other[1])
    why = f", set by {place.words}" if place.words else "; none is set"
    return ok(f'runs go to "{name}"{why}{naming(context.check.place.uri)}')


def _elsewhere(context: Context, looked_at: ExperimentChoice) -> tuple[str, str] | None:
    """Return the experiment that this shell's variables name, and the variable, if it is another one."""
    for variable in (NAME, ID):
        value = context.environment.get(variable)
        if not value:
            continue
        found = context.experiment_named(value) if variable == NAME else _by_id(context, value)
        return (str(found["name"]), variable) if found and str(found["experiment_id"]) != looked_at.id else None
    return None


def runs(context: Context) -> CheckResult:
    """Count the runs that a person would see, and find out whether they are elsewhere."""
    if context.is_store:
        return skip(NO_SERVER)
    place = chosen_experiment(context)
    found = _newest(context, [place.id], SHOWN) if place.found else []
    if found:
        many = f"{SHOWN} or more" if len(found) == SHOWN else str(len(found))
        return ok(f"{many} in the experiment")
    others = _others(context, place.id)
    newest = _newest(context, list(others), 1) if others else []
    if not newest:
        return ok("no experiment has runs yet")
    other = others[str(newest[0]["info"]["experiment_id"])]
    age = time.time() - float(newest[0]["info"].get("start_time", 0)) / 1000
    if place.words and place.found and age < RECENT:
        name = str(place.found["name"])
        return warn(
            "runs-in-another", url=context.check.place.uri, name=name, other=other, words=place.words, ago=_ago(age)
        )
    return ok(f'no runs yet; the newest run is in "{other}", {_ago(age)} ago')


def _newest(context: Context, experiments: list[str], most: int) -> list[dict[str, Any]]:
    order = ["attributes.start_time DESC"]
    answer = context.call("POST", "runs/search", experiment_ids=experiments, max_results=most, order_by=order)
    return list(answer.get("runs", []))


def _others(context: Context, but: str) -> dict[str, str]:
    answer = context.call("GET", "experiments/search", max_results=LOOKED_AT)
    found = {str(one["experiment_id"]): str(one["name"]) for one in answer.get("experiments", [])}
    return {number: name for number, name in found.items() if number != but}


def _ago(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def artifact(context: Context) -> CheckResult:
    """Find out where artifacts would go, and whether this machine can write there."""
    if context.is_store:
        return skip(NO_SERVER)
    place = chosen_experiment(context)
    location = str((place.found or {}).get("artifact_location", ""))
    if not location:
        return skip("the experiment does not exist yet")
    scheme = location.partition(":")[0]
    if LOCAL_PATH.match(location):
        return _into_a_folder(context, location, str((place.found or {}).get("name")))
    if scheme in DRIVERS:
        return _by_driver(context, location, *DRIVERS[scheme])
    return ok("files go through the server" if scheme == "mlflow-artifacts" else f"files go to {location}")


def _into_a_folder(context: Context, location: str, name: str) -> CheckResult:
    """Check whether this machine can write to a path that the server hands out."""
    if context.check.place.local and _writable(_path(location)):
        return ok(f"files go to {location}, on this machine")
    other = f"quickstart verify {quoted(context.check.place.uri)} --experiment {quoted(f'{name}-2')}"
    raise QuickstartError("artifact-path", url=context.check.place.uri, path=location, experiment=name, again=other)


def _path(location: str) -> Path:
    text = unquote(urlsplit(location).path) if location.startswith("file:") else location
    return Path(re.sub(r"^/(?=[A-Za-z]:)", "", text))


def _writable(path: Path) -> bool:
    there = next((one for one in (path, *path.parents) if one.exists()), None)
    # A server in a container names a path of the container: here not even its first folder is there.
    return there is not None and len(there.parts) > 1 and os.access(there, os.W_OK)


def _by_driver(context: Context, location: str, package: str, needed: str) -> CheckResult:
    try:
        runtime = context.runtime
        there = installed_versions(runtime, package)[package]
    except QuickstartError:  # a Python that does not run has a row of its own
        return skip(f"files go to {location}; the Python environment does not work")
    if there is None:
        raise QuickstartError(
            "artifact-driver", location=location, package=package, needed=needed, python=str(runtime.python)
        )
    return ok(f"files go to {location}, with {package} {there}")


CHECKS: tuple[Check, ...] = (
    Check(
        "experiment",
        "experiment",
        "the experiment accepts runs",
        partial(read_answer, experiment),
        symptoms=(14, 20, 32, 35),
        needs=("auth",),
        seconds=13,
    ),
    Check(
        "runs",
        "runs",
        "the experiment has runs",
        partial(read_answer, runs),
        symptoms=(4, 31, 35),
        needs=("experiment",),
        seconds=13,
    ),
    Check(
        "artifact",
        "artifacts",
        "this machine can write artifacts",
        partial(read_answer, artifact),
        symptoms=(10, 11, 41),
        needs=("experiment",),
        seconds=40,
    ),
)
