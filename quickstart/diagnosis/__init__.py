"""What is wrong, why, and what mends it: the one place that knows causes and mends."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
