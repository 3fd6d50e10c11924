"""The project uses one word per thing: the pages, help, messages and identifiers contain none of the others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.guides import make_doctor
from tests.guides.make_reference import helps

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "quickstart"

HELP_OF: tuple[str, ...] = ("quickstart",)  # commands, such as "quickstart" for all and "quickstart server" for a group
MESSAGES_IN: tuple[str, ...] = ("**/*.py",)  # files below the package whose texts people read
NAMES_IN: tuple[str, ...] = ("**/*.py",)  # files below the package, such as "**/*.py"
UNCHECKED_PAGES = {"reference.md"}  # generated from the help and the messages
UNCHECKED_TABLES = {"doctor.md"}  # likewise, between two comments

# Patterns ignore case. Where a phrase can go on in the next line, of a list too, it has \s+.
WORDS: Mapping[str, str] = {
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\banew\b": "again, regenerate",
    r"\bwhoever\b": "the person, the user",
    r"\bwhatever\b": "name the thing",
    r"\b(no|some)body\b": "no one, someone, another user, a participant",
    r"\btold\b": "reported, shown, printed",
    r"\bsaid\b": "stated, reported",
    r"\bthereby\b": "",
    r"\bstumbl\w+": "unexpected error",
    r"\bfores(aw|een?|ees)\b": "unexpected",
    r"\bbeforehand\b": "in advance, first",
    r"\bstrangers?\b": "another user",
    r"\b(pupil|lesson)s?\b": "participant, workshop",
    r"\bunasked\b": "without confirmation",
    r"\bshall\b": "must, should",
}
PHRASES: Mapping[str, str] = {
    **WORDS,
    r"\bclassrooms?\b": "workshop",
    r"\b(an?|the|your|our|each|this|in|of|before|during|after|whole)\s+class\b|\bclass's\b": "workshop",
    r"(?<!-)\bproofs?\b|\bprov(es?|ed|ing)\b|(?-i:\bProven\b)": "verify, verification",
    r"(?<!there )\bis\s+no\b(?!\s+longer)": "is not a",
    r"\bone's\s+own\b": "your own, local",
    r"\btak(e|es|en|ing)(\s+\w+)?\s+back\b": "undo",
    r"\brefuses\s+(us|to\s+be)\b": "rejected, denied access",
    r"\bas\s+ever\b": "as before",
    r"\bgives?\s+rise\b": "causes",
    r"\bcomes?\s+to\b": "",
    r"\bstands\b": "is",
    r"—": "a period, a comma or a colon",
    r"\b(colour|behaviour|neighbour|favour)\w*": "American spelling",
}


def forbidden(text: str, patterns: Mapping[str, str] = PHRASES) -> list[tuple[int, str]]:
    """Return the line and the description of each forbidden word in a text."""
    found = []
    for pattern, better in patterns.items():
        for match in re.finditer(pattern, text.replace("\n", " "), re.IGNORECASE):
            word = " ".join(match.group().split())
            line = text.count("\n", 0, match.start()) + 1
            found.append((line, f'"{word}"' + (f", better: {better}" if better else "")))
    return sorted(found)


def prose(text: str) -> str:
    """Return a text with its code and its link targets blanked out and its lines kept."""
    text = re.sub(r"^```.*?^```$", lambda block: "\n" * block.group().count("\n"), text, flags=re.M | re.S)
    text = re.sub(r"`[^`\n]+`", "``", text)
    return re.sub(r"\]\([^)\n]+\)|<https?:[^>\n]+>", "]", text)


def pages() -> list[Path]:
    top = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    guides = [page for page in sorted((ROOT / "guides").glob("*.md")) if page.name not in UNCHECKED_PAGES]
    return [page for page in (*top, *guides) if page.is_file()]


def page_text(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    if page.name in UNCHECKED_TABLES:
        before, begin, rest = text.partition(make_doctor.BEGIN)
        table, end, after = rest.partition(make_doctor.END)
        assert end, f"{page.name} has no generated tables"
        text = before + "\n" * (begin + table + end).count("\n") + after
    return prose(text)


def messages(module: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each string of a module that is a sentence or a part of one."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value


def names(module: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each class, function and argument that a module defines."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def words(name: str) -> str:
    """Return an identifier as its words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ")


def modules(pattern: str) -> list[Path]:
    found = sorted(PACKAGE.glob(pattern))
    assert found, f"no file of the package matches {pattern}"
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_uses_the_words_of_the_project(page: Path) -> None:
    where = page.relative_to(ROOT)
    found = [f"{where}:{line}: {what}" for line, what in forbidden(page_text(page))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("command", HELP_OF)
def test_the_help_uses_the_words_of_the_project(command: str) -> None:
    texts = {path: text for path, text in helps() if f"{path} ".startswith(f"{command} ")}
    assert texts, f"there is no command {command}"
    found = [f"{path} --help:{line}: {what}" for path, text in texts.items() for line, what in forbidden(prose(text))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("pattern", MESSAGES_IN)
def test_the_messages_use_the_words_of_the_project(pattern: str) -> None:
    found = [
        f"{module.relative_to(ROOT)}:{line}: {what}, in: {text}"
        for module in modules(pattern)
        for line, text in messages(module)
        for _, what in forbidden(prose(text))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("pattern", NAMES_IN)
def test_the_identifiers_use_the_words_of_the_project(pattern: str) -> None:
    found = [
        f"{module.relative_to(ROOT)}:{line}: {what}, in {name}"
        for module in modules(pattern)
        for line, name in names(module)
        for _, what in forbidden(words(name), WORDS)
    ]
    assert not found, "\n".join(found)


def test_a_forbidden_word_is_found_with_its_line_and_code_is_left_alone() -> None:
    text = (
        "Fix it.\n\n```bash\nmend --told\n```\n\nRun `mend it`, take it\n  back: there is no server. It is no\nproof.\n"
    )
    assert [(line, what.split('"')[1]) for line, what in forbidden(prose(text))] == [
        (7, "take it back"),
        (8, "is no"),
        (9, "proof"),
    ]
