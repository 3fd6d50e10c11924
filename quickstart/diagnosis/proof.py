"""The small file that `quickstart preflight` leaves: what was checked, when, and what came of it. It names nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from quickstart.diagnosis.finding import Finding
from quickstart.errors import ExitCode, Fault
from quickstart.state import state_folder, write_json

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
        raise Fault("proof-taken", ExitCode.USAGE, path=str(asked))
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
            {"id": one.diagnostic.id, "status": one.status, "code": one.fault.code if one.fault else ""}
            for one in findings
        ],
    }
    for path in where:
        # A folder that is gone is not made anew.
        if path.parent.is_dir() or path.parent == state_folder():
            with suppress(Fault):
                write_json(path, value)
                return path
    return None
