"""Golden files, and the shape of a value: keys and types, and of values only the names that scripts compare with."""

from __future__ import annotations

import configparser
import json
import os
import re
import stat
import sys
import tomllib
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Any

from tests.conftest import Home

FOLDER = Path(__file__).parent / "golden"
REWRITE = "REWRITE_THE_CONTRACT"  # the variable by which `python -m tests.contract` says that golden files are written
NAMES = {"id", "kind", "method", "layer", "event"}  # keys whose values are names that scripts compare with
LOOSE = {"detected"}  # what depends on the machine: keys count, types do not
PASSING = ("-wal", "-shm", "-journal", ".pyc")  # files that come and go
# What differs from run to run, in paths and ids: ids first, for there may be a time in one.
VARYING = (
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    (r"\bm-[0-9a-f]{32}\b", "<id>"),
    (r"(?<![0-9a-z])[0-9a-f]{12,64}(?![0-9a-z])", "<id>"),
    (r"\d{4}-?\d\d-?\d\d[T_-]?\d\d[-:]?\d\d([-:]?\d\d)?(\.\d+)?(Z|[+]\d\d:?\d\d)?", "<time>"),
    (r"\b\d{4}-\d\d-\d\d\b", "<time>"),
    (r"(?<=:)[0-9a-f]{8}$", "<id>"),
    (r"(?<=/classes/)[a-z2-7]{12}\b", "<id>"),
    (r"(?<=:)\d{4,5}\b", "<port>"),
    (r"(?<=/)\d+(?=/|$)", "<number>"),
    (r"^\d+$", "<number>"),
)


def check(name: str, text: str) -> None:
    """See that a golden file holds a text; write it where that was asked for."""
    path = FOLDER / name
    if os.environ.get(REWRITE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is not there: python -m tests.contract"
    before = path.read_text(encoding="utf-8")
    changed = "\n".join(unified_diff(before.splitlines(), text.splitlines(), name, "what is there now", lineterm=""))
    assert text == before, f"not what the contract has, see tests/contract:\n{changed}"


def check_json(name: str, value: Any) -> None:
    """See that a golden file holds a value."""
    check(name, json.dumps(value, indent=1, sort_keys=True) + "\n")


class Documents:
    """The documents that one scenario has seen, each under a label."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}

    def run(
        self, label: str, home: Home, *arguments: str, status: int | None = 0, stdin: str | None = None, **more: str
    ) -> dict[str, Any]:
        """Run a command with --json, keep the shape of its document, and return it."""
        document = home.run(*arguments, "--json", status=status, stdin=stdin, **more).json
        assert label not in self.seen
        self.seen[label] = self._shape(document, home)
        return document

    def check(self, name: str) -> None:
        """See that all were what the contract has."""
        check_json(f"json/{name}.json", self.seen)

    @staticmethod
    def _shape(document: dict[str, Any], home: Home) -> dict[str, Any]:
        error = document["error"]
        said = {key: document[key] for key in ("schema", "command", "status", "exit_code")}
        told = {**shape(error, home), "code": error["code"]} if error else None
        rest = sorted(document.keys() - said.keys() - {"data", "error"})
        return {**said, "data": shape(document["data"], home), "error": told, **dict.fromkeys(rest)}


def shape(value: Any, home: Home, key: str = "", *, loose: bool = False) -> Any:
    """Return the shape of a value: of a list that of all its entries in one, with "key?" where not all have it."""
    if isinstance(value, dict):
        return {steady(name, home): shape(one, home, name, loose=loose or name in LOOSE) for name, one in value.items()}
    if isinstance(value, list):
        entries = [shape(one, home, key, loose=loose) for one in value]
        return [] if loose and not any(isinstance(one, dict) for one in entries) else _merged(entries)
    if loose:
        return "any"
    if isinstance(value, str) and key in NAMES:
        return f"={steady(value, home)}"
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "bool"
    return "number" if isinstance(value, int | float) else "text"


def _merged(entries: list[Any]) -> list[Any]:
    """Return the entries of a list as few: objects in one, leaves in one."""
    objects = [one for one in entries if isinstance(one, dict)]
    lists = [part for one in entries if isinstance(one, list) for part in one]
    leaves = sorted({one for one in entries if isinstance(one, str)})
    made: list[Any] = [_joined(objects)] if objects else []
    made += [_merged(lists)] if lists else []
    return made + ([" | ".join(leaves)] if leaves else [])


def _joined(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Return objects as one."""
    bare = [{key.removesuffix("?"): value for key, value in one.items()} for one in objects]
    joined: dict[str, Any] = {}
    for key in sorted({key for one in bare for key in one}):
        present = [one[key] for one in bare if key in one]
        optional = len(present) < len(bare) or any(f"{key}?" in one for one in objects)
        inner = [value for value in present if isinstance(value, dict)]
        lists = [part for value in present if isinstance(value, list) for part in value]
        leaves = sorted({leaf for value in present if isinstance(value, str) for leaf in value.split(" | ")})
        kinds: list[Any] = [_joined(inner)] if inner else []
        kinds += [_merged(lists)] if any(isinstance(value, list) for value in present) else []
        kinds += [" | ".join(leaves)] if leaves else []
        joined[f"{key}?" if optional else key] = kinds[0] if len(kinds) == 1 else {"either": kinds}
    return joined


def steady(text: str, home: Home) -> str:
    """Return a path or an id without what differs from run to run."""
    for place, word in ((str(home.path), "<machine>"), (sys.executable, "<python>")):
        text = text.replace(place, word)
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    return text


def files(home: Home) -> dict[str, Any]:
    """Return each file and folder of a home by its path, with its mode, and the shape of what is in it."""
    found: dict[str, Any] = {}
    for path in sorted(home.path.rglob("*")):
        name = steady(path.relative_to(home.path).as_posix() + "/" * path.is_dir(), home)
        if "__pycache__" in path.parts or path.name.endswith(PASSING):
            continue
        entry = {"mode": _mode(path), **dict(_content(path, home))}
        if name in found and found[name] != entry:
            entry = _joined([found[name], entry])
        found[name] = entry
    return found


def _mode(path: Path) -> str:
    """Return the mode where it is for the owner alone; what anybody else may is the umask's, or MLflow's, affair."""
    mode = stat.S_IMODE(path.lstat().st_mode)
    return "others too" if mode & 0o077 else f"{mode:04o}"


def _content(path: Path, home: Home) -> Iterator[tuple[str, Any]]:
    if not path.is_file() or path.stat().st_size == 0:
        return
    if path.suffix == ".json":
        yield "json", shape(json.loads(path.read_text(encoding="utf-8")), home)
    elif path.suffix == ".jsonl":
        yield "lines", [shape(json.loads(line), home) for line in path.read_text(encoding="utf-8").splitlines()]
    elif path.suffix == ".toml":
        yield "toml", shape(tomllib.loads(path.read_text(encoding="utf-8")), home)
    elif path.name in (".databrickscfg", "credentials"):
        parser = configparser.ConfigParser(interpolation=None, default_section="none of them")
        parser.read(path)
        yield "sections", {name: sorted(parser[name]) for name in parser.sections()}


def check_files(name: str, home: Home, *, but: tuple[str, ...] = ()) -> None:
    """See that a home has the files that the contract has, except below some folders."""
    kept: Mapping[str, Any] = {path: what for path, what in files(home).items() if not path.startswith(but or ("//",))}
    check_json(f"files/{name}.json", kept)
