"""Explain an error: find its cause on this machine and at the address, and put it into words."""

from __future__ import annotations

from typing import Any

from quickstart.errors import ExitCode, Explanation, QuickstartError, register_messages
from quickstart.models import Verification

register_messages(f"{__name__}.messages")


def explain(error: QuickstartError) -> Explanation:
    """Explain an error: what happened, why, and the command that fixes it.

    Does I/O for up to 1.5 seconds: it opens connections, and reads logs and the process table. Call it once for each
    failure, and pass the explanation on.
    """
    from quickstart.explain.investigate import investigate  # noqa: PLC0415 - start-up: only a failing command needs it
    from quickstart.explain.render import render  # noqa: PLC0415 - start-up: only a failing command needs it

    return render(investigate(error))


def one_line(error: QuickstartError) -> str:
    """Return an error's explanation as one line; does I/O like explain()."""
    words = explain(error)
    return " ".join(filter(None, (words.what, words.why, words.command and f"Fix: {words.command}", words.note)))


def explain_verification(verification: Verification, **known: Any) -> tuple[Explanation | None, ExitCode]:
    """Return the explanation of a verification's failure, and the exit code; I/O like explain().

    The facts of the failed stage override those in `known`.
    """
    failed = verification.failed
    if failed is None:
        return None, ExitCode.OK
    return explain(QuickstartError(str(failed.code), **{**known, **failed.facts})), ExitCode.CHECK_FAILED
