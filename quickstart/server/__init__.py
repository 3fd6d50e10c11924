"""The life of a local MLflow server: store, port, record, launch, stop."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
