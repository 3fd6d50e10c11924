"""What can stand between a person and SageMaker. Rows of doctor/table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
AWS: Mapping[str, tuple[str, str, str]] = {}
