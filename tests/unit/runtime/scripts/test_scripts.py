"""The scripts that run in the runtime: they parse on every Python from 3.9, and import nothing else of ours."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quickstart.runtime.find import OLDEST
from quickstart.runtime.process import SCRIPTS
from quickstart.runtime.scripts import describe, server_app

CLASSROOM = SCRIPTS.parents[1] / "workshop" / "classroom"  # what runs in the runtime, too
PATHS = sorted([*SCRIPTS.rglob("*.py"), *CLASSROOM.glob("*.py")])
BY_SCRIPT = pytest.mark.parametrize("path", PATHS, ids=[path.name for path in PATHS])
ABOUT = {
    "aws.py": {"botocore"},
    "azure_identity.py": {"azure"},
    "app.py": {"mlflow", "starlette"},
    "certificate.py": {"cryptography"},
    "client_check.py": {"mlflow"},
    "databricks_sdk.py": {"databricks"},
    "import_mlflow.py": {"mlflow"},
    "load_runs.py": {"mlflow"},
    "passwords.py": {"flask", "mlflow"},
    "provisioning.py": {"mlflow", "sqlalchemy"},
    "proxy.py": {"starlette"},
    "mlflow_command.py": {"mlflow"},
    "server.py": {"packaging"},
    "server_app.py": {"mlflow", "uvicorn"},
    "web.py": {"starlette"},
}
INTERPRETERS = [found for minor in range(9, 16) if (found := shutil.which(f"python3.{minor}"))]


def test_there_are_scripts() -> None:
    assert {"describe.py", "server_app.py", "client_check.py"} <= {path.name for path in PATHS}


@BY_SCRIPT
def test_a_script_parses_on_the_oldest_python(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)


@BY_SCRIPT
def test_annotations_of_a_script_are_not_evaluated_where_they_are_too_new(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    notes = [getattr(node, "annotation", None) for node in ast.walk(tree)]
    notes += [getattr(node, "returns", None) for node in ast.walk(tree)]
    unions = [one for note in notes if note for one in ast.walk(note) if isinstance(one, ast.BinOp)]
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert not unions or future


@BY_SCRIPT
def test_a_script_imports_the_standard_library_and_what_it_is_about(path: Path) -> None:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(str(node.module).split(".")[0])
    assert names <= set(sys.stdlib_module_names) | ABOUT.get(path.name, set())


@pytest.mark.parametrize("python", [sys.executable, *INTERPRETERS])
def test_an_interpreter_describes_itself_in_one_json_line(python: str) -> None:
    done = subprocess.run(
        [python, str(SCRIPTS / "describe.py")],
        input='{"versions": ["no-such-package", "pip"]}',
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    if done.returncode and "describe.py" not in done.stderr:
        pytest.skip(f"{python} does not run here: {done.stderr.strip()[:80]}")
    (line,) = done.stdout.splitlines()
    facts = json.loads(line)
    found = ("mlflow", "mlflow_in", "mlflow_skinny", "databricks_sdk")
    about = ("executable", "version", "prefix", "packages", "writable", "externally_managed")
    assert tuple(facts) == (*about, *found, "versions")
    assert set(facts["versions"]) == {"no-such-package", "pip"}
    assert facts["versions"]["no-such-package"] is None
    assert tuple(facts["version"]) >= OLDEST


def test_this_interpreter_describes_itself_the_same_from_the_inside() -> None:
    command = [sys.executable, str(SCRIPTS / "describe.py")]
    done = subprocess.run(command, input="", capture_output=True, encoding="utf-8", timeout=30, check=True)
    assert json.loads(done.stdout) == {**describe.describe(), "versions": {}}
    assert describe.version_of("no-such-distribution") is None


UVICORN = ["python", "-m", "uvicorn", "--host", "127.0.0.1", "--port", "5000", "--workers", "1"]
COMMANDS = {
    "MLflow 3": ([*UVICORN, "mlflow.server.fastapi_app:app"], ("mlflow.server.fastapi_app:app", False)),
    "with authentication": (
        [*UVICORN, "--factory", "mlflow.server.auth:create_app"],
        ("mlflow.server.auth:create_app", True),
    ),
    "gunicorn": (["python", "-m", "gunicorn", "-b", "127.0.0.1:5000", "mlflow.server:app"], None),
    "waitress": (["waitress-serve", "--host=127.0.0.1", "mlflow.server:app"], None),
    "no application": (UVICORN, None),
    "nothing": (["python"], None),
}


@pytest.mark.parametrize(("command", "app"), COMMANDS.values(), ids=COMMANDS.keys())
def test_only_a_plain_uvicorn_command_is_run_in_one_process(command: list[str], app: tuple[str, bool] | None) -> None:
    assert server_app.app_of(command) == app


def test_an_option_is_read_from_a_command_line() -> None:
    assert server_app.option(UVICORN, "--port") == "5000"
    assert server_app.option(UVICORN, "--log-config") is None


def test_the_port_is_taken_before_anything_slow() -> None:
    with server_app.listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(OSError, match=r"(?i)in use|10048|10013"):
            server_app.listen("127.0.0.1", port)
