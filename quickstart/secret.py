"""A secret in memory, which no repr, log, or traceback shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Secret:
    """A secret held in memory; no repr, log or traceback shows it."""

    value: str

    def __repr__(self) -> str:
        return f"<secret {self.masked}>"

    __str__ = __repr__

    @property
    def masked(self) -> str:
        """What can be shown of it, so that a person knows which one is meant."""
        return f"{self.value[:4]}...{self.value[-4:]}" if len(self.value) >= 20 else "..."
