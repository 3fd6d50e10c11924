"""Prompts on a terminal, with questionary; its only importer."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import Any

import questionary
from prompt_toolkit import print_formatted_text
from prompt_toolkit.application.current import get_app_session
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.output import ColorDepth, Output, create_output

from quickstart.prompts.base import BACK, Prompt, flush_input
from quickstart.prompts.fields import Field

MORE = object()
INDENT = 5  # columns that questionary puts before a choice: the pointer and spaces
KEYS = "(arrow keys and Enter)"
HINT = "(arrow keys and Enter; ? for more, left arrow to go back)"


class TerminalPrompter:
    """Asks with questionary on stderr, so that stdout carries only the result."""

    interactive = True

    def __init__(self, *, colour: bool = True) -> None:
        self._hint = HINT  # shown once
        self._depth = None if colour else ColorDepth.DEPTH_1_BIT

    def ask(self, prompt: Prompt) -> Any:
        """Ask; one line with the answer then replaces the question. A secret is not shown."""
        if prompt.approves:
            _drop_typed_ahead()
        field = prompt.field
        while (answer := self._ask_choice(prompt) if field.choices else self._ask_text(field)) is MORE:
            self._print([("", _fill(field.more, indent=2, first=True)), ("", "\n")])
        if answer is not BACK:
            shown = "(hidden)" if field.secret else field.label_of(answer) if field.choices else answer
            self._print([("", "  "), ("bold", f"{field.label:<14}"), ("", shown)])
        return answer

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask for yes or no. unsafe_ask lets Ctrl-C through; ask() would turn it into an answer."""
        _drop_typed_ahead()
        prompt = questionary.confirm(f"{question}?", default=default, output=_output(), color_depth=self._depth)
        return bool(prompt.unsafe_ask())

    def _ask_text(self, field: Field) -> Any:
        self._print([("bold", _fill(field.text, indent=2))])
        for line in field.why.splitlines():
            self._print([("", _fill(line, indent=2, first=True))])
        ask = questionary.password if field.secret else questionary.text
        # The default is a hint, not text to edit: pasting a URL would append to it.
        hints = [f"Enter for {_abbreviate(str(field.default))}"] if field.has_default else []
        hint = ", ".join((*hints, "? for more" if field.more else "Ctrl-C cancels"))
        while True:
            question = ask(
                f"{field.label}:",
                qmark=" ",
                output=_output(),
                color_depth=self._depth,
                erase_when_done=True,
                placeholder=FormattedText([("class:placeholder fg:gray", f"({hint})")]),
            )
            typed = str(question.unsafe_ask()).strip()
            if typed == "?" and field.more:
                self._print([("", _fill(field.more, indent=2, first=True)), ("", "\n")])
            elif typed or field.has_default:
                return typed or str(field.default)

    def _ask_choice(self, prompt: Prompt) -> Any:
        field = prompt.field
        choices = [questionary.Choice(_fill(choice.label, indent=INDENT), choice.value) for choice in field.choices]
        if field.more:
            choices.append(questionary.Choice("? Tell me more", MORE))
        if prompt.can_go_back:
            choices.append(questionary.Choice("< Back", BACK))
        mark = prompt.progress or "?"
        # questionary draws "MARK TEXT INSTRUCTION", and breaks lines in the middle of words.
        before = "x" * (len(mark) + 1)
        text = textwrap.fill(field.text, max(_width() - 2, 20), initial_indent=before, break_on_hyphens=False)
        if self._hint:
            self._print([])
        hint = self._hint if field.more else self._hint and KEYS
        below = [*field.why.splitlines(), *([hint] if hint else [])]
        self._hint = ""
        # Without a default, Enter tells more.
        first = MORE if field.default is None and field.more else field.default
        question = questionary.select(
            text.removeprefix(before),
            choices,
            default=next((choice for choice in choices if choice.value == first), None),
            qmark=mark,
            pointer=">",
            # A space, because questionary replaces "" by a hint of its own.
            instruction="".join(f"\n{_fill(line, indent=2, first=True)}" for line in below) or " ",
            output=_output(),
            color_depth=self._depth,
            erase_when_done=True,
        )
        bindings = [one for one in (question.application.key_bindings, _shortcuts(prompt)) if one]
        question.application.key_bindings = merge_key_bindings(bindings)
        return question.unsafe_ask()

    def _print(self, parts: list[tuple[str, str]]) -> None:
        print_formatted_text(FormattedText(parts), output=_output(), color_depth=self._depth)


def _shortcuts(prompt: Prompt) -> KeyBindings:
    """Return the keys besides up, down and Enter: ? for more, the left arrow to go back."""
    bindings = KeyBindings()

    def bind(key: str, value: Any) -> None:
        @bindings.add(key, eager=True)
        def exit_with_value(event: KeyPressEvent) -> None:
            event.app.exit(result=value)

    if prompt.field.more:
        bind("?", MORE)
    if prompt.can_go_back:
        bind("left", BACK)
    return bindings


def _drop_typed_ahead() -> None:
    """Drop keys that were pressed before the question was shown: they are not its answer."""
    clear_typeahead(get_app_session().input)
    flush_input()


def _output() -> Output:
    return create_output(sys.stderr)


def _width() -> int:
    return shutil.get_terminal_size().columns


def _abbreviate(text: str) -> str:
    """Return a text, or both ends of a long one."""
    return text if len(text) <= 32 else f"{text[:14]}...{text[-14:]}"


def _fill(text: str, *, indent: int, first: bool = False) -> str:
    """Wrap a paragraph to the terminal, and indent its lines; the first one only with `first`."""
    width = max(_width() - (0 if first else indent) - 1, 20)
    spaces = " " * indent
    first_indent = spaces if first else ""
    # A URL stays whole, for the terminal to break: it can be copied then.
    return textwrap.fill(
        text,
        width,
        initial_indent=first_indent,
        subsequent_indent=spaces,
        break_on_hyphens=False,
        break_long_words="://" not in text,
    )
