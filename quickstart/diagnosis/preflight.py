"""`quickstart preflight`: whether this machine is ready for a workshop, and the result file."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from quickstart.diagnosis.models import Finding, PreflightResult, to_row
from quickstart.diagnosis.preflight_checks import PreflightContext, preflight_checks
from quickstart.diagnosis.runner import headline, run_checks
from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.results import Outcome
from quickstart.state.files import state_folder, write_json
from quickstart.system.shell import as_typed_here


@dataclass(frozen=True)
class Preflight:
    """The results of preflight; `proof` is the result file, None if it could not be written."""

    findings: tuple[Finding, ...]
    seconds: float
    proof: Path | None
    installed: bool


def preflight(
    version: str, *, python: str | None = None, keep: Path | None = None, progress: Progress = no_progress
) -> Preflight:
    """Check whether this machine is ready for a workshop, and write the result file.

    Args:
        version: of quickstart itself.
        keep: the file; by default NAME in the working directory.

    Raises:
        QuickstartError: "proof-taken" if another file exists there.
    """
    begun = time.monotonic()
    context = PreflightContext(python)
    where = places(keep, context.folder)
    # Started first, since it takes longest.
    threading.Thread(target=_ask, args=(context,), daemon=True).start()
    try:
        found = tuple(run_checks(preflight_checks(context), lambda one: one.run(context), progress))
    finally:
        context.close()
    runtime = context.runtime if all(one.check.id != "python" or one.status == "ok" for one in found) else None
    versions = {
        "quickstart": version,
        "python": ".".join(map(str, runtime.version)) if runtime else None,
        "mlflow": runtime.mlflow if runtime else None,
        "system": sys.platform,
    }
    kept = write(where, found, versions)
    return Preflight(found, time.monotonic() - begun, kept, context.installed)


def _ask(context: PreflightContext) -> None:
    try:
        context.index.answer()
    except QuickstartError:  # a broken Python has a check of its own
        return


def outcome(examined: Preflight) -> Outcome:
    first = headline(examined.findings)
    result = PreflightResult(
        checks=tuple(map(to_row, examined.findings)),
        headline=first.what if first else "",
        proof=str(examined.proof) if examined.proof else None,
        seconds=examined.seconds,
    )
    step = (next_step(examined),)
    if first is None or first.status != "fail":
        return Outcome("preflight", result, next_steps=step)
    return Outcome("preflight", result, first.explanation, ExitCode.CHECK_FAILED, next_steps=step)


def next_step(examined: Preflight) -> tuple[str, tuple[str, ...]]:
    if first := headline(examined.findings):
        return "Fix" if first.status == "fail" else "Recommended", tuple(filter(None, (first.command, first.note)))
    if examined.installed:
        return "Next", ("Nothing; this machine is ready.",)
    return "Next", (as_typed_here("quickstart --yes   installs MLflow before the workshop"),)


NAME = "quickstart-preflight.json"
MARK = "quickstart preflight"
MOST = 100_000  # bytes; none of ours is that long


def places(asked: Path | None, folder: Path) -> list[Path]:
    """Return where the file can go, the first choice first; other files are never overwritten.

    Raises:
        QuickstartError: "proof-taken" if the requested path is another file.
    """
    first = folder / (asked.expanduser() if asked else NAME)
    if asked and not _free_or_ours(first):
        raise QuickstartError("proof-taken", ExitCode.USAGE, path=str(asked))
    return [one for one in (first, state_folder() / NAME) if _free_or_ours(one)]


def _free_or_ours(path: Path) -> bool:
    try:
        if not path.exists():
            return True
        if not path.is_file() or path.stat().st_size > MOST:
            return False
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(value, dict) and value.get("proof") == MARK


def write(where: Sequence[Path], findings: Sequence[Finding], versions: Mapping[str, str | None]) -> Path | None:
    """Write the result file to the first place that works; return which, or None.

    Only ids and codes of the findings are written: their words may name the person or the machine.
    """
    failed = any(one.status == "fail" for one in findings)
    value = {
        "proof": MARK,
        "schema": 1,
        "result": "FAIL" if failed else "PASS",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": dict(versions),
        "checks": [
            {"id": one.check.id, "status": one.status, "code": one.error.code if one.error else ""} for one in findings
        ],
    }
    for path in where:
        # A deleted folder is not created again.
        if path.parent.is_dir() or path.parent == state_folder():
            with suppress(QuickstartError):
                write_json(path, value)
                return path
    return None
