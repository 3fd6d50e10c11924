"""`quickstart preflight`: will this machine be ready for a class, and the file that says so."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from quickstart.diagnosis import proof
from quickstart.diagnosis.examine import examine, headline
from quickstart.diagnosis.explain import explain
from quickstart.diagnosis.finding import Finding
from quickstart.diagnosis.ground import Ground, diagnostics
from quickstart.errors import ExitCode, Fault
from quickstart.model import Outcome
from quickstart.next_steps import as_typed
from quickstart.watching import Progress, no_progress


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
        python: the target interpreter.
        keep: the file; by default proof.NAME in the working directory.
        progress: told what is at work.

    Raises:
        Fault: "proof-taken" where a file of somebody else's is there.
    """
    begun = time.monotonic()
    ground = Ground(python)
    where = proof.places(keep, ground.folder)
    # Asked for at once, so that nobody waits for it after something else.
    threading.Thread(target=_ask, args=(ground,), daemon=True).start()
    try:
        found = tuple(examine(diagnostics(ground), lambda one: one.look(ground), progress))
    finally:
        ground.close()
    target = ground.target if all(one.diagnostic.id != "python" or one.status == "ok" for one in found) else None
    versions = {
        "quickstart": version,
        "python": ".".join(map(str, target.version)) if target else None,
        "mlflow": target.mlflow if target else None,
        "system": sys.platform,
    }
    kept = proof.write(where, found, versions)
    return Preflight(found, time.monotonic() - begun, kept, ground.installed)


def _ask(ground: Ground) -> None:
    try:
        ground.index.answer()
    except Fault:  # a Python that does not run is told in its own row
        return


def outcome(examined: Preflight) -> Outcome:
    """Return what the contract shows of it."""
    findings = examined.findings
    counts = Counter(one.status for one in findings)
    first = headline(findings)
    summary = {status: counts[status] for status in ("ok", "warn", "fail", "skip")}
    data = {
        "checks": [one.shown for one in findings],
        "summary": {**summary, "headline": first.what if first else ""},
        "proof": str(examined.proof) if examined.proof else None,
        "seconds": round(examined.seconds, 4),
    }
    step = (next_step(examined),)
    if first is None or first.status != "fail" or first.fault is None:
        return Outcome("preflight", data, afterwards=step)
    return Outcome("preflight", data, explain(first.fault), ExitCode.CHECK_FAILED, afterwards=step)


def next_step(examined: Preflight) -> tuple[str, tuple[str, ...]]:
    """Return the one thing to do now, with its label."""
    if first := headline(examined.findings):
        return "Mend it" if first.status == "fail" else "Better still", (first.fix,)
    if examined.installed:
        return "Next", ("nothing: this machine is ready",)
    return "Next", (as_typed("quickstart --yes   installs MLflow now, so that class need not wait for it"),)
