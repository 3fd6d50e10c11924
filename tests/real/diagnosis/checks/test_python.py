"""What can be wrong with the Python that holds MLflow, and what hides or replaces that MLflow."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quickstart.diagnosis.checks import python as on_python
from quickstart.diagnosis.context import Context, EffectiveUri
from quickstart.errors import QuickstartError
from quickstart.runtime.find import Runtime
from tests.conftest import Home, Shared
from tests.messages import fix_of
from tests.real.conftest import make_environment
from tests.real.diagnosis.helpers import cause, examined, failed, row, wrong
from tests.real.diagnosis.interpreters import add, command, python_with, site_of
from tests.real.helpers import MLFLOW

# The matrix: it makes environments, and imports MLflow.
pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(sys.platform == "win32", reason="the environments are made with links"),
]

DEAD = "http://127.0.0.1:9"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/mine"
AZURE = (
    "azureml://westeurope.api.azureml.ms/mlflow/v1.0/subscriptions/12345678-1234-1234-1234-123456789012"
    "/resourceGroups/group/providers/Microsoft.MachineLearningServices/workspaces/mine"
)
PYTHON = ("python", "mlflow", "shadow", "command", "plugin")
DEEP = ("import", "packages", "resolved")


@pytest.mark.matrix
def test_of_a_python_in_which_all_is_well_nothing_is_reported(server: Shared) -> None:
    document = examined(server.home, server.uri, "--deep")
    assert {name: row(document, name)["status"] for name in (*PYTHON, *DEEP)} == dict.fromkeys((*PYTHON, *DEEP), "ok")
    assert not {*PYTHON, *DEEP} & set(wrong(document))


def test_what_imports_mlflow_waits_to_be_asked_for(server: Shared) -> None:
    checked = {one["id"] for one in examined(server.home, server.uri)["data"]["checks"]}
    assert set(PYTHON) <= checked
    assert not set(DEEP) & checked


def test_a_python_that_is_not_there_is_the_cause(home: Home) -> None:
    document = examined(home, DEAD, "--python", str(home.path / "nowhere" / "python"))
    assert cause(document) == "python-missing"
    assert row(document, "mlflow")["what"] == "not reached, since python failed"


def test_a_python_that_does_not_run_is_the_cause(home: Home) -> None:
    broken = home.path / "python"
    broken.write_text("#!/nowhere/python3.11\n", encoding="utf-8")
    broken.chmod(0o755)
    assert cause(examined(home, DEAD, "--python", str(broken))) == "python-broken"


@pytest.mark.parametrize("active", ["VIRTUAL_ENV", "CONDA_PREFIX", "--python"])
def test_a_python_without_mlflow_is_the_cause_where_somebody_chose_it(active: str, server: Shared, home: Home) -> None:
    python = python_with(home.path / "env")
    named: dict[str, Any] = (
        {"QUICKSTART_PYTHON": str(python)} if active == "--python" else {active: str(home.path / "env")}
    )
    document = examined(home, server.uri, **({"QUICKSTART_PYTHON": ""} | named))
    assert cause(document) == "mlflow-missing"
    assert failed(document) == ["mlflow-missing"]


def test_a_python_without_mlflow_that_nobody_chose_is_only_told(tmp_path: Path) -> None:
    case = Context(EffectiveUri(DEAD, "argument", ""), environment={}, folder=tmp_path)
    case.__dict__["runtime"] = Runtime(tmp_path / "python", "a new environment", exists=False)
    seen = on_python.mlflow(case)
    assert seen.status == "warn"
    assert seen.error is not None
    assert seen.error.code == "mlflow-nowhere"


def shadowing(home: Home, name: str) -> str:
    """Put a module into the working directory, and return where a program there gets mlflow from."""
    file = home.cwd / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("", encoding="utf-8")
    code = "import importlib.util; print(importlib.util.find_spec('mlflow').origin)"
    return subprocess.check_output([sys.executable, "-c", code], cwd=home.cwd, text=True).strip()


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("name", "hides"), [("mlflow.py", "mlflow.py"), ("mlflow/__init__.py", "mlflow"), ("mlflow/cli.py", "")]
)
def test_what_is_called_mlflow_in_the_folder_is_the_cause_where_it_hides_the_package(
    name: str, hides: str, server: Shared, home: Home
) -> None:
    got = shadowing(home, name)
    assert (Path(got) == home.cwd / name) is bool(hides), "it is so in Python itself"
    document = examined(home, server.uri)
    if hides:
        assert cause(document) == "mlflow-shadowed"
        assert failed(document) == ["mlflow-shadowed"]
        assert f"mv {home.cwd / hides} " in fix_of(row(document, "shadow"))
    else:
        assert failed(document) == []
        assert row(document, "shadow")["status"] == "ok"


def test_a_checkout_that_is_what_is_installed_hides_nothing(server: Shared, home: Home) -> None:
    python = python_with(home.path / "env")
    (site_of(python) / "checkout.pth").write_text(f"{home.cwd}\n", encoding="utf-8")
    shadowing(home, "mlflow/__init__.py")
    add(python, "mlflow", "3.17.2", folder=home.cwd)
    document = examined(home, server.uri, "--python", str(python))
    assert row(document, "shadow")["what"] == "this folder is the MLflow checkout that is installed"


def on_path(*folders: Path) -> dict[str, Any]:
    """Return a PATH on which mlflow is found in the first of the folders."""
    return {"PATH": os.pathsep.join([*map(str, folders), "/usr/bin", "/bin"])}


def test_a_command_of_another_environment_with_another_mlflow_is_told(server: Shared, home: Home) -> None:
    other = python_with(home.path / "other", ("mlflow", "2.9.2"))
    script = command(other)
    document = examined(home, server.uri, **on_path(other.parent))
    assert row(document, "command")["code"] == "mlflow-elsewhere"
    assert f"MLflow 2.9.2 in {script}" in row(document, "command")["what"]
    assert failed(document) == []


def test_a_command_that_pip_put_elsewhere_is_told_by_what_runs_it(server: Shared, home: Home) -> None:
    other = python_with(home.path / "other", ("mlflow-skinny", "2.9.2"))
    local = home.path / "local"
    local.mkdir()
    command(other).rename(local / "mlflow")
    document = examined(home, server.uri, **on_path(local))
    assert row(document, "command")["code"] == "mlflow-elsewhere"


def test_a_command_of_another_environment_with_the_same_mlflow_is_no_matter(server: Shared, home: Home) -> None:
    other = python_with(home.path / "other", ("mlflow", MLFLOW))
    command(other)
    assert row(examined(home, server.uri, **on_path(other.parent)), "command")["status"] == "ok"


@pytest.mark.matrix
def test_the_command_of_the_same_environment_and_none_at_all_are_no_matter(server: Shared, home: Home) -> None:
    own = examined(home, server.uri, **on_path(Path(sys.executable).parent))
    assert row(own, "command")["what"].endswith("belongs to the same environment")
    none = examined(home, server.uri, **on_path())
    assert row(none, "command")["what"] == f"not on the PATH; use {sys.executable} -m mlflow"


def test_a_command_that_is_no_python_is_no_matter(server: Shared, home: Home) -> None:
    folder = home.path / "shims"
    folder.mkdir()
    (folder / "mlflow").write_text("#!/usr/bin/env bash\nexit 1\n", encoding="utf-8")
    (folder / "mlflow").chmod(0o755)
    assert row(examined(home, server.uri, **on_path(folder)), "command")["status"] == "skip"


def test_the_interpreter_of_a_command_with_a_long_path_is_read(tmp_path: Path) -> None:
    script = tmp_path / "mlflow"
    script.write_text("#!/bin/sh\n'''exec' \"/a long path/bin/python3\" \"$0\" \"$@\"\n' '''\n", encoding="utf-8")
    assert on_python.interpreter_of(script) == Path("/a long path/bin/python3")


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("uri", "scheme"), [("kubeflow://cluster/team", "kubeflow"), ("kubeflow+https://cluster", "kubeflow+https")]
)
def test_an_address_of_an_unknown_kind_is_the_cause_unless_a_plugin_knows_it(uri: str, scheme: str, home: Home) -> None:
    python = python_with(home.path / "env", ("mlflow", MLFLOW))
    document = examined(home, uri, "--python", str(python))
    assert cause(document) == "plugin-missing"
    assert failed(document)[0] == "plugin-missing"
    assert f"the entry point {scheme} in the group mlflow.tracking_store" in row(document, "plugin")["why"]
    add(python, "a-plugin", "1.0", entry_points=f"[mlflow.tracking_store]\n{scheme} = a_plugin:Store\n")
    assert row(examined(home, uri, "--python", str(python)), "plugin")["status"] == "ok"


@pytest.mark.matrix
def test_an_arn_without_the_plugin_is_the_cause(home: Home) -> None:
    python = python_with(home.path / "env", ("mlflow", MLFLOW))
    document = examined(home, ARN, "--only", "plugin", "--python", str(python))
    assert cause(document) == "aws-plugin-missing"
    add(python, "sagemaker-mlflow", "0.5.0")
    assert row(examined(home, ARN, "--only", "plugin", "--python", str(python)), "plugin")["status"] == "ok"


@pytest.mark.parametrize(
    ("mlflow", "plugin", "code"),
    [
        ("3.15.0", None, "azure-plugin-missing"),
        ("3.15.0", "1.60.0", "azure-wrong-pair"),
        ("3.17.2", None, "azure-too-new"),
        ("3.15.0", "1.62.0.post6", ""),
    ],
)
def test_a_workspace_needs_a_plugin_that_goes_with_mlflow(
    mlflow: str, plugin: str | None, code: str, home: Home
) -> None:
    python = python_with(home.path / "env", ("mlflow", mlflow), *([("azureml-mlflow", plugin)] if plugin else []))
    assert cause(examined(home, AZURE, "--only", "plugin", "--python", str(python))) == code


@pytest.mark.parametrize("uri", ["sqlite:///mlflow.db", "./mlruns", "postgresql+psycopg2://host/db", "C:\\runs"])
def test_what_mlflow_knows_itself_needs_no_plugin(uri: str, tmp_path: Path) -> None:
    case = Context(EffectiveUri(uri, "argument", ""), environment={}, folder=tmp_path)
    assert on_python.plugin(case).status == "ok"


@pytest.mark.matrix
def test_an_mlflow_that_cannot_be_imported_here_is_the_cause(server: Shared, home: Home) -> None:
    (home.cwd / "yaml.py").write_text("raise TypeError('Descriptors cannot be created directly.')\n", encoding="utf-8")
    document = examined(home, server.uri, "--deep")
    assert cause(document) == "import-failed"
    assert "TypeError: Descriptors cannot be created directly." in row(document, "import")["what"]
    assert failed(document) == ["import-failed"]
    assert row(document, "resolved")["what"] == "not reached, since import failed"


@pytest.mark.matrix
def test_a_python_that_crashes_as_it_imports_mlflow_is_the_cause(server: Shared, home: Home) -> None:
    (home.cwd / "yaml.py").write_text("import os\nos.abort()\n", encoding="utf-8")
    assert cause(examined(home, server.uri, "--only", "import")) == "import-failed"


@pytest.mark.matrix
def test_packages_that_do_not_fit_together_are_told_where_mlflow_rests_on_them(home: Home) -> None:
    python = python_with(home.path / "env", pip=True)
    add(python, "mlflow", "3.17.2", requires=["protobuf<7", "boto3; extra == 'aws'"])
    add(python, "protobuf", "8.0")
    add(python, "else", "1.0", requires=["nothing-of-ours"])
    document = examined(home, DEAD, "--only", "packages", "--python", str(python))
    assert cause(document) == "packages-clash"
    assert "mlflow 3.17.2 has requirement protobuf<7, but you have protobuf 8.0" in row(document, "packages")["what"]
    assert row(document, "packages")["why"].startswith("pip check found 1 conflicts")


def test_packages_without_pip_are_not_looked_at(home: Home) -> None:
    python = python_with(home.path / "env", ("mlflow", "3.17.2"))
    document = examined(home, DEAD, "--only", "packages", "--python", str(python))
    assert row(document, "packages")["status"] == "skip"


def sent_elsewhere(home: Home) -> dict[str, Any]:
    """Return variables with which every Python sets another address as it starts, as some sites have it."""
    (home.cwd / "site").mkdir()
    code = "import os\nos.environ['MLFLOW_TRACKING_URI'] = 'http://someone:hunter2@elsewhere.example.org'\n"
    (home.cwd / "site" / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": str(home.cwd / "site")}


@pytest.mark.matrix
def test_a_site_that_sends_mlflow_elsewhere_is_the_cause(server: Shared, home: Home) -> None:
    document = examined(home, server.uri, "--deep", **sent_elsewhere(home))
    assert cause(document) == "resolves-elsewhere"
    assert f"uses http://***@elsewhere.example.org instead of {server.uri}." in row(document, "resolved")["what"]
    assert failed(document) == ["resolves-elsewhere"]
    assert "hunter2" not in str(document)


@pytest.mark.matrix
def test_a_module_in_the_folder_that_sends_mlflow_elsewhere_is_seen_by_default(home: Home, tmp_path: Path) -> None:
    sent_elsewhere(home)
    case = Context(
        EffectiveUri(f"sqlite:///{home.cwd}/mlflow.db", "default", ""),
        python=sys.executable,
        environment={**home.environment, "PYTHONPATH": str(home.cwd / "site")},
        folder=home.cwd,
    )
    with pytest.raises(QuickstartError) as raised:
        on_python.resolved(case)
    assert raised.value.code == "resolves-elsewhere"
    assert "older MLflow" in raised.value.facts["hint"]


@pytest.mark.matrix
def test_by_default_mlflow_itself_goes_where_the_doctor_says(home: Home) -> None:
    document = examined(home, "--only", "resolved")
    assert document["data"]["origin"]["source"] == "default"
    assert row(document, "resolved")["status"] == "ok"


def test_a_target_that_only_shares_its_folder_is_the_same_environment(tmp_path: Path) -> None:
    runtime = Runtime(Path(sys.executable), "ours", client="1.0")
    case = Context(
        EffectiveUri(DEAD, "argument", ""), environment={"PATH": str(Path(sys.executable).parent)}, folder=tmp_path
    )
    case.__dict__["runtime"] = replace(runtime, client="another")
    assert on_python.command(case).status == "ok"


@pytest.mark.matrix
def test_a_real_environment_with_another_mlflow_and_a_package_that_does_not_fit(server: Shared, home: Home) -> None:
    python = make_environment(home.path / "env", "mlflow-skinny==2.22.0")
    install = [str(python), "-m", "pip", "install", "--quiet"]
    document = examined(home, server.uri, **on_path(python.parent))
    assert f"MLflow 2.22.0 in {python.parent / 'mlflow'}" in row(document, "command")["what"]
    healthy = examined(home, server.uri, "--only", "packages", "--only", "import", "--python", str(python))
    assert wrong(healthy) == {}
    subprocess.run([*install, "--no-deps", "--upgrade", "packaging>=25"], check=True)
    document = examined(home, server.uri, "--only", "packages", "--python", str(python))
    assert cause(document) == "packages-clash"
    assert "mlflow-skinny 2.22.0 has requirement packaging<25" in row(document, "packages")["what"]
