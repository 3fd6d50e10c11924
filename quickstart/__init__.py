"""The quickest way to start with MLflow tracking: recommend a method, set it up, prove it, undo it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quickstart.api import Diagnosis, SetupError, doctor, join, recommend, setup, verify

__version__ = "0.1.0"
__all__ = ["Diagnosis", "SetupError", "doctor", "join", "recommend", "setup", "verify"]


def __getattr__(name: str) -> Any:
    """Import the public face when it is first asked for: the command needs none of it."""
    if name in __all__:
        from quickstart import api  # noqa: PLC0415 - start-up: the command line does not need it

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
