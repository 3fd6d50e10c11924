"""The commands, one file each: parse, call, hand the outcome to output/."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
