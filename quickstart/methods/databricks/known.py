"""What the machine already holds of a login: variables of this shell, and the secrets that a person keeps in Colab."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass

SECRETS_OF_COLAB = "google.colab.userdata"


@dataclass(frozen=True)
class KnownValue:
    """A value, and where it is from in words."""

    value: str
    source: str

    def __repr__(self) -> str:
        return f"<known from {self.source}>"


def known_value(variable: str) -> KnownValue | None:
    """Return what a variable, or the secret of that name in Colab, holds; None where neither is there."""
    if os.environ.get(variable):
        return KnownValue(os.environ[variable], f"{variable} in this shell")
    if value := _of_colab(variable):
        return KnownValue(value, f"{variable} among Colab's secrets")
    return None


def _of_colab(name: str) -> str:
    """Return a secret of Colab's, "" where there is none or the notebook may not read it.

    Source: google.colab.userdata.get(), which raises SecretNotFoundError or NotebookAccessError.
    """
    if "google.colab" not in sys.modules:  # in Colab the kernel itself has imported it
        return ""
    try:
        return str(importlib.import_module(SECRETS_OF_COLAB).get(name) or "")
    except Exception:  # Colab's own errors have no common ground that could be imported here
        return ""
