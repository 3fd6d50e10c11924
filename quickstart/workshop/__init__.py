"""A class: the instructor's and the participants' side. Both are clients of the server in runtime/scripts/classroom."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
