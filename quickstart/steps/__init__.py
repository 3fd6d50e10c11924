"""What runs the steps of a plan, and what undoes them."""

from __future__ import annotations

from quickstart.errors import register_messages

register_messages(f"{__name__}.messages")
