"""`quickstart preflight`: will this machine be ready for a class, and the file that says so."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from quickstart.diagnosis.models import Finding
from quickstart.diagnosis.preflight_checks import PreflightContext, diagnostics
from quickstart.diagnosis.runner import headline, run_checks
from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.results import Outcome
from quickstart.state.files import write_json
from quickstart.state.paths import state_folder
from quickstart.system.shell import as_typed_here


@dataclass(frozen=True)
class Preflight:
    """What was looked at.

    Args:
        findings: a row for each diagnostic.
        seconds: how long it took.
        proof: the file that says so; None where none could be written.
        installed: whether MLflow is there already.
    """

    findings: tuple[Finding, ...]
    seconds: float
    proof: Path | None
    installed: bool


def preflight(
    version: str, *, python: str | None = None, keep: Path | None = None, progress: Progress = no_progress
) -> Preflight:
    """Find out whether this machine is ready for a class, and leave a file that says so.

    Args:
        version: of quickstart itself.
        python: the runtime's interpreter.
        keep: the file; by default proof.NAME in the working directory.
        progress: told what is at work.

    Raises:
        Fault: "proof-taken" where a file of somebody else's is there.
    """
    begun = time.monotonic()
    context = PreflightContext(python)
    where = places(keep, context.folder)
    # Asked for at once, so that nobody waits for it after something else.
    threading.Thread(target=_ask, args=(context,), daemon=True).start()
    try:
        found = tuple(run_checks(diagnostics(context), lambda one: one.run(context), progress))
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
    except QuickstartError:  # a Python that does not run is told in its own row
        return


def outcome(examined: Preflight) -> Outcome:
    """Return what the contract shows of it."""
    findings = examined.findings
    counts = Counter(one.status for one in findings)
    first = headline(findings)
    summary = {status: counts[status] for status in ("ok", "warn", "fail", "skip")}
    data = {
        "checks": [one.to_json() for one in findings],
        "summary": {**summary, "headline": first.what if first else ""},
        "proof": str(examined.proof) if examined.proof else None,
        "seconds": round(examined.seconds, 4),
    }
    step = (next_step(examined),)
    if first is None or first.status != "fail":
        return Outcome("preflight", data, next_steps=step)
    return Outcome("preflight", data, first.explanation, ExitCode.CHECK_FAILED, next_steps=step)


def next_step(examined: Preflight) -> tuple[str, tuple[str, ...]]:
    """Return the one thing to do now, with its label."""
    if first := headline(examined.findings):
        return "Fix" if first.status == "fail" else "Better still", tuple(filter(None, (first.command, first.note)))
    if examined.installed:
        return "Next", ("nothing: this machine is ready",)
    return "Next", (as_typed_here("quickstart --yes   installs MLflow now, so that class need not wait for it"),)


NAME = "quickstart-preflight.json"
MARK = "quickstart preflight"
MOST = 100_000  # bytes; none of ours is that long


def places(asked: Path | None, folder: Path) -> list[Path]:
    """Return where the file may go, the first choice first: never over a file of somebody else's.

    Args:
        asked: where the person wants it.
        folder: the working directory.

    Raises:
        Fault: "proof-taken" where what they want is another file.
    """
    first = folder / (asked.expanduser() if asked else NAME)
    if asked and not _free_or_ours(first):
        raise QuickstartError("proof-taken", ExitCode.USAGE, path=str(asked))
    return [one for one in (first, state_folder() / NAME) if _free_or_ours(one)]


def _free_or_ours(path: Path) -> bool:
    """Tell whether nothing is there, or a proof of ours, whole or not."""
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
    """Write it to the first place that takes it; return which, or None where none does.

    Args:
        where: as places() returns them.
        findings: what was found. Only their ids and codes are kept: their words may name the person, or the machine.
        versions: of whatever matters.
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
        # A folder that is gone is not made anew.
        if path.parent.is_dir() or path.parent == state_folder():
            with suppress(QuickstartError):
                write_json(path, value)
                return path
    return None
