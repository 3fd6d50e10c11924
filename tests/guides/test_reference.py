"""The reference is made from the code, and names all of it."""

from __future__ import annotations

from quickstart.cli.app import cli
from quickstart.methods.catalog import METHODS
from quickstart.wizard.flow import QUESTIONS
from tests.guides.make_reference import FILE, MEANINGS, commands, reference
from tests.messages import all_messages


def test_the_reference_is_up_to_date() -> None:
    stale = "python -m tests.guides.make_reference brings it up to date"
    assert FILE.read_text(encoding="utf-8") == reference(), stale


def test_the_reference_names_every_command_answer_method_and_error() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert len(list(commands(cli, "quickstart"))) > 12
    for path, help_text in commands(cli, "quickstart"):
        assert f"### {path}\n" in text
        assert help_text.startswith(f"Usage: {path} ")
    named = [*(question.variable for question in QUESTIONS), *(method.name for method in METHODS), *all_messages()]
    assert [name for name in named if f"`{name}`" not in text] == []
    assert all(f"| {int(code)} |" in text for code in MEANINGS)
