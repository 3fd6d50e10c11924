"""HTTP and TCP: the only places that open a connection to another machine."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
