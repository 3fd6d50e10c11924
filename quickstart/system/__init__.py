"""This machine: what it is, its memory, its shell, its signals."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
