"""Asking: what is asked, and by which hand: a terminal's prompts, plain text, or what was given beforehand."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
