"""Verify that runs arrive at a tracking server and can be read back; MLflow's REST API; tracking URIs."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
