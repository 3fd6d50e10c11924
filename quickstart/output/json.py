"""The JSON document that scripts read: one on stdout, and nothing else there."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from quickstart.errors import ExitCode
from quickstart.models import SCHEMA, Outcome


def status(code: ExitCode) -> str:
    """Return the word for an exit code."""
    return {ExitCode.OK: "ok", ExitCode.CANCELLED: "cancelled"}.get(code, "failed")


def document(outcome: Outcome) -> dict[str, Any]:
    """Return the document of an outcome, as the contract has it."""
    return {
        "schema": SCHEMA,
        "command": outcome.command,
        "status": status(outcome.exit_code),
        "exit_code": int(outcome.exit_code),
        "data": outcome.data,
        "error": asdict(outcome.error) if outcome.error else None,
    }


def draw(outcome: Outcome) -> str:
    """Return the document as text; escaped to ASCII, so that no pipe can spoil it."""
    return json.dumps(document(outcome), indent=2, default=str) + "\n"
