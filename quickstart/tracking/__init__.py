"""The foo/bar check: that runs really arrive at a tracking server and come back."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
