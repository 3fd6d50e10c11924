"""Diagnostics on the python."""

from __future__ import annotations

from quickstart.diagnosis.finding import Diagnostic

DIAGNOSTICS: tuple[Diagnostic, ...] = ()
