"""Which interpreter is the runtime: the rules, one by one, in environments made for it."""

from __future__ import annotations

import os
import sys
import venv
from pathlib import Path

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.runtime import process
from quickstart.runtime.find import find_runtime, managed_folder, python_of
from quickstart.runtime.process import clean_environment
from tests.conftest import Home

pytestmark = pytest.mark.usefixtures("place", "no_environment")
POSIX_SCRIPTS = pytest.mark.skipif(sys.platform == "win32", reason="an interpreter is played by a shell script")


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that is not ours, without MLflow."""
    folder = tmp_path_factory.mktemp("somebody else's") / "an environment"
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    return folder


def played(path: Path, *lines: str) -> Path:
    """Write a shell script that stands where an interpreter is expected."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)
    return path


def lives_in(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the wizard itself live in a virtual environment."""
    monkeypatch.setattr(sys, "prefix", str(prefix))


def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the wizard itself live in no virtual environment."""
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)


def test_the_given_interpreter_goes_before_every_rule(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    monkeypatch.setenv("CONDA_PREFIX", "/nowhere")
    found = find_runtime(str(python_of(other)))
    assert (found.python, found.mlflow, found.managed, found.exists) == (python_of(other), None, False, True)
    assert found.version == tuple(sys.version_info[:3])
    assert other in found.packages.parents
    assert found.writable
    assert not found.externally_managed


def test_a_relative_path_and_a_home_folder_are_understood(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(other)
    monkeypatch.setenv("HOME", str(other))
    monkeypatch.setenv("USERPROFILE", str(other))
    within = python_of(other).relative_to(other)
    assert find_runtime(str(within)).python == find_runtime(str(Path("~") / within)).python == python_of(other)


@pytest.mark.parametrize(
    ("variable", "origin"), [("VIRTUAL_ENV", "active virtual environment"), ("CONDA_PREFIX", "active conda")]
)
def test_the_active_environment_is_used(
    variable: str, origin: str, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(other))
    found = find_runtime()
    assert found.python == python_of(other)
    assert origin in found.origin


def test_a_virtual_environment_goes_before_the_conda_one_it_was_made_in(
    other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDA_PREFIX", "/opt/conda")
    monkeypatch.setenv("VIRTUAL_ENV", str(other))
    assert find_runtime().python == python_of(other)


def test_an_active_environment_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "gone"))
    with pytest.raises(QuickstartError) as missing:
        find_runtime()
    assert (missing.value.code, missing.value.exit_code) == ("python-missing", ExitCode.USAGE)
    assert str(tmp_path / "gone") in missing.value.facts["python"]


def test_the_wizards_own_lasting_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lives_in(tmp_path / "project" / ".venv", monkeypatch)
    found = find_runtime()
    assert found.python == Path(sys.executable)
    assert "own virtual environment" in found.origin


TOOLS = {
    "pipx": ("pipx/venvs/mlflow-quickstart", "pipx_metadata.json"),
    "uv tool": ("uv/tools/mlflow-quickstart", "uv-receipt.toml"),
    "uvx": ("uv/archive-v0/Xy12", None),
    "uv run --with": ("uv/environments-v2/check-1a2b", None),
    "uv's builds": ("uv/builds-v0/.tmpAb12", None),
}


@pytest.mark.parametrize(("folder", "receipt"), TOOLS.values(), ids=TOOLS.keys())
def test_an_environment_that_a_tool_made_for_the_wizard_is_left_alone(
    folder: str, receipt: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = tmp_path / folder
    prefix.mkdir(parents=True)
    if receipt:
        (prefix / receipt).write_text("{}")
    lives_in(prefix, monkeypatch)
    found = find_runtime()
    assert (found.managed, found.exists, found.python) == (True, False, python_of(managed_folder()))


def test_the_systems_python_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere(monkeypatch)
    found = find_runtime()
    assert (found.managed, found.exists, found.mlflow) == (True, False, None)
    assert found.version == tuple(sys.version_info[:3])
    assert not managed_folder().exists()


def test_the_managed_environment_is_used_once_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere(monkeypatch)
    venv.create(managed_folder(), with_pip=False, symlinks=sys.platform != "win32")
    found = find_runtime()
    assert (found.managed, found.exists, found.python) == (True, True, python_of(managed_folder()))


@POSIX_SCRIPTS
def test_an_environment_in_the_working_directory_that_is_not_active_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (".venv", "venv", "env"):
        played(tmp_path / folder / "bin" / "python", f"touch {tmp_path}/it-ran", "exit 1")
        (tmp_path / folder / "pyvenv.cfg").write_text("home = /usr/bin\n")
    nowhere(monkeypatch)
    assert tmp_path / ".venv" not in find_runtime().python.parents
    lives_in(tmp_path / "own", monkeypatch)
    assert find_runtime().python == Path(sys.executable)
    assert not (tmp_path / "it-ran").exists()


@POSIX_SCRIPTS
def test_not_even_yes_runs_an_environment_in_the_working_directory(bare: Home) -> None:
    played(bare.cwd / ".venv" / "bin" / "python", f"touch '{bare.path}/it-ran'", "exit 1")
    plan = bare.json("--yes", "--dry-run", QUICKSTART_PYTHON="")["data"]["plan"]
    assert not (bare.path / "it-ran").exists()
    assert ".venv/bin" not in str(plan)


@pytest.mark.parametrize("name", ["not-there", "python-that-is-not-there"])
def test_an_interpreter_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(QuickstartError) as missing:
        find_runtime(str(tmp_path / name))
    assert (missing.value.code, missing.value.exit_code) == ("python-missing", ExitCode.USAGE)


def test_a_missing_interpreter_beside_our_own_is_not_taken_for_it() -> None:
    with pytest.raises(QuickstartError, match="python-missing"):
        find_runtime(str(Path(sys.executable).with_name("python-that-is-not-there")))


@POSIX_SCRIPTS
def test_another_interpreter_beside_our_own_is_asked_and_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        '{"version": [3, 13, 1], "packages": "/p", "writable": true, "externally_managed": true, '
        '"mlflow": "2.9", "mlflow_in": "/p", "mlflow_skinny": null, "databricks_sdk": "0.1"}'
    )
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python3"))
    found = find_runtime(str(played(tmp_path / "python3.13", f"echo '{said}'")))
    assert (found.version, found.externally_managed, found.mlflow) == ((3, 13, 1), True, "2.9")


BROKEN = {
    "one that fails": ("exit 1",),
    "one that fails and says why": ("echo 'dyld: Library not loaded' >&2", "exit 134"),
    "one that says nothing": ("exit 0",),
    "one that says something else": ("echo '{this is no JSON'",),
}


@POSIX_SCRIPTS
@pytest.mark.parametrize("lines", BROKEN.values(), ids=BROKEN.keys())
def test_an_interpreter_that_does_not_run_is_broken(lines: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(QuickstartError) as broken:
        find_runtime(str(played(tmp_path / "bin" / "interpreter", *lines)))
    assert broken.value.code == "python-broken"
    assert broken.value.facts["python"] == str(tmp_path / "bin" / "interpreter")


@POSIX_SCRIPTS
def test_what_cannot_be_run_at_all_is_broken(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "text"):
        if path != tmp_path:
            path.write_text("no program")
        with pytest.raises(QuickstartError, match="python-broken"):
            find_runtime(str(path))


@POSIX_SCRIPTS
def test_a_python_that_is_too_old_is_named_with_its_version(tmp_path: Path) -> None:
    said = (
        '{"version": [3, 8, 20], "packages": "/p", "writable": true, "externally_managed": false, '
        '"mlflow": null, "mlflow_in": null}'
    )
    with pytest.raises(QuickstartError) as old:
        find_runtime(str(played(tmp_path / "interpreter", f"echo '{said}'")))
    assert (old.value.code, old.value.facts["version"]) == ("python-too-old", "3.8.20")


DROPPED = {
    "PYTHONPATH": "/somewhere",
    "PYTHONHOME": "/somewhere",
    "PYTHONSTARTUP": "/somewhere",
    "PYTHONSAFEPATH": "1",
    "PYTHONWARNINGS": "error",
    "prometheus_multiproc_dir": "/somewhere",
    "MLFLOW_TRACKING_URI": "http://elsewhere",
    "MLFLOW_RUN_ID": "1",
    "_MLFLOW_SERVER_FILE_STORE": "x",
    "DATABRICKS_HOST": "https://elsewhere",
    "UVICORN_RELOAD": "1",
    "WEB_CONCURRENCY": "4",
    "FORWARDED_ALLOW_IPS": "*",
}
KEPT = {
    "PATH": os.environ.get("PATH", ""),
    "LANG": "C.UTF-8",
    "HTTPS_PROXY": "http://proxy:3128",
    "MY_MLFLOW": "1",
    "PYTHON_KEYRING_BACKEND": "x",
}


def test_a_process_in_the_target_has_nothing_of_other_interpreters_or_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in (DROPPED | KEPT).items():
        monkeypatch.setenv(key, value)
    cleaned = clean_environment(MLFLOW_DISABLE_TELEMETRY="true")
    assert set(DROPPED) & set(cleaned) == set()
    assert KEPT.items() <= cleaned.items()
    assert cleaned["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert cleaned["PYTHONUTF8"] == "1"
    assert os.environ["MLFLOW_RUN_ID"] == "1"


@POSIX_SCRIPTS
def test_a_script_that_does_not_end_is_ended(tmp_path: Path) -> None:
    with pytest.raises(QuickstartError) as silent:
        process.run_script(played(tmp_path / "slow", "exec sleep 30"), "describe.py", timeout=0.3)
    assert (silent.value.code, silent.value.facts["seconds"]) == ("script-silent", 0.3)
