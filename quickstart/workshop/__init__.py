"""Workshops: the server with the board (classroom), and its clients, the instructor and the participants."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
