"""The wizard: ask, recommend, plan, log in, execute, verify. flow.py is the whole of it."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
