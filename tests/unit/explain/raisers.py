"""Every place in quickstart/ that raises a QuickstartError, or warns of one, found by reading the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import quickstart

ROOT = Path(quickstart.__file__).parent
UNNAMED = "<by name only>"
CALLS = {"QuickstartError": "", "warn": "diagnosis/"}  # and the folder in which a name means that
# What workshop/participant/routes.py:facts_of() returns.
INVITATION_FACTS = frozenset({"url", "host", "port", "address", "again"})
SCRIPT_FACTS = frozenset({"url", "detail", "again", "seconds"})


@dataclass(frozen=True)
class Raiser:
    """One call of QuickstartError() or warn(): its code, the names of the facts it gives, and where it stands."""

    code: str
    facts: frozenset[str]
    where: str


def raisers() -> list[Raiser]:
    """Return every call of QuickstartError() or warn() in quickstart/; without its code if that is a variable."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            place = path.relative_to(ROOT).as_posix()
            if reported := _code_of_script(node):
                found.append(Raiser(reported, SCRIPT_FACTS, place))
            if place.startswith(CALLS.get(node.func.id, "nowhere/")):
                around = next((one for one in functions if node in set(ast.walk(one))), tree)
                code = node.args[0]
                name = code.value if isinstance(code, ast.Constant) else UNNAMED
                where = f"{place}:{getattr(around, 'name', 'module')}"
                found.append(Raiser(str(name), frozenset(_facts(node, around)), where))
    return found


def _code_of_script(call: ast.Call) -> str:
    """Return the code that a script in the runtime reports, which methods/databricks/access.py raises; "" for none."""
    assert isinstance(call.func, ast.Name)
    if call.func.id == "Failed":
        said = call.args[0].body if isinstance(call.args[0], ast.IfExp) else call.args[0]
        assert isinstance(said, ast.Constant)
        return str(said.value)
    error = next((word.value for word in call.keywords if word.arg == "error"), None) if call.func.id == "say" else None
    return str(error.value) if isinstance(error, ast.Constant) else ""


def _facts(call: ast.Call, around: ast.AST) -> Iterator[str]:
    """Yield the names of the keyword arguments, also of what is handed over with two stars."""
    for keyword in call.keywords:
        if keyword.arg:
            yield keyword.arg
        elif isinstance(keyword.value, ast.Call) and ast.unparse(keyword.value.func).endswith("facts_of"):
            yield from INVITATION_FACTS
        else:
            yield from _keys_of(keyword.value, around)


def _keys_of(value: ast.AST | None, around: ast.AST) -> Iterator[str]:
    """Yield the keys of an expression: a dict literal, a variable, a choice of two, or a call that returns one."""
    if isinstance(value, ast.Dict):
        for key, one in zip(value.keys, value.values, strict=True):
            if key is None:
                yield from _keys_of(one, around)
            elif isinstance(key, ast.Constant):
                yield str(key.value)
    elif isinstance(value, ast.IfExp):
        yield from _keys_of(value.body, around)
        yield from _keys_of(value.orelse, around)
    elif isinstance(value, ast.Name):
        yield from _keys_assigned(value.id, around)
    elif isinstance(value, ast.Call):
        yield from _keys_returned(value)


def _keys_assigned(name: str, around: ast.AST) -> Iterator[str]:
    for node in ast.walk(around):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if any(isinstance(one, ast.Name) and one.id == name for one in targets) and isinstance(
            value, ast.Dict | ast.Call
        ):
            yield from _keys_of(value, around)


def _keys_returned(call: ast.Call) -> Iterator[str]:
    """Yield the keys of the dict literals in the function that returns the facts, and of a call that it returns."""
    name = ast.unparse(call.func).rpartition(".")[2]
    for path in ROOT.rglob("*.py"):
        if f"def {name}(" in (text := path.read_text(encoding="utf-8")):
            for function in ast.walk(ast.parse(text)):
                if isinstance(function, ast.FunctionDef) and function.name == name:
                    for node in ast.walk(function):
                        if isinstance(node, ast.Dict):
                            yield from (str(key.value) for key in node.keys if isinstance(key, ast.Constant))
                        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
                            yield from _keys_returned(node.value)
