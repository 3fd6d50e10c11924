"""The ways to track experiments: a package for each, listed in catalog.py. No other package knows their names."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
