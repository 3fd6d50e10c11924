"""The doctor and preflight: checks, their fixes, and a report."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
