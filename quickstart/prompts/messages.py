"""The messages of the prompts' errors, by code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "choosing"

MESSAGES: Mapping[str, Message] = {
    "answer-needed": Message(
        "Missing answer: {name}.",
        "Cannot prompt (no terminal, or --no-input). Pass {options}.",
        "{command}",
    ),
    "answer-needed-in-cell": Message(
        "Missing answer: {name}.",
        "Cannot prompt in this notebook, or there is no default.",
        "",
        'Pass the answers as arguments: `quickstart.setup(privacy=True, audience="me", production=False, yes=True)`',
    ),
    "answer-needed-in-kernel": Message(
        "Missing answer: {name}.",
        "A notebook line that begins with ! has no keyboard, and cannot configure the running kernel.",
        "import quickstart; quickstart.setup()",
        "Run this in a cell, without the !. To stay with the ! line, use `!{command}`",
    ),
    "answers-not-saved": Message(
        "Cannot write the answers to {path}: {detail}.",
        "--save-answers needs a file name in an existing folder that you may write to.",
        "quickstart --save-answers answers.toml",
    ),
    "bad-answers": Message(
        "{source}: {detail}",
        "{allowed}",
        "quickstart --save-answers answers.toml",
        "This writes a valid answers file.",
    ),
    "bad-secret": Message(
        "Invalid {name}: {length} characters, empty or with blanks or characters that it cannot contain.",
        "Something else was on the clipboard, or only a part of it was copied.",
        "{again}",
        "Copy and paste it again.",
    ),
    "not-answers": Message(
        "{path} already exists and is not an answers file.",
        "--save-answers only overwrites files that it has written.",
        "quickstart --save-answers another-name.toml",
    ),
    "unreadable-answers": Message(
        "Cannot read the answers in {path}: {detail}.",
        "--answers needs a TOML file.",
        "quickstart --save-answers answers.toml",
        "This writes a valid answers file.",
    ),
}
