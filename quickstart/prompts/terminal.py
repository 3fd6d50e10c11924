"""A real terminal, by questionary; its only importer."""

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

from quickstart.prompts.base import BACK, Line, Prompt, flush_input

MORE = object()
INDENT = 5  # columns that questionary puts before an option: the pointer and its blanks
KEYS = "(arrow keys and Enter)"
HINT = "(arrow keys and Enter; ? tells more, left goes back)"


class TerminalPrompter:
    """Asks with questionary on stderr, so that stdout carries the result alone.

    Args:
        colour: whether colours may be used.
    """

    interactive = True

    def __init__(self, *, colour: bool = True) -> None:
        self._hint = HINT  # given once
        self._depth = None if colour else ColorDepth.DEPTH_1_BIT

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask for yes or no. unsafe_ask lets Ctrl-C through, which ask() would turn into an answer."""
        _forget_typed_ahead()
        text = f"{question}?"
        prompt = questionary.confirm(text, default=default, output=_output(), color_depth=self._depth)
        return bool(prompt.unsafe_ask())

    def select(self, prompt: Prompt) -> Any:
        """Ask for one of several things, by arrow keys; what was asked is replaced by one line with the answer."""
        if prompt.consent:
            _forget_typed_ahead()
        while (answer := self._ask(prompt)) is MORE:
            self._tell([("", _filled(prompt.more, indent=2, first=True)), ("", "\n")])
        if answer is not BACK:
            self._tell([("", "  "), ("bold", f"{prompt.name:<13}"), ("", prompt.label(answer))])
        return answer

    def line(self, line: Line) -> str:
        """Ask for a text; what was asked is replaced by one line with the answer, of a secret only that it is there."""
        self._tell([("bold", _filled(line.text, indent=2))])
        for below in line.why.splitlines():
            self._tell([("", _filled(below, indent=2, first=True))])
        ask = questionary.password if line.secret else questionary.text
        # What Enter means is not there to be typed on to: whoever pastes an address would append it.
        hints = [f"Enter for {_gist(line.default)}"] if line.default else []
        hint = ", ".join((*hints, "? tells more" if line.more else "Ctrl-C cancels"))
        while True:
            asked = ask(
                f"{line.name}:",
                qmark=" ",
                output=_output(),
                color_depth=self._depth,
                erase_when_done=True,
                placeholder=FormattedText([("class:placeholder fg:gray", f"({hint})")]),
            )
            typed = str(asked.unsafe_ask()).strip()
            if typed == "?" and line.more:
                self._tell([("", _filled(line.more, indent=2, first=True)), ("", "\n")])
            elif typed or line.default:
                answer = typed or line.default
                shown = "(hidden)" if line.secret else answer
                self._tell([("", "  "), ("bold", f"{line.name:<13}"), ("", shown)])
                return answer

    def _ask(self, prompt: Prompt) -> Any:
        choices = [questionary.Choice(_filled(option.label, indent=INDENT), option.value) for option in prompt.options]
        if prompt.more:
            choices.append(questionary.Choice("? Tell me more", MORE))
        if prompt.back:
            choices.append(questionary.Choice("< Back", BACK))
        mark = prompt.head or "?"
        # questionary draws them as "MARK TEXT INSTRUCTION", and breaks lines in the middle of words.
        ahead = "x" * (len(mark) + 1)
        text = textwrap.fill(prompt.text, max(_width() - 2, 20), initial_indent=ahead, break_on_hyphens=False)
        if self._hint:
            self._tell([])
        hint = self._hint if prompt.more else self._hint and KEYS
        below = [*prompt.why.splitlines(), *([hint] if hint else [])]
        self._hint = ""
        # Where Enter must not answer, it tells more.
        first = MORE if prompt.default is None and prompt.more else prompt.default
        asked = questionary.select(
            text.removeprefix(ahead),
            choices,
            default=next((choice for choice in choices if choice.value == first), None),
            qmark=mark,
            pointer=">",
            # A blank, for where there is none questionary says what it thinks best.
            instruction="".join(f"\n{_filled(line, indent=2, first=True)}" for line in below) or " ",
            output=_output(),
            color_depth=self._depth,
            erase_when_done=True,
        )
        asked.application.key_bindings = merge_key_bindings(
            [binding for binding in (asked.application.key_bindings, _shortcuts(prompt)) if binding]
        )
        return asked.unsafe_ask()

    def _tell(self, parts: list[tuple[str, str]]) -> None:
        print_formatted_text(FormattedText(parts), output=_output(), color_depth=self._depth)


def _shortcuts(prompt: Prompt) -> KeyBindings:
    """Return the keys beside arrows and Enter: ? tells more, the left arrow goes back."""
    bindings = KeyBindings()

    def ends_with(key: str, value: Any) -> None:
        @bindings.add(key, eager=True)
        def chosen(event: KeyPressEvent) -> None:
            event.app.exit(result=value)

    if prompt.more:
        ends_with("?", MORE)
    if prompt.back:
        ends_with("left", BACK)
    return bindings


def _forget_typed_ahead() -> None:
    """Forget the keys that were pressed before the question was there: they cannot have been meant for it."""
    clear_typeahead(get_app_session().input)
    flush_input()


def _output() -> Output:
    return create_output(sys.stderr)


def _width() -> int:
    return shutil.get_terminal_size().columns


def _gist(text: str) -> str:
    """Return a text, or both ends of a long one."""
    return text if len(text) <= 32 else f"{text[:14]}...{text[-14:]}"


def _filled(text: str, *, indent: int, first: bool = False) -> str:
    """Return text broken between words to fit the terminal.

    Args:
        text: of one paragraph.
        indent: columns before each line but the first.
        first: whether the first is indented, too.
    """
    room = max(_width() - (0 if first else indent) - 1, 20)
    blanks = " " * indent
    head = blanks if first else ""
    # An address is left whole, for the terminal to break: only so can it be copied.
    return textwrap.fill(
        text,
        room,
        initial_indent=head,
        subsequent_indent=blanks,
        break_on_hyphens=False,
        break_long_words="://" not in text,
    )
