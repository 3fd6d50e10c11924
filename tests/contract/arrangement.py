"""All that these tests know of how the package is arranged: when its parts move or get other names, change it here."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click

import quickstart

PACKAGE = Path(quickstart.__file__).parent
COMMAND_LINE = ("quickstart.cli.app", "quickstart.cli.app")  # the module that has the group `cli`: the first found
# What is called with a code first, and an ExitCode second or as `exit_code`.
RAISERS = {"Fault", "QuickstartError", "Explained", "ExplainedError", "Explanation", "warn"}
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ROWS = {
    "Row",
    "Told",
    "Words",
    "Explanation",
    "Message",
}  # what a row of a table of errors may be, instead of a bare tuple
PARTS = 3  # at least, of a row that tells an error: what happened, why, and the command, a note, ...


def command_line() -> click.Group:
    """Return the whole command line."""
    for name in COMMAND_LINE:
        if importlib.util.find_spec(name):
            group: click.Group = importlib.import_module(name).cli
            return group
    raise LookupError(f"none of {COMMAND_LINE} is there")


def exit_codes() -> dict[str, int]:
    """Return the number of each exit code by its name: the assignments in `class ExitCode`, wherever it is."""
    for node in _nodes():
        if isinstance(node, ast.ClassDef) and node.name == "ExitCode":
            lines = [line for line in node.body if isinstance(line, ast.Assign)]
            return {ast.unparse(line.targets[0]): ast.literal_eval(line.value) for line in lines}
    raise LookupError("there is no class ExitCode")


def raised() -> Iterator[tuple[str, str]]:
    """Yield each code that is raised by its name, with the name of the exit code."""
    for node in _nodes():
        if isinstance(node, ast.Call) and node.args and _name(node.func) in RAISERS:
            given = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "exit_code")]
            exits = {name for one in given for name in re.findall(r"ExitCode\.([A-Z_]+)", ast.unparse(one))}
            for code in _texts(node.args[0]):
                yield from ((code, name) for name in sorted(exits) or ["FAILED"])


def told() -> set[str]:
    """Return the codes that a table tells, raised by their names or not: rows of three texts by their codes."""
    found = set()
    for node in _nodes():
        if isinstance(node, ast.Dict):
            found |= {
                code for key, row in zip(node.keys, node.values, strict=True) if _tells(row) for code in _texts(key)
            }
    return found


def _tells(row: ast.expr) -> bool:
    """Tell whether it is a row: a tuple, or a call of one of ROWS, of three parts that are texts, mostly."""
    parts = row.elts if isinstance(row, ast.Tuple) else []
    if isinstance(row, ast.Call) and _name(row.func) in ROWS:
        parts = [*row.args, *(one.value for one in row.keywords)]
    texts = [part for part in parts if isinstance(part, ast.JoinedStr | ast.BinOp) or _is_text(part)]
    worded = any(" " in ast.unparse(part) for part in parts[:2])  # what and why are sentences, or what fills in one
    return len(parts) >= PARTS and len(texts) >= PARTS - 1 and worded


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _texts(node: ast.expr | None) -> Iterator[str]:
    """Yield the codes that an expression may be: one, or either of `a if b else c`."""
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
        yield node.value


def _name(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


def _nodes() -> Iterator[ast.AST]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))
