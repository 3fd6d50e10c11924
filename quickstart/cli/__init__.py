"""The commands: each parses its options, calls the package that does the work, and has output/ draw the result."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
