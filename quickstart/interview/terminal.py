"""A real terminal, by questionary; its only importer."""

from __future__ import annotations

import sys

import questionary
from prompt_toolkit.output import create_output


class Terminal:
    """Asks with questionary on stderr, so that stdout carries the result alone."""

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask for yes or no. unsafe_ask lets Ctrl-C through, which ask() would turn into an answer."""
        prompt = questionary.confirm(f"{question}?", default=default, output=create_output(sys.stderr))
        return bool(prompt.unsafe_ask())
