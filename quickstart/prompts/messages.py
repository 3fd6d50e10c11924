"""What prompts reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "choosing"

MESSAGES: Mapping[str, Message] = {
    "answer-needed": Message(
        'An answer is needed: "{question}?"',
        "There is no terminal to ask in, or --no-input was given. {ways}",
        "{command}",
    ),
    "answer-needed-in-cell": Message(
        'An answer is needed: "{question}?"',
        "Nobody is here to type one, or it has no default.",
        "",
        'quickstart.setup(privacy=True, audience="me", production=False, yes=True)',
    ),
    "answer-needed-in-kernel": Message(
        'An answer is needed: "{question}?"',
        "A line that begins with ! in a notebook has no keyboard, and cannot set anything in the running kernel.",
        "import quickstart; quickstart.setup()",
        "in a cell, without the !; or !{command}",
    ),
    "answers-not-saved": Message(
        "The answers could not be written to {path}: {detail}.",
        "--save-answers takes the name of a file, in a folder that is there and that you may write to.",
        "quickstart --save-answers answers.toml",
    ),
    "bad-answers": Message(
        "{source}: {detail}",
        "{allowed}",
        "quickstart --save-answers answers.toml",
        "writes a file that is right",
    ),
    "not-answers": Message(
        "{path} is there already, and it is not a file of answers.",
        "--save-answers writes over nothing but what it wrote itself.",
        "quickstart --save-answers another-name.toml",
    ),
    "unreadable-answers": Message(
        "The answers in {path} cannot be read: {detail}",
        "--answers takes a TOML file of answers.",
        "quickstart --save-answers answers.toml",
        "writes one",
    ),
}
