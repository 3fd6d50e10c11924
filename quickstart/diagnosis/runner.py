"""Run checks in parallel as far as they are independent, each with a deadline; a crash is the result of one check."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence

from quickstart.diagnosis.models import Check, CheckResult, Finding
from quickstart.diagnosis.redact import allow_facts
from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.explain.investigate import investigate
from quickstart.explain.render import render
from quickstart.system import signals

TICK = 0.05  # seconds between two tests of the deadlines


def run_checks(
    checks: Sequence[Check],
    run: Callable[[Check], CheckResult],
    progress: Progress = no_progress,
    before: Sequence[Finding] = (),
) -> list[Finding]:
    """Run each check as soon as the checks that it needs passed; `before` holds earlier findings they may need."""
    found = {one.check.id: one for one in before}
    begun: dict[str, tuple[Check, float]] = {}
    done: queue.Queue[Finding] = queue.Queue()
    known = {one.id for one in checks}
    waiting = list(checks)
    while waiting or begun:
        signals.raise_if_stopped()
        for one in _ready(waiting, found, known):
            waiting.remove(one)
            if blocking := _blocking(one, found):
                found[one.id] = Finding(one, "skip", f"not reached, since {blocking} failed", behind=blocking)
                continue
            begun[one.id] = (one, time.monotonic())
            threading.Thread(target=lambda one=one: done.put(_run_check(one, run)), daemon=True).start()
        if not begun:
            continue
        progress("checking", ", ".join(begun))
        _take(done, begun, found)
    return [found[one.id] for one in checks]


def _ready(waiting: Sequence[Check], found: dict[str, Finding], known: set[str]) -> list[Check]:
    return [one for one in waiting if all(need in found for need in one.needs if need in known)]


def _blocking(one: Check, found: dict[str, Finding]) -> str | None:
    """Return the check whose failure blocks this one, if any: the first cause, not the last."""
    before = (found[need] for need in one.needs if need in found)
    return next((row.behind or row.check.id for row in before if row.behind or row.status == "fail"), None)


def _take(done: queue.Queue[Finding], begun: dict[str, tuple[Check, float]], found: dict[str, Finding]) -> None:
    """Collect the checks that are done, and give up those that are late."""
    try:
        finding = done.get(timeout=TICK)
        if finding.check.id in begun:  # else it timed out
            del begun[finding.check.id]
            found[finding.check.id] = finding
    except queue.Empty:
        pass
    for one, since in list(begun.values()):
        if time.monotonic() - since > one.seconds:
            del begun[one.id]
            found[one.id] = _explain_finding(
                one, QuickstartError("check-late", id=one.id, seconds=one.seconds), "warn", one.seconds
            )


def _run_check(one: Check, run: Callable[[Check], CheckResult]) -> Finding:
    begun = time.monotonic()
    try:
        seen = run(one)
    except QuickstartError as error:
        seen = CheckResult("fail", error=error)
    except Exception as crash:  # the other checks are still reported
        detail = f"{type(crash).__name__}: {crash}"
        seen = CheckResult("warn", error=QuickstartError("check-crashed", id=one.id, detail=detail))
    seconds = time.monotonic() - begun
    if seen.error is None:
        return Finding(one, seen.status, seen.words, seconds=seconds)
    return _explain_finding(one, seen.error, seen.status, seconds)


def _explain_finding(one: Check, error: QuickstartError, status: str, seconds: float) -> Finding:
    error = allow_facts(investigate(error))
    try:
        words = render(error)
    except Exception as crash:  # the message needs a fact that the error lacks
        detail = f"{error.code}: {type(crash).__name__}: {crash}"
        words = render(QuickstartError("check-crashed", id=one.id, detail=detail))
    return Finding(
        one,
        "fail" if status == "fail" else "warn",
        words.what,
        words.why,
        words.command,
        words.note,
        words.docs,
        seconds=seconds,
        error=error,
    )


def headline(findings: Sequence[Finding]) -> Finding | None:
    """Return the cause, which is the first failure; else the first warning; else None."""
    for status in ("fail", "warn"):
        for one in findings:
            if one.status == status:
                return one
    return None
