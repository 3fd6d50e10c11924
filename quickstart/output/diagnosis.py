"""What an examination found, as a notebook or a script has it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quickstart.output.console import escape_text
from quickstart.results import Outcome
from quickstart.system.shell import count_of


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found; a notebook shows it, and bool() of it tells whether all is well.

    Args:
        tracking_uri: what was examined, without what may be secret in it.
        words: where that comes from.
        ok: whether nothing failed; there may be warnings.
        headline: what is told first: the cause of all that failed, else a warning; "" where nothing is wrong.
        checks: a row for each check, as `quickstart doctor --json` has it.
        seconds: how long it took.
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
        """The rows of what is wrong: what failed first, then the warnings."""
        return tuple(row for status in ("fail", "warn") for row in self.checks if row["status"] == status)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the same text; nothing of it is read as HTML."""
        return f'<pre style="white-space: pre-wrap">{html.escape(repr(self))}</pre>'

    def _lines(self) -> Iterator[str]:
        yield f"{escape_text(self.tracking_uri)}  ({escape_text(self.words)})"
        if not self.wrong:
            yield f"Nothing is wrong: {count_of(len(self.checks), 'check')} in {self.seconds:.1f} s."
        for row in self.wrong:
            yield f"{'x' if row['status'] == 'fail' else '!'} {escape_text(row['what'])}  [{row['code']}]"
            yield f"  {escape_text(row['why'])}"
            if fix := " ".join(filter(None, (row["command"], row["note"]))):
                yield f"  Fix: {escape_text(fix)}"


def to_diagnosis(outcome: Outcome) -> Diagnosis:
    """Return what an examination found.

    Args:
        outcome: of `quickstart doctor`.
    """
    data, summary = outcome.data, outcome.data["summary"]
    uri, words = data["tracking_uri"], data["origin"]["words"]
    return Diagnosis(uri, words, not summary["fail"], summary["headline"], tuple(data["checks"]), data["seconds"])
