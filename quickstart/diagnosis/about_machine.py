"""What may be wrong with a machine or its Python. Rows of table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
MACHINE: Mapping[str, tuple[str, str, str]] = {}
