"""Plain text for dumb terminals and screen readers: a line asks, a line answers."""

from __future__ import annotations

import sys


class Plain:
    """Asks on stderr and reads a line, without a single escape code."""

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask until the answer is yes, no or Enter; the end of input cancels."""
        choices = "Y/n" if default else "y/N"
        while True:
            sys.stderr.write(f"{question}? [{choices}] ")
            sys.stderr.flush()
            line = sys.stdin.readline()
            if not line:
                raise KeyboardInterrupt
            answer = line.strip().lower()
            if answer in {"", "y", "yes", "n", "no"}:
                return answer.startswith("y") if answer else default
            sys.stderr.write("Please answer y or n, or press Enter for the capital one.\n")
