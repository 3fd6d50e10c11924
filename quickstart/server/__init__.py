"""Local MLflow servers: store, port, record, launch, stop, backup."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
