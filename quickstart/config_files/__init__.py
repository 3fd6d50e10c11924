"""Other tools' files of credentials: one section of ours is written, found again and taken out; the rest stays."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
