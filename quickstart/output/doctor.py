"""What doctor and preflight found, as a person reads it, and as a notebook or script has it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.text import Text

from quickstart.diagnosis.models import LAYERS, CheckRow, ChecksResult, DoctorResult, PreflightResult
from quickstart.output.banner import verdict
from quickstart.output.console import (
    Screen,
    draw_fix,
    draw_hanging,
    draw_labelled,
    draw_line,
    draw_marked,
    escape_text,
    shorten_home,
)
from quickstart.results import NextSteps
from quickstart.system.shell import as_typed_here, count_of

STATUSES = ("ok", "warn", "fail")


def draw_doctor(screen: Screen, data: DoctorResult, *, verbose: bool) -> None:
    """Draw the result of the doctor: the cause first, then what else is wrong; with `verbose`, every check."""
    console = screen.out
    screen.narration.print()
    draw_line(console, Text(data.tracking_uri, "bold"), copyable=True)
    draw_line(console, data.words, indent=2)
    console.print()
    rows = data.checks
    cause = next((row for status in ("fail", "warn") for row in rows if row.status == status), None)
    if cause:
        _draw_problem(screen, cause)
    else:
        draw_marked(screen, console, "ok", "All checks passed.")
    console.print()
    if verbose:
        _draw_checks(screen, rows)
    else:
        draw_line(console, _counts(screen, rows), indent=2)
        for row in rows:
            if row.status in ("warn", "fail") and row is not cause:
                _draw_problem(screen, row, briefly=True)
    fixable = sum(row.fixable for row in rows)
    if fixable and data.fixes is None:
        draw_line(console, as_typed_here(f"quickstart doctor --fix   can fix {count_of(fixable, 'problem')}"))
    if not verbose:
        draw_line(console, f"{data.seconds:.1f} s.", as_typed_here(DETAILS))
    if data.report:
        draw_labelled(console, "Report", data.report)


DETAILS = "All checks: quickstart doctor --verbose. To share: quickstart doctor --report report.txt"


def _draw_problem(screen: Screen, row: CheckRow, *, briefly: bool = False) -> None:
    console = screen.out
    text = Text.assemble(shorten_home(row.what), "  ", (row.code or row.id, "dim"))
    draw_hanging(console, screen.mark(row.status, console), text)
    if not row.why:
        return
    if not briefly:
        draw_line(console, shorten_home(row.why), indent=4)
    draw_fix(console, "Fix", row.command, row.note)
    if not briefly:
        draw_labelled(console, "More", row.docs)


def _counts(screen: Screen, rows: Sequence[CheckRow]) -> Text:
    """Return the number of checks by layer and status, and how many were not reached."""
    parts = []
    for layer, group in groupby(rows, key=lambda row: row.layer):
        statuses = [row.status for row in group]
        counts = [(status, statuses.count(status)) for status in STATUSES if status in statuses]
        if counts:
            marks = (Text.assemble(screen.mark(status, screen.out), f" {count}") for status, count in counts)
            parts.append(Text(" ").join([Text(layer), *marks]))
    text = Text("   ").join(parts)
    unreached = sum(row.what.startswith("not reached") for row in rows)
    return Text.assemble(text, f"   ({unreached} not reached)" if unreached else "")


def _draw_checks(screen: Screen, rows: Sequence[CheckRow]) -> None:
    wide = max(len(row.id) for row in rows) + 2
    for layer in LAYERS:
        group = [row for row in rows if row.layer == layer]
        if group:
            draw_line(screen.out, Text(layer, "bold"))
        for row in group:
            draw_marked(screen, screen.out, row.status, f"{row.id:<{wide}}{shorten_home(row.what)}", row.seconds)
            draw_fix(screen.out, "", row.command, row.note)


def draw_checks_list(screen: Screen, result: ChecksResult) -> None:
    for layer, group in groupby(result.checks, key=lambda row: row.layer):
        draw_line(screen.out, Text(layer, "bold"))
        for row in group:
            when = " (--deep)" if row.deep else ""
            draw_labelled(screen.out, row.id, f"whether {row.asks}{when}", copyable=False)


def draw_preflight(screen: Screen, data: PreflightResult, next_steps: NextSteps) -> None:
    console, rows = screen.out, data.checks
    cause = next((row for status in ("fail", "warn") for row in rows if row.status == status), None)
    wide = max(len(row.id) for row in rows) + 2
    for row in rows:
        draw_marked(screen, console, row.status, f"{row.id:<{wide}}{shorten_home(row.what)}")
        if cause and row.id == cause.id:  # its fix is the next step, at the end
            draw_line(console, shorten_home(row.why), indent=4)
        else:
            draw_fix(console, "", row.command, row.note)
    if proof := data.proof:
        draw_labelled(console, "Result", _shorten_path(proof))
    console.print()
    failed = any(row.status == "fail" for row in rows)
    verdict(screen, "FAIL" if failed else "PASS", "fail" if failed else "ok")
    console.print()
    for label, lines in next_steps:
        draw_labelled(console, label, *lines)


def _shorten_path(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (OSError, ValueError):
        return shorten_home(path)


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found; a notebook shows it, and bool() of it tells whether all checks passed.

    Args:
        tracking_uri: the URI that was checked, without secrets.
        words: where that URI comes from.
        ok: whether no check failed; there can be warnings.
        headline: the cause of the failures, else the first warning, else "".
        checks: a row for each check, as in `quickstart doctor --json`.
        seconds: duration.
    """

    tracking_uri: str
    words: str
    ok: bool
    headline: str
    checks: tuple[Mapping[str, Any], ...]
    seconds: float

    def __bool__(self) -> bool:
        return self.ok

    @property
    def wrong(self) -> tuple[Mapping[str, Any], ...]:
        """The rows of the failed checks, then of the warnings."""
        return tuple(row for status in ("fail", "warn") for row in self.checks if row["status"] == status)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the same text, escaped."""
        return f'<pre style="white-space: pre-wrap">{html.escape(repr(self))}</pre>'

    def _lines(self) -> Iterator[str]:
        yield f"{escape_text(self.tracking_uri)}  ({escape_text(self.words)})"
        if not self.wrong:
            yield f"All {count_of(len(self.checks), 'check')} passed in {self.seconds:.1f} s."
        for row in self.wrong:
            yield f"{'x' if row['status'] == 'fail' else '!'} {escape_text(row['what'])}  [{row['code']}]"
            yield f"  {escape_text(row['why'])}"
            if fix := " ".join(filter(None, (row["command"], row["note"]))):
                yield f"  Fix: {escape_text(fix)}"


def to_diagnosis(result: DoctorResult) -> Diagnosis:
    rows = tuple(row.to_json() for row in result.checks)
    ok = all(row.status != "fail" for row in result.checks)
    return Diagnosis(result.tracking_uri, result.words, ok, result.headline, rows, result.seconds)
