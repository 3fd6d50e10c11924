"""Hostile surroundings: it works in spite of them, or ends at once and says what happened, why, and what mends it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Home, Ran, end_servers, new_home, ours
from tests.messages import fix_of
from tests.real.helpers import mlflow, server_of, stages_of, unbroken

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(sys.platform == "win32", reason="a shell sets the limits and closes the streams"),
]

OURSELVES = "bug in quickstart"
ODD = "a b'c\"d$e`f&g#h ü 日本 🎉"
DEAD = "http://127.0.0.1:9"
NONSENSE = {
    **dict.fromkeys(
        (
            "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLFLOW_BACKEND_STORE_URI", "MLFLOW_REGISTRY_STORE_URI",
            "MLFLOW_DEFAULT_ARTIFACT_ROOT", "MLFLOW_ARTIFACTS_DESTINATION", "MLFLOW_HOST", "MLFLOW_PORT",
            "MLFLOW_WORKERS", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID", "MLFLOW_TRACKING_TOKEN",
            "MLFLOW_TRACKING_INSECURE_TLS", "MLFLOW_TRACKING_SERVER_CERT_PATH", "MLFLOW_TRACKING_AUTH",
            "MLFLOW_STATIC_PREFIX", "_MLFLOW_STATIC_PREFIX", "_MLFLOW_SERVER_FILE_STORE",
            "MLFLOW_SERVER_ALLOWED_HOSTS", "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS", "MLFLOW_SERVER_X_FRAME_OPTIONS",
            "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE", "MLFLOW_HTTP_REQUEST_TIMEOUT",
            "MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "MLFLOW_LOGGING_LEVEL", "MLFLOW_UVICORN_OPTS",
            "MLFLOW_WORKSPACE_STORE_URI", "DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CONFIG_FILE",
            "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "UVICORN_PORT", "GUNICORN_CMD_ARGS", "FLASK_APP",
        ),
        "nonsense://nowhere",
    ),
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), DEAD),
    "NO_PROXY": "",
    "no_proxy": "",
    "TMPDIR": "/nowhere/at/all",
    "LC_ALL": "POSIX",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii:backslashreplace",
    "PYTHONOPTIMIZE": "2",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONWARNINGS": "error",
    "prometheus_multiproc_dir": "/nowhere",
}  # fmt: skip
BROKEN = {
    "import-error": ("raise ImportError('half of it is gone')", "half of it is gone"),
    "syntax-error": ("def (:", "invalid syntax"),
    "other-error": ("raise RuntimeError('not today')", "not today"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed"),
    "gone": (None, "has no MLflow"),
}


def through(home: Home, before: str, *arguments: str, after: str = "", **environment: str) -> Ran:
    """Run a command after a shell has done something, and with what the shell says of its streams."""
    words = shlex.join([sys.executable, "-m", "quickstart", *arguments])
    done = subprocess.run(
        ["sh", "-c", f"{before}\nexec {words} {after}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=home.cwd,
        env={**home.environment, **environment},
        timeout=180,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def surrounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with a running server, set up among everything that is hostile, with few open files allowed."""
    made = new_home(tmp_path_factory.mktemp("hostile") / ODD)
    with_sabotage = replace(made, environment={**made.environment, "PYTHONPATH": str(made.cwd), **NONSENSE})
    for module in ("mlflow", "uvicorn", "alembic", "sqlalchemy"):
        (made.cwd / f"{module}.py").write_text(f"raise SystemExit('the wrong {module}')\n", encoding="utf-8")
    ran = through(with_sabotage, "ulimit -Sn 64", "--yes", "--json")
    try:
        assert ran.status == 0, ran.out + ran.err
        assert ran.json["data"]["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
        yield with_sabotage
    finally:
        end_servers(made)


def test_it_works_among_nonsense_and_its_checks_do_too(surrounded: Home) -> None:
    status = server_of(surrounded)
    assert status["running"]
    # An ASCII locale shows the bytes of a name one by one; they are the same bytes.
    assert os.fsencode(status["store"]) == os.fsencode(surrounded.quickstart_home / "data" / "local")
    checked = stages_of(surrounded.json("verify", status["url"]))
    assert set(checked.values()) <= {"ok", "skip"}
    left = sorted(path.name for path in surrounded.cwd.iterdir() if path.name != "__pycache__")
    assert left == ["alembic.py", "mlflow.py", "sqlalchemy.py", "uvicorn.py"]


@pytest.mark.parametrize("command", [("--yes",), ("verify",), ("server", "status"), ("--yes", "--dry-run")], ids=str)
def test_a_working_directory_that_was_deleted_is_no_reason_to_fail(surrounded: Home, command: tuple[str, ...]) -> None:
    quiet = replace(surrounded, environment={**surrounded.environment, "MLFLOW_TRACKING_URI": ""})
    ran = through(quiet, "mkdir gone && cd gone && rmdir ../gone", *command)
    assert OURSELVES not in unbroken(ran.out + ran.err)
    assert ran.status == 0, ran.out + ran.err


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_changes_nothing(surrounded: Home, streams: str) -> None:
    url = server_of(surrounded)["url"]
    ran = through(surrounded, "unset TERM", "verify", url, after=streams)
    assert ran.status == 0, ran.out + ran.err


def test_forty_clients_at_once_get_through_although_the_shell_allows_few_open_files(surrounded: Home) -> None:
    url = server_of(surrounded)["url"]

    def log(number: int) -> str:
        made = mlflow(url, "POST", "runs/create", experiment_id="0", run_name=f"client {number}")
        run_id = made["run"]["info"]["run_id"]
        mlflow(url, "POST", "runs/log-metric", run_id=run_id, key="foo", value=number, timestamp=1)
        return str(run_id)

    with ThreadPoolExecutor(40) as crowd:
        assert len(set(crowd.map(log, range(40)))) == 40


@pytest.fixture(scope="module")
def broken_environment(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An environment that says it holds MLflow, and the file that is imported as that."""
    folder = tmp_path_factory.mktemp("broken") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    (packages,) = folder.glob("lib/python*/site-packages")
    for module in ("mlflow", "uvicorn", "mlflow-9.9.9.dist-info"):
        (packages / module).mkdir()
    (packages / "uvicorn" / "__init__.py").touch()
    metadata = "Metadata-Version: 2.1\nName: mlflow\nVersion: 9.9.9\n"
    (packages / "mlflow-9.9.9.dist-info" / "METADATA").write_text(metadata, encoding="utf-8")
    return folder / "bin" / "python", packages / "mlflow" / "__init__.py"


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_mlflow_is_told_at_once_with_its_reason(
    home: Home, broken_environment: tuple[Path, Path], how: str
) -> None:
    python, package = broken_environment
    code, reason = BROKEN[how]
    shutil.rmtree(package.parent, ignore_errors=True)  # with its bytecode
    if code is not None:
        package.parent.mkdir()
        package.write_text(code, encoding="utf-8")
    ran = home.run("server", "start", "--python", str(python), "--json", status=1)
    error = ran.json["error"]
    assert error["code"] == "server-failed"
    assert reason in error["why"]
    assert fix_of(error)
    assert "Traceback" not in ran.out + ran.err
    assert not ours(home.path)


@pytest.mark.parametrize("variable", ["HOME", "QUICKSTART_HOME"])
def test_a_home_that_cannot_be_written_is_named_and_looking_is_still_possible(home: Home, variable: str) -> None:
    impossible = os.devnull + "/home"
    environment = {**home.environment, "HOME": impossible, variable: impossible}
    if variable == "HOME":
        del environment["QUICKSTART_HOME"]
    nowhere = replace(home, environment=environment)
    error = nowhere.json("--yes", status=1)["error"]
    assert error["code"] == "unwritable"
    assert os.devnull in error["what"]
    assert nowhere.json("server", "status")["data"]["servers"] == []
