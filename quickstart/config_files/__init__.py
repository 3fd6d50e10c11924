"""Other tools' credentials files: write and remove one section and leave the rest alone."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
