"""All checks in the order of their dependencies: the first failure is the cause of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from quickstart.diagnosis.checks import machine, python, server, settings, stages, stores
from quickstart.diagnosis.context import Context
from quickstart.diagnosis.models import LAYERS, Check, CheckResult, Finding, skip
from quickstart.errors import ExitCode, QuickstartError

ALL: tuple[Check, ...] = tuple(
    sorted(
        (
            *machine.CHECKS,
            *python.CHECKS,
            *settings.CHECKS,
            *stores.CHECKS,
            *stages.CHECKS,
            *server.CHECKS,
            *stages.WRITING,
        ),
        key=lambda one: LAYERS.index(one.layer),  # stable: within a layer the order is the one above
    )
)


def select_checks(only: Iterable[str], *, deep: bool, write: bool) -> list[Check]:
    """Return the checks to run, one for each id.

    Args:
        only: ids, which include the checks that they need; none for all.
        deep: include those that import MLflow or run pip; a given id always runs.
        write: include those that write; without it, they are skipped or replaced by one that only reads.

    Raises:
        QuickstartError: "unknown-check"; "check-writes" for one that writes without `write`.
    """
    by_id: dict[str, Check] = {}
    for one in ALL:
        if write or not one.writes:
            by_id[one.id] = one
        elif one.id not in by_id:
            by_id[one.id] = replace(one, run=_not_asked_for, needs=("auth",))
    wanted = set(only)
    if unknown := sorted(wanted - by_id.keys()):
        raise QuickstartError("unknown-check", ExitCode.USAGE, name=unknown[0], known=", ".join(by_id))
    for name in sorted(wanted):
        if by_id[name].run is _not_asked_for:
            raise QuickstartError("check-writes", ExitCode.USAGE, id=name)
    if wanted:
        return _with_needs(wanted, by_id)
    return [one for one in by_id.values() if deep or not one.deep]


def _not_asked_for(context: Context) -> CheckResult:
    return skip("it would log a run; pass --write")


def _with_needs(wanted: set[str], by_id: dict[str, Check]) -> list[Check]:
    needed, waiting = set(wanted), list(wanted)
    while waiting:
        further = {need for need in by_id[waiting.pop()].needs if need in by_id} - needed
        needed |= further
        waiting += further
    return [one for one in by_id.values() if one.id in needed]


def deep_checks() -> list[Check]:
    return [one for one in ALL if one.deep and not one.writes]


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    place = {one.id: number for number, one in reversed(list(enumerate(ALL)))}
    return sorted(findings, key=lambda one: place[one.check.id])
