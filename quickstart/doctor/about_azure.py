"""What can stand between a person and Azure ML. Rows of doctor/table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
AZURE: Mapping[str, tuple[str, str, str]] = {}
