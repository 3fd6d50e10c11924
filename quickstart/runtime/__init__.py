"""The runtime, where MLflow lives: find it, install into it, run scripts in it."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
