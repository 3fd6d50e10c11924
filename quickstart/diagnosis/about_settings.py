"""What may be wrong in variables, files, a store or a login that MLflow goes by. Rows of table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
SETTINGS: Mapping[str, tuple[str, str, str]] = {}
