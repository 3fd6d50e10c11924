"""The real plugin and MLflow's real client, in an environment built once; all in this module, for that reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quickstart.methods.azureml.setup import NEWEST_MLFLOW, NEWEST_PLUGIN, newest_pair
from tests.conftest import Home, Ran
from tests.guides.test_guides import ROOT, follow
from tests.messages import fix_of
from tests.real.conftest import make_environment
from tests.real.methods.azureml.conftest import home_with
from tests.real.methods.azureml.helpers import az_of, login, stages
from tests.standins.azureml import Workspace
from tests.standins.azureml.state import SCOPE, SUBSCRIPTION

URI = f"azureml://westeurope.api.azureml.ms/mlflow/v1.0{SCOPE}"  # as the guide has it
pytestmark = pytest.mark.matrix
READ_BACK = """
import mlflow
for run in mlflow.search_runs(experiment_names=["check-azureml-connection"], output_format="list"):
    files = [one.path for one in mlflow.MlflowClient().list_artifacts(run.info.run_id)]
    print(sorted(run.data.metrics.items()), files)
"""


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with the pair that quickstart installs."""
    return make_environment(tmp_path_factory.mktemp("paired") / "venv", *newest_pair(sys.version_info[:3]).install)


@pytest.fixture
def whole(tmp_path: Path, paired: Path, certificate: tuple[Path, Path]) -> Home:
    """A home whose runtime holds the pair."""
    return home_with(paired, tmp_path, certificate[0])


def identity_of(place: Workspace) -> dict[str, Any]:
    """Return the variables of a machine that has an identity."""
    return {"IDENTITY_ENDPOINT": f"{place.url}/msi/token", "IDENTITY_HEADER": place.identity_header}


def read_back(home: Home, **environment: str) -> str:
    """Read all runs back by the plugin, in a shell with what `quickstart env` prints."""
    lines = home.run("env", "--format", "dotenv").out.splitlines()
    variables = {key: value.strip("'") for key, _, value in (line.partition("=") for line in lines)}
    command = [home.environment["QUICKSTART_PYTHON"], "-c", READ_BACK]
    shell: dict[str, Any] = {**home.environment, **variables, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=shell).stdout


def test_with_a_managed_identity_metrics_and_a_file_go_there_and_back(whole: Home, place: Workspace) -> None:
    document = whole.json(*login(place)[:-1], **identity_of(place))
    assert document["data"]["connection"]["env"]["AZURE_TOKEN_CREDENTIALS"] == "ManagedIdentityCredential"
    assert set(stages(document).values()) <= {"ok", "skip"}
    assert stages(document)["client"] == "ok"
    assert len(place.blobs) == 1
    logged = "[('bar', 2.0), ('foo', 1.0)]"
    printed = read_back(whole, **identity_of(place))
    assert f"{logged} ['quickstart-client-check.txt']" in printed
    assert printed.count(logged) >= 2


def test_with_the_az_cli_metrics_and_a_file_go_there_and_back(whole: Home, place: Workspace) -> None:
    az = az_of(whole, place)
    ran = whole.run(*login(place)[:-1], **az)
    told = " ".join(ran.err.split())
    assert f"mlflow {NEWEST_MLFLOW} with azureml-mlflow {NEWEST_PLUGIN}: compatible" in told
    assert "also logged and read back with MLflow's client" in told
    assert stages_of_verify(whole, **az)["client"] == "ok"
    assert "quickstart-client-check.txt" in read_back(whole, **az)


def stages_of_verify(home: Home, **environment: Any) -> dict[str, str]:
    """Return the stages of `verify --with-client`, each with its status."""
    return {one["id"]: one["status"] for one in home.json("verify", "--with-client", **environment)["data"]["stages"]}


def test_the_wizard_takes_what_the_machine_has(whole: Home, place: Workspace) -> None:
    shell: dict[str, Any] = {"MLFLOW_TRACKING_URI": place.uri, **identity_of(place)}
    document = whole.json("--method", "azureml", "--yes", **shell)
    assert document["data"]["connection"]["tracking_uri"] == place.uri
    assert [step["id"] for step in document["data"]["steps"]] == ["save-connection:azureml"]
    assert {one["id"]: one["status"] for one in document["data"]["verification"]["stages"]}["client"] == "ok"


def test_an_identity_that_the_machine_does_not_have_is_told(whole: Home, place: Workspace) -> None:
    shell: dict[str, Any] = {**identity_of(place), "IDENTITY_HEADER": "wrong"}
    ran = whole.run(*login(place, "--managed-identity"), "--json", status=1, **shell)
    assert ran.json["error"]["code"] == "azure-way-failed"


@pytest.mark.skipif(sys.platform == "win32", reason="the guide's blocks are for bash")
def test_the_guide_can_be_followed_against_the_stand_in(whole: Home, place: Workspace) -> None:
    whole.environment.update(az_of(whole, place))
    printed = follow(whole, ROOT / "guides" / "azureml.md", {URI: place.uri}, run_python=False)
    assert "also logged and read back with MLflow's client" in printed
    assert "connection azureml removed" in printed
    assert whole.json("list")["data"] == {"connections": []}


@pytest.fixture(scope="module")
def mispaired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install mlflow azureml-mlflow` may end at: the plugin that declares no limit."""
    packages = (f"mlflow-skinny=={NEWEST_MLFLOW}", "azureml-mlflow==1.60.0")
    return make_environment(tmp_path_factory.mktemp("mispaired") / "venv", *packages)


def failed(ran: Ran) -> tuple[str, str]:
    """Return the code of an error, and its mend."""
    return ran.json["error"]["code"], fix_of(ran.json["error"])


def test_a_wrong_pair_is_refused_before_it_can_break_on_artifacts(
    mispaired: Path, tmp_path: Path, place: Workspace, certificate: tuple[Path, Path]
) -> None:
    home = home_with(mispaired, tmp_path, certificate[0])
    ran = home.run(*login(place), "--json", status=3, **az_of(home, place))
    code, fix = failed(ran)
    assert code == "azure-wrong-pair"
    assert f"-m pip install azureml-mlflow=={NEWEST_PLUGIN}" in fix
    broken = "import mlflow; mlflow.set_experiment('broken'); mlflow.log_metric('m', 1); mlflow.log_text('x', 'x.txt')"
    connection = {**ran.json["data"]["connection"]["env"], **home.environment, **az_of(home, place)}
    done = subprocess.run([mispaired, "-c", broken], capture_output=True, text=True, timeout=120, env=connection)
    assert done.returncode != 0  # the very thing that the pair is worked out for
    assert "unexpected keyword argument" in done.stderr


def test_a_wrong_pair_is_mended_in_place_and_undo_leaves_packages_alone(
    mispaired: Path, tmp_path: Path, place: Workspace, certificate: tuple[Path, Path]
) -> None:
    home = home_with(mispaired, tmp_path, certificate[0])
    document = home.json(*login(place)[:-1], "--install", **az_of(home, place))
    assert stages(document)["client"] == "ok"
    assert home.json("undo", "--yes")["status"] == "ok"
    assert mispaired.exists()


def test_an_mlflow_that_is_too_new_stays_and_an_environment_apart_is_made_and_undone(
    tmp_path: Path, place: Workspace, certificate: tuple[Path, Path]
) -> None:
    home = home_with(Path(sys.executable), tmp_path, certificate[0])  # these tests' own, with a newer MLflow
    az = az_of(home, place)
    left = home.run(*login(place), "--json", status=3, **az)
    assert failed(left)[0] == "azure-too-new"
    document = home.json(*login(place)[:-1], "--yes", **az)
    apart = home.quickstart_home / "data" / ".environment-azureml"
    assert apart.is_dir()
    assert stages(document)["client"] == "ok"
    again = home.json(*login(place)[:-1], "--no-input", **az)
    assert stages(again)["client"] == "ok"
    home.run("undo", "--yes")
    assert not apart.exists()


def test_the_plugin_is_missed_by_name(
    tmp_path: Path, place: Workspace, certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    python = make_environment(tmp_path_factory.mktemp("alone") / "venv", f"mlflow-skinny=={NEWEST_MLFLOW}")
    home = home_with(python, tmp_path, certificate[0])
    code, fix = failed(home.run(*login(place), "--json", status=3, **az_of(home, place)))
    assert code == "azure-plugin-missing"
    assert f"azureml-mlflow=={NEWEST_PLUGIN}" in fix
    assert SUBSCRIPTION not in fix
