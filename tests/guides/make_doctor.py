"""Make the tables of guides/doctor.md from the code: each known failure beside its checks, and each check.

Usage: python -m tests.guides.make_doctor
"""

from __future__ import annotations

import re
from pathlib import Path

from quickstart.diagnosis.checks import ALL, select_checks
from quickstart.diagnosis.symptoms import SYMPTOMS
from tests.guides.make_reference import table

FILE = Path(__file__).parents[2] / "guides" / "doctor.md"
BEGIN, END = "<!-- made by python -m tests.guides.make_doctor -->\n", "<!-- end -->\n"


def covering(number: int) -> list[str]:
    """Return the ids of the diagnostics that look for a symptom."""
    return list(dict.fromkeys(one.id for one in ALL if number in one.rows))


def anchor(heading: str) -> str:
    """Return the link to a heading, as Markdown's readers make it."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def tables() -> str:
    """Return both tables."""
    rows: list[tuple[str, ...]] = []
    for number, symptom in SYMPTOMS.items():
        checks = ", ".join(f"`{name}`" for name in covering(number))
        passage = f"[{symptom.passage}]({anchor(symptom.passage)})" if symptom.passage else ""
        rows.append((str(number), symptom.seen, "; ".join(filter(None, (checks, symptom.elsewhere, passage)))))
    every: list[tuple[str, ...]] = [
        (f"`{one.id}`", one.layer, f"{one.asks}{' (`--deep`)' if one.deep else ''}")
        for one in select_checks((), deep=True, write=True)
    ]
    known = table(("", "what is seen", "what looks for it, or tells of it"), rows)
    return f"\n{known}\n{table(('check', 'layer', 'finds out whether'), every)}\n"


def page() -> str:
    """Return the guide with its tables as the code has them."""
    before, _, rest = FILE.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + tables() + END + rest.partition(END)[2]


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
