"""What can go wrong on the way to a method: answers that are missing or wrong. Rows of table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
CHOOSING: Mapping[str, tuple[str, str, str]] = {
    "answer-needed": (
        'An answer is needed: "{question}?"',
        "There is no terminal to ask in, or --no-input was given. {ways}",
        "{command}",
    ),
    "answer-needed-in-cell": (
        'An answer is needed: "{question}?"',
        "Nobody is here to type one, or it has no default.",
        'quickstart.setup(privacy=True, audience="me", production=False, yes=True)',
    ),
    "answer-needed-in-kernel": (
        'An answer is needed: "{question}?"',
        "A line that begins with ! in a notebook has no keyboard, and cannot set anything in the running kernel.",
        "import quickstart; quickstart.setup()   in a cell, without the !; or !{command}",
    ),
    "answers-not-saved": (
        "The answers could not be written to {path}: {detail}.",
        "--save-answers takes the name of a file, in a folder that is there and that you may write to.",
        "quickstart --save-answers answers.toml",
    ),
    "bad-answers": (
        "{source}: {detail}",
        "{allowed}",
        "quickstart --save-answers answers.toml   writes a file that is right",
    ),
    "not-answers": (
        "{path} is there already, and it is not a file of answers.",
        "--save-answers writes over nothing but what it wrote itself.",
        "quickstart --save-answers another-name.toml",
    ),
    "not-here": (
        'The method "{method}" cannot be set up here: {evidence}.',
        "A server in a cloud notebook cannot be reached from your browser, and the notebook is somebody's cloud.",
        "quickstart --yes   on your own machine; or, if a provider may store your runs: quickstart --no-privacy",
    ),
    "unknown-method": ('There is no method named "{name}".', "There are: {known}.", "quickstart --help"),
    "unreadable-answers": (
        "The answers in {path} cannot be read: {detail}",
        "--answers takes a TOML file of answers.",
        "quickstart --save-answers answers.toml   writes one",
    ),
}
