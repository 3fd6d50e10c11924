"""What can stand between a person and an MLflow server of somebody else's. Rows of doctor/table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
SERVERS: Mapping[str, tuple[str, str, str]] = {}
