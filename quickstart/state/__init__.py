"""What quickstart remembers on disk: connections, secrets, the journal, and the locks around them."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
