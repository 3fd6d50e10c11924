"""The rows of the README's table as data, and the table drawn as Markdown."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tests.benchmarks.crowd import Crowd

Side = Literal["ours", "theirs"]
HEADER = ("what", "against", "ours (median)", "theirs (median)", "ratio or difference", "must reach", "reached")


@dataclass(frozen=True)
class Row:
    """One comparison.

    Args:
        what: what of ours is measured.
        against: what it is measured against.
        unit: "s", "ms" or "MB"; samples are in seconds, for "MB" in bytes.
        compare: whether the limit is on ours / theirs, or on ours - theirs.
        limit: the most it may be; a difference in seconds.
    """

    what: str
    against: str
    unit: Literal["s", "ms", "MB"]
    compare: Literal["ratio", "difference"]
    limit: float

    def value(self, ours: float, theirs: float) -> float:
        """Compare two medians."""
        return ours / theirs if self.compare == "ratio" else ours - theirs

    def show(self, figure: float) -> str:
        """Write one figure in the row's unit."""
        factor, digits = {"s": (1.0, 2), "ms": (1e3, 1), "MB": (1e-6, 0)}[self.unit]
        return f"{figure * factor:.{digits}f} {self.unit}"

    def show_value(self, value: float) -> str:
        """Write a ratio or a difference."""
        if self.compare == "ratio":
            return f"{value:.3f} x"
        return f"{'+' if value >= 0 else '-'}{self.show(abs(value))}"

    @property
    def must(self) -> str:
        """What must be reached, in words."""
        return f"<= {self.limit:g} x" if self.compare == "ratio" else f"<= +{self.show(self.limit)}"


ROWS: Mapping[str, Row] = {
    "first-run": Row(
        "fresh folder, MLflow installed: `quickstart --yes` to a verified run, until it exits",
        "stock `mlflow ui`, wait until healthy, run the example script",
        "s",
        "ratio",
        0.32,
    ),
    "floor": Row(
        "the same",
        "the floor: a bare interpreter imports `mlflow.server.fastapi_app` and creates the SQLite schema",
        "s",
        "difference",
        0.7,
    ),
    "memory": Row(
        "server memory, the whole process tree, settled after the check", "stock `mlflow ui`", "MB", "ratio", 0.15
    ),
    "round-trip": Row(
        "one client's foo/bar round trip, 7 REST calls over a kept-alive connection",
        "stock `mlflow ui`",
        "ms",
        "ratio",
        0.3,
    ),
    "verify": Row(
        "`quickstart verify` on a running server, whole process",
        "the example script on the same server, whole process",
        "s",
        "ratio",
        0.3,
    ),
    "login": Row(
        "`quickstart login databricks --token-stdin` to a run read back over REST, whole process (protocol stand-in)",
        "the stand-in's own time for all calls of it",
        "s",
        "difference",
        1.5,
    ),
    "verify-databricks": Row(
        "`quickstart verify` on Databricks, whole process (protocol stand-in)",
        "the example by MLflow's own client, whole process",
        "s",
        "ratio",
        0.3,
    ),
    "doctor": Row(
        "`quickstart doctor` on a healthy server of one's own, whole process",
        "the example script on the same server, whole process",
        "s",
        "ratio",
        0.5,
    ),
    "doctor-dead": Row(
        "`quickstart doctor` where no server is, until it has told so, whole process (once)",
        "MLflow's own client, until it reports the same (with --short after 2 of its 7 further tries)",
        "s",
        "ratio",
        0.1,
    ),
    "question": Row(
        "`quickstart` on a terminal, until its first question is there, detection included",
        "`python -c pass`",
        "ms",
        "difference",
        0.3,
    ),
    "help": Row("`quickstart --help`", "`python -c pass`", "ms", "difference", 0.06),
    "version": Row("`quickstart --version`", "`python -c pass`", "ms", "difference", 0.06),
}
CLIENTS = "clients"  # the row that counts instead of comparing medians
NAMES = (*ROWS, CLIENTS)


@dataclass
class Samples:
    """All that was measured: for each row the samples of either side, and both crowds."""

    ours: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    theirs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    crowds: dict[Side, Crowd] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One line of the table, and the two figures behind it."""

    name: str
    ours: float
    theirs: float
    reached: bool
    cells: tuple[str, ...]


def lines(samples: Samples) -> list[Line]:
    """Return the lines of every row that was measured, in the table's order."""
    drawn = [_line(name, row, samples) for name, row in ROWS.items() if samples.ours[name]]
    return drawn + ([_crowd_line(samples)] if samples.crowds else [])


def _line(name: str, row: Row, samples: Samples) -> Line:
    ours, theirs = statistics.median(samples.ours[name]), statistics.median(samples.theirs[name])
    value = row.value(ours, theirs)
    reached = value <= row.limit
    shown = (row.show(ours), row.show(theirs), row.show_value(value), row.must)
    return Line(name, ours, theirs, reached, (row.what, row.against, *shown, _yes(reached)))


def _crowd_line(samples: Samples) -> Line:
    ours, theirs = samples.crowds["ours"], samples.crowds["theirs"]
    reached = ours.succeeded == ours.clients
    cells = (
        f"{ours.clients} clients at once doing the foo/bar check on our server (once)",
        "stock `mlflow ui`",
        str(ours),
        str(theirs),
        f"{ours.succeeded - theirs.succeeded:+d} clients",
        f"{ours.clients} of {ours.clients}",
        _yes(reached),
    )
    return Line(CLIENTS, ours.succeeded, theirs.seconds, reached, cells)


def _yes(reached: bool) -> str:
    return "yes" if reached else "**no**"


def draw(table: Sequence[Line]) -> str:
    """Return the table as Markdown."""
    return draw_rows(HEADER, [line.cells for line in table])


def draw_rows(header: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """Return rows of cells below a header as Markdown."""
    rows = [header, ("---",) * len(header), *cells]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
