"""A method is one package and one line in the catalog: planted, it is everywhere; its name is nowhere else."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from quickstart.methods.catalog import METHODS
from tests.conftest import Home

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "quickstart"

INVENTED = '''"""Method "invented"."""

from quickstart.methods.base import Method

METHODS = (
    Method(
        name="invented",
        kind="production",
        title="a tracking service that was invented for a test",
        short="Invented",
        data_location="provider",
        pros=("nothing to run",),
        cons=("it does not exist",),
        implementation=f"{__name__}.actions:Invented",
        login_name="invented",
        uri_pattern="invented:",
    ),
)
'''
FIELDS = '''"""What a login to the invented service needs."""

from quickstart.prompts.fields import Field

LOGIN_FIELDS = (Field("planet", "planet", "Which planet is it on?", flag="--planet", metavar="P", help="Its planet."),)
'''
ACTIONS = '''"""What method "invented" does."""

from quickstart.errors import QuickstartError
from quickstart.methods.base import MethodActions
from quickstart.models import Connection, Plan
from quickstart.tracking.check import ConnectionCheck


class InventedCheck(ConnectionCheck):
    def resolve(self):
        raise QuickstartError("bad-uri", uri=self.uri, detail="the invented check ran")


class Invented(MethodActions):
    def plan(self, setup):
        return Plan("invented", "invented", ())

    def connection(self, setup):
        return Connection("invented", "invented", "invented://earth")

    def manual_commands(self, setup):
        return ("echo invented",)

    def check(self, uri, saved, experiment, python=None):
        return InventedCheck(uri, experiment)
'''


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package that has one more method."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copytree(PACKAGE, folder / "quickstart", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "guides", folder / "guides")
    package = folder / "quickstart" / "methods" / "invented"
    package.mkdir()
    (package / "__init__.py").write_text(INVENTED, encoding="utf-8")
    (package / "fields.py").write_text(FIELDS, encoding="utf-8")
    (package / "actions.py").write_text(ACTIONS, encoding="utf-8")
    (folder / "guides" / "invented.md").write_text("# The invented service\n\nText.\n", encoding="utf-8")
    catalog = package.parent / "catalog.py"
    text = catalog.read_text(encoding="utf-8")
    assert text.count('    "server",\n)') == 1
    catalog.write_text(text.replace('    "server",\n)', '    "server",\n    "invented",\n)'), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--help",), "invented"),
        (("recommend", "--help"), "invented"),
        (("recommend", "--yes", "--method", "invented"), "a tracking service that was invented for a test"),
        (("recommend", "--yes", "--json"), '"invented"'),
        (("--yes", "--method", "invented", "--dry-run", "--json"), '"method": "invented"'),
        (("login", "--help"), "invented"),
        (("login", "invented", "--help"), "--planet"),
        (("guide",), "The invented service"),
        (("doctor", "invented://earth", "--json"), "the invented check ran"),
        (("verify", "invented://earth", "--json"), "the invented check ran"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_planted_method_is_everywhere(arguments: tuple[str, ...], words: str, planted: Path, home: Home) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "quickstart", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=planted,
        env={**os.environ, "QUICKSTART_HOME": str(home.path / "quickstart"), "PYTHONPATH": str(planted)},
        check=False,
    )
    assert words in " ".join(done.stdout.split()), done.stdout + done.stderr


# Names that mean nothing else, and words that are ordinary ones unless they are a whole string.
DISTINCT = sorted({method.name for method in METHODS} - {"local", "server"}, key=len, reverse=True)
NAME = re.compile(rf"(?<![\w.-])({'|'.join(DISTINCT)})(?![\w-])")
ORDINARY = ("local", "server")
IMPORT = re.compile(r"from quickstart\.methods\.(?!catalog|base|common_steps)\w+")
OUTSIDE = ("methods/", "runtime/scripts/", "workshop/classroom/")  # the scripts run in the runtime, by a platform's SDK

GUIDE = "the guide of that name"
OWN_SERVERS = "`quickstart server` starts servers by the steps of the method that sets one up"
WORKSHOP = "joining a workshop is logging in to a server that has seats"
PROBE = "what MLflow's own answers look like"

# Where a name stands for something else, by file; each with what it is there.
ELSEWHERE: Mapping[str, str] = {
    "cli/app.py": "the command group `quickstart server`",
    "cli/messages.py": GUIDE,
    "cli/server.py": "the default name of a server, and the command group",
    "config_files/messages.py": "the profiles that are edited are those of the databricks SDK",
    "diagnosis/checks/python.py": "the URI schemes that MLflow itself registers",
    "diagnosis/checks/runs.py": f"{PROBE}; {WORKSHOP}",
    "diagnosis/checks/server.py": f"a layer of the doctor; {PROBE}",
    "diagnosis/checks/settings.py": "a kind of file of ours, beside connections and journals",
    "diagnosis/checks/stages.py": "a layer of the doctor",
    "diagnosis/checks/stores.py": "the kind of a method",
    "diagnosis/fixes.py": OWN_SERVERS,
    "diagnosis/models.py": "a layer of the doctor",
    "diagnosis/symptoms.py": "what MLflow prints, and the command that prevents it",
    "explain/investigate.py": WORKSHOP,
    "explain/probes_local.py": PROBE,
    "explain/render.py": f"{GUIDE}; the kind of a method",
    "models.py": "the kind of a method",
    "net/messages.py": "an example of a login",
    "output/draw.py": "the kind of a method",
    "output/servers.py": "the default name of a server",
    "runtime/messages.py": GUIDE,
    "server/messages.py": GUIDE,
    "state/messages.py": GUIDE,
    "steps/handlers.py": OWN_SERVERS,
    "steps/messages.py": GUIDE,
    "steps/servers.py": OWN_SERVERS,
    "steps/undo.py": OWN_SERVERS,
    "system/messages.py": GUIDE,
    "tracking/uri.py": "the URI schemes that MLflow itself handles",
    "workshop/instructor/open.py": OWN_SERVERS,
    "workshop/participant/join.py": f"{PROBE}; {WORKSHOP}",
}


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each string that is not a docstring, and of each identifier."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name) and node.id not in ORDINARY:
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and node.attr not in ORDINARY:
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, f"from {node.module} import {', '.join(one.name for one in node.names)}"


def leaks() -> dict[str, list[str]]:
    """Return the lines outside methods/ that have a method's name, by file."""
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE).as_posix()
        if file.startswith(OUTSIDE):
            continue
        for line, text in texts(path):
            if NAME.search(text) or text in ORDINARY or IMPORT.match(text):
                found.setdefault(file, []).append(f"{file}:{line}: {text}")
    return found


def test_no_other_package_has_a_methods_name() -> None:
    found = leaks()
    assert not {file: lines for file, lines in found.items() if file not in ELSEWHERE}, found
    assert set(ELSEWHERE) <= set(found), "these have none any more"
