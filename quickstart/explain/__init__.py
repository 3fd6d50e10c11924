"""Turn a coded fact into cause and mend."""

from __future__ import annotations

from typing import Any

from quickstart.errors import ExitCode, Explanation, QuickstartError, register_messages
from quickstart.models import Verification

register_messages(f"{__name__}.messages")


def explain(fault: QuickstartError) -> Explanation:
    """Explain a fault: what happened, why, and the exact command that mends it.

    Where an error alone does not tell causes apart, this machine and the address are looked at once more.

    Args:
        fault: with the facts that the explanation names.

    Returns:
        The explained error; for a code that nobody knows, one that says so.
    """
    # The first question need not wait for what looks around, nor for the words of what has not gone wrong.
    from quickstart.explain.investigate import investigate
    from quickstart.explain.render import render

    return render(investigate(fault))


def one_line(fault: QuickstartError) -> str:
    """Return a fault's explanation as one line."""
    error = explain(fault)
    return " ".join(filter(None, (error.what, error.why, error.command and f"Fix: {error.command}", error.note)))


def explain_verification(verification: Verification, **known: Any) -> tuple[Explanation | None, ExitCode]:
    """Return the error and the exit code that a verification stands for.

    Args:
        verification: the stages.
        known: facts that whoever asked for it knows; what was seen counts.
    """
    failed = verification.failed
    if failed is None:
        return None, ExitCode.OK
    return explain(QuickstartError(str(failed.code), **{**known, **failed.facts})), ExitCode.CHECK_FAILED
