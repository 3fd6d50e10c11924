"""The layout that CONTRIBUTING.md promises: where a module stands, how long it is, and where its tests are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "quickstart"
TOP_LEVEL = 8  # modules
LONGEST = 350  # lines; a module fits in the head
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_few_modules_stand_at_the_top_level() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= TOP_LEVEL


@pytest.mark.parametrize("module", MODULES, ids=[str(path.relative_to(ROOT)) for path in MODULES])
def test_a_module_fits_in_the_head(module: Path) -> None:
    # Messages are a table, which nobody reads from end to end.
    limit = 2 * LONGEST if module.name == "messages.py" else LONGEST
    assert len(module.read_text(encoding="utf-8").splitlines()) <= limit


@pytest.mark.parametrize("tree", ["unit", "real"])
def test_tests_mirror_the_package(tree: str) -> None:
    tests = ROOT / "tests" / tree
    folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    assert [str(folder) for folder in sorted(folders) if not (PACKAGE / folder).is_dir() and not _module(folder)] == []


def test_a_unit_test_is_named_after_its_module() -> None:
    tests = ROOT / "tests" / "unit"
    strays = []
    for path in tests.rglob("test_*.py"):
        folder = path.parent.relative_to(tests)
        modules = {module.stem for module in (PACKAGE / folder).glob("*")} | {folder.name or "__init__"}
        if not any(path.stem.removeprefix("test_").startswith(module) for module in modules):
            strays.append(str(path.relative_to(ROOT)))
    assert sorted(strays) == []


def _module(folder: Path) -> bool:
    return (PACKAGE / folder).with_suffix(".py").is_file()


def test_every_path_that_the_guide_for_contributors_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    missing = []
    for name in re.findall(r"`([\w/.-]+/[\w/.-]*)`", text):
        places = (ROOT / name, PACKAGE / name)
        if "*" not in name and "<" not in name and not any(place.exists() for place in places):
            missing.append(name)
    assert missing == []
