"""Diagnostics on the settings."""

from __future__ import annotations

from quickstart.diagnosis.finding import Diagnostic

DIAGNOSTICS: tuple[Diagnostic, ...] = ()
