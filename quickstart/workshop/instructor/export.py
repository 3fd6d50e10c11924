"""Export one participant's runs as files: readable as they are, and loadable into any MLflow."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress
from quickstart.runtime.process import SCRIPTS
from quickstart.server.store import exists, files_below, staging
from quickstart.state import files
from quickstart.system import signals
from quickstart.system.shell import count_of
from quickstart.workshop.classroom.roster import Seat
from quickstart.workshop.instructor import roster
from quickstart.workshop.instructor.archive import server_of
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.results import SeatExport
from quickstart.workshop.instructor.roster import plain

LOADER = "load_runs.py"
RUNS = "runs.json"
FORMAT = 1
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def export(workshop: Workshop, number: int, folder: Path | None, progress: Progress) -> SeatExport:
    """Export a participant's runs into a new folder atomically; the workshop may run meanwhile.

    `folder` is by default one named after the seat, in the working directory.

    Raises:
        QuickstartError: "no-such-seat", "nothing-recorded", "folder-exists", "unwritable", "database-damaged" or
            "database-locked".
    """
    found = {seat.seat: seat for seat in roster.seats(workshop.classroom)}
    if number not in found:
        raise QuickstartError(
            "no-such-seat", ExitCode.USAGE, name=workshop.name, seat=number, seats=max(found, default=0)
        )
    seat = found[number]
    destination = (folder or Path(f"{workshop.name}-seat-{number:02d}")).expanduser().absolute()
    if destination.exists():
        raise QuickstartError("folder-exists", ExitCode.USAGE, path=str(destination), seat=number, name=workshop.name)
    runs, left = roster.runs(workshop, seat), not_exported(workshop)
    if not runs:
        more = f"Not exported: {left[0]}." if len(left) > 1 else ""
        raise QuickstartError("nothing-recorded", seat=number, name=workshop.name, aside=more)
    with files.wrap_write_errors(destination), staging(destination.parent, destination.name) as aside:
        ready = files.private_folder(aside / "export")
        artifacts = _artifacts(workshop, runs, ready, progress)
        _write(workshop, seat, runs, ready, left)
        ready.rename(destination)
    return SeatExport(
        name=workshop.name,
        seat=number,
        participant=seat.name,
        folder=str(destination),
        loader=str(destination / LOADER),
        runs=len(runs),
        artifacts=artifacts,
        not_exported=left,
    )


def not_exported(workshop: Workshop) -> tuple[str, ...]:
    shared = roster.shared_runs(workshop)
    experiment = f'runs in the shared experiment "{workshop.experiment}", because their author is unknown'
    return (*((experiment,) if shared else ()), "traces and registered models")


def _artifacts(workshop: Workshop, runs: Iterable[dict[str, Any]], ready: Path, progress: Progress) -> int:
    """Copy the files of the runs and of their models; return the number of files."""
    kept, copied = server_of(workshop).artifacts, 0
    for run in runs:
        uri = str(run.pop("artifact_uri") or "")
        if not uri.startswith("mlflow-artifacts:/"):
            continue
        place = kept / uri.removeprefix("mlflow-artifacts:").lstrip("/")
        folder = ready / "artifacts" / _part(run["run_id"])
        copied += _copied(place, kept, folder, progress)
        for model, name in run["models"].items():
            models = place.parent.parent / "models" / model / "artifacts"
            copied += _copied(models, kept, folder / "models" / _part(name or model), progress)
    return copied


def _part(name: str) -> str:
    """Return a name as one part of a path; an archive can contain any name."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", name).strip(". ") or "_"


def _copied(source: Path, kept: Path, destination: Path, progress: Progress) -> int:
    """Copy the files below a folder, except links out of the store; return the number of files."""
    copied, inside = 0, os.path.realpath(kept)
    for path in files_below(source) if exists(source) else ():
        signals.raise_if_stopped()
        if not Path(os.path.realpath(path)).is_relative_to(inside):
            continue
        file = destination / path.relative_to(source)
        file.parent.mkdir(parents=True, exist_ok=True)
        progress("copying artifacts", file.name)
        shutil.copyfile(path, file)
        copied += 1
    return copied


def _write(workshop: Workshop, seat: Seat, runs: Sequence[dict[str, Any]], ready: Path, left: Sequence[str]) -> None:
    experiment = roster.own_name(workshop, seat)
    told = {"format": FORMAT, "class": workshop.title, "seat": seat.seat, "name": seat.name, "experiment": experiment}
    text = json.dumps({**told, "not_exported": left, "runs": runs}, indent=1, ensure_ascii=False)
    (ready / RUNS).write_text(text + "\n", encoding="utf-8")
    with (ready / "runs.csv").open("w", encoding="utf-8", newline="") as file:
        table = [_flat(run) for run in runs]
        columns = list(dict.fromkeys(column for row in table for column in row))
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows({column: _cell(value) for column, value in row.items()} for row in table)
    shutil.copyfile(SCRIPTS / LOADER, ready / LOADER)
    (ready / "README.md").write_text(_readme(workshop, seat, runs, left), encoding="utf-8")


def _flat(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run as a row, with the last value of each metric."""
    last = {f"metrics.{key}": _last(points) for key, points in run["metrics"].items()}
    own = {key: run[key] for key in ("run_id", "name", "experiment", "status", "start_time", "end_time")}
    return {**own, **{f"params.{key}": value for key, value in run["params"].items()}, **last}


def _last(points: Sequence[Mapping[str, Any]]) -> Any:
    return max(points, key=lambda point: (point["step"], point["timestamp"]))["value"]


def _cell(value: Any) -> Any:
    """Escape a value that a spreadsheet would run as a formula, but not numbers such as -1."""
    doubtful = isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not NUMBER.fullmatch(value)
    return f"'{value}" if doubtful else value


def _readme(workshop: Workshop, seat: Seat, runs: Sequence[Mapping[str, Any]], left: Sequence[str]) -> str:
    whose = f"seat {seat.seat}" + (f", {plain(seat.name)}" if seat.name else "")
    experiments = ", ".join(sorted({plain(str(run["experiment"])) for run in runs}))
    return f"""# {plain(workshop.title)}: {whose}

{count_of(len(runs), "run")} from your own experiments: {experiments}.
Not included: {"; ".join(plain(text) for text in left)}.

- `runs.csv`: one line per run with its parameters and the last value of each metric, for any spreadsheet
- `runs.json`: everything, with the history of each metric and the tags
- `artifacts/`: the files of each run, by its id
- `load_runs.py`: loads everything into your own MLflow

To load it into your own MLflow (Python with `mlflow` or `mlflow-skinny`; set MLFLOW_TRACKING_URI, or pass it):

    python load_runs.py
    python load_runs.py --tracking-uri http://127.0.0.1:5000

The runs go into experiments of the same names, or all into the one that you pass with `--experiment`.
Runs that were loaded before are skipped.
"""
