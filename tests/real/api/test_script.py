"""quickstart.recommend(), verify() and setup() called from plain Python, without a notebook and without a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import quickstart
from tests.conftest import Home, Shared, free_port
from tests.messages import fix_of


@pytest.fixture
def here(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Make this very process the person's, on a machine that is no cloud notebook."""
    for variable in ("MLFLOW_TRACKING_URI", "COLAB_RELEASE_TAG", "JPY_PARENT_PID", "JUPYTERHUB_SERVICE_PREFIX"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("QUICKSTART_HOME", str(home.quickstart_home))
    monkeypatch.setattr("builtins.input", lambda prompt="": pytest.fail(f"it asked: {prompt}"))
    return home


def script(home: Home, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code as a scheduler does: nothing to read from, nobody there."""
    return subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=home.cwd,
        env={key: value for key, value in home.environment.items() if key != "JPY_PARENT_PID"},
        check=False,
    )


def test_recommend_returns_a_method_with_reasons_and_alternatives_and_writes_nothing(
    here: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    private = quickstart.recommend(privacy=True, environment="laptop")
    assert (private.method, private.kind, private.here) == ("local", "local", True)
    assert private.reasons[0] == "you want to keep your data on machines you control"
    assert len(private.alternatives) == 5
    assert quickstart.recommend(production=True, platform="azureml").method == "azureml"
    assert not here.quickstart_home.exists()
    assert not list(here.cwd.iterdir())
    assert capsys.readouterr() == ("", "")


def test_recommend_takes_the_defaults_where_nothing_is_said(here: Home) -> None:
    assert quickstart.recommend() == quickstart.recommend(privacy=True, audience="me", production=False)


def test_recommend_can_be_called_again_and_after_setup_in_the_same_script(home: Home) -> None:
    code = (
        "import quickstart\n"
        "try: quickstart.setup()\n"
        "except quickstart.SetupError: pass\n"
        "for _ in range(2): print(quickstart.recommend(privacy=True, environment='laptop').method)"
    )
    done = script(home, code)
    assert done.stdout.splitlines()[-2:] == ["local", "local"], done.stderr


def test_recommend_names_a_value_that_is_not_allowed_and_those_that_are(here: Home) -> None:
    with pytest.raises(quickstart.SetupError) as stopped:
        quickstart.recommend(audience="everybody")
    assert stopped.value.error.code == "bad-answers"
    assert "audience cannot be everybody." in str(stopped.value)
    assert '"me" or "team" or "class"' in str(stopped.value)
    with pytest.raises(quickstart.SetupError, match="privacy cannot be 1"):
        quickstart.recommend(privacy=1)  # type: ignore[arg-type]


def test_recommend_in_a_cloud_notebook_needs_privacy_to_be_said(here: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    with pytest.raises(quickstart.SetupError, match="Missing answer") as stopped:
        quickstart.recommend()
    assert "privacy=True" in fix_of(stopped.value.error)
    private = quickstart.recommend(privacy=True)
    assert (private.method, private.here) == ("local", False)


def test_verify_returns_the_proof(here: Home, server: Shared) -> None:
    verification = quickstart.verify(server.uri)
    assert verification.failed is None
    assert verification.metrics == {"foo": 1.0, "bar": 2.0}
    assert verification.run is not None
    assert verification.run["url"].startswith(server.uri)


def test_verify_takes_the_address_from_the_environment(
    here: Home, server: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    assert quickstart.verify().tracking_uri == server.uri


@pytest.mark.parametrize(
    ("uri", "code"),
    [(f"http://127.0.0.1:{free_port()}", "server-down"), ("ftp://example.org", "bad-uri"), (None, "no-connection")],
    ids=["nobody there", "no web address", "no connection"],
)
def test_verify_explains_what_does_not_answer(
    here: Home, uri: str | None, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else a server of another test, for the same home folder, is what was meant.
    monkeypatch.setattr("quickstart.explain.probes_network.ports_here", list)
    with pytest.raises(quickstart.SetupError) as stopped:
        quickstart.verify(uri)
    assert stopped.value.error.code == code
    assert fix_of(stopped.value.error) in str(stopped.value)


def test_setup_in_a_script_without_a_terminal_names_what_is_missing_and_does_not_wait(home: Home) -> None:
    done = script(home, "import quickstart; quickstart.setup(environment='laptop')")
    assert done.returncode == 1
    assert "SetupError: Missing answer: privacy." in done.stderr
    assert not home.quickstart_home.exists() or not home.json("list")["data"]["connections"]


def test_a_script_that_catches_it_reads_its_parts(home: Home) -> None:
    code = (
        "import quickstart\n"
        "try: quickstart.setup()\n"
        "except quickstart.SetupError as stopped: print(stopped.error.code, bool(stopped.error.why), sep=',')"
    )
    assert script(home, code).stdout.splitlines()[-1] == "answer-needed,True"


def test_setup_with_yes_sets_a_script_and_tells_where_to_look(home: Home) -> None:
    code = (
        "import os, sys, quickstart\n"
        "connection = quickstart.setup('local', privacy=True, environment='laptop', yes=True)\n"
        "assert os.environ['MLFLOW_TRACKING_URI'] == connection.tracking_uri\n"
        "assert not {'mlflow', 'IPython'} & set(sys.modules)"
    )
    done = script(home, code)
    assert done.returncode == 0, done.stderr
    assert "Open it: http://127.0.0.1:" in done.stdout
    assert not Path(home.cwd, "log_mlflow_with_localhost.py").exists()
