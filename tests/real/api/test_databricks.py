"""quickstart.setup(method="databricks-free") in a cell: a token typed unseen, Colab's secrets, a workspace's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, Shared, new_home
from tests.real.api.kernel import ENTER, Kernel, Pick, kernel_of
from tests.real.methods.databricks.helpers import config, files_with, profiles
from tests.standins.databricks import Workspace, workspace

pytestmark = pytest.mark.matrix

BY_TOKEN = Pick("With a personal access token")
SET = "{k: os.environ.get(k) for k in ('MLFLOW_TRACKING_URI', 'DATABRICKS_CONFIG_PROFILE', 'DATABRICKS_HOST')}"
COLAB = """
def get(name):
    if name in SECRETS:
        return SECRETS[name]
    raise KeyError(name)
"""


@pytest.fixture
def place(server: Shared) -> Iterator[Workspace]:
    """A workspace in which everything works."""
    with workspace(server.uri) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which no server is started."""
    return new_home(tmp_path)


def hidden(kernel: Kernel) -> list[bool]:
    """Return a list that grows with each prompt: whether the page shows what is typed into it."""
    client: Any = kernel._client
    asked, real = [], client.get_stdin_msg

    def noting(**wait: Any) -> Any:
        message = real(**wait)
        asked.append(bool(message["content"]["password"]))
        return message

    client.get_stdin_msg = noting
    return asked


def untouched(home: Home) -> bool:
    """Tell whether nothing at all was saved."""
    return not config(home).exists() and not (home.quickstart_home / "state" / "connections.json").exists()


def test_a_token_is_typed_unseen_and_kept_in_a_profile_alone(home: Home, place: Workspace) -> None:
    with kernel_of(home) as kernel:
        kernel.run("import os, quickstart")
        asked = hidden(kernel)
        wish = f"connection = quickstart.setup(method='databricks-free', host={place.url!r})"
        told = kernel.run(wish, BY_TOKEN, place.token, ENTER)
        assert told.status == "ok", told.traceback
        assert asked == [False, True, False]
        assert "foo=1 bar=2 logged and read back" in told.text
        assert profiles(config(home)) == {"databricks-free": {"host": place.url, "token": place.token}}
        assert kernel.value(SET) == {
            "MLFLOW_TRACKING_URI": "databricks",
            "DATABRICKS_CONFIG_PROFILE": "databricks-free",
            "DATABRICKS_HOST": None,
        }
        known = kernel.value("repr([list(_ih), connection, [str(one) for one in _oh.values()]])")
        assert place.token not in told.text + told.html + known
    assert files_with(place.token, home) == [config(home)]


def test_in_colab_the_secrets_store_is_read_and_nothing_is_asked(home: Home, place: Workspace) -> None:
    package = home.path / "site" / "google" / "colab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    secrets = {"DATABRICKS_HOST": place.url, "DATABRICKS_TOKEN": place.token}
    (package / "userdata.py").write_text(f"SECRETS = {secrets!r}\n{COLAB}")
    in_colab = {"COLAB_RELEASE_TAG": "release-colab_20260101", "PYTHONPATH": str(home.path / "site")}
    with kernel_of(home, **in_colab) as kernel:
        kernel.run("import os, google.colab, quickstart")
        told = kernel.run("quickstart.setup(method='databricks-free', session_only=True, yes=True);")
        assert told.status == "ok", told.traceback
        assert told.prompts == []
        assert "in Colab's secrets" in told.text
        assert place.token not in told.text + told.html
        assert kernel.value("os.environ['DATABRICKS_TOKEN']") == place.token
        assert kernel.value(SET) == {
            "MLFLOW_TRACKING_URI": "databricks",
            "DATABRICKS_CONFIG_PROFILE": None,
            "DATABRICKS_HOST": place.url,
        }
        assert untouched(home)


def test_in_a_workspaces_own_notebook_nothing_is_asked_and_mlflow_there_is_the_proof(
    home: Home, place: Workspace
) -> None:
    inside = {
        "DATABRICKS_RUNTIME_VERSION": "16.4",
        "DATABRICKS_HOST": place.url,
        "DATABRICKS_TOKEN": place.token,
        "IS_SERVERLESS": "",
    }
    with kernel_of(home, **inside) as kernel:
        kernel.run("import os, quickstart")
        told = kernel.run("connection = quickstart.setup(method='databricks-free', yes=True)")
        assert told.status == "ok", told.traceback
        assert told.prompts == []
        assert "foo=1 bar=2 logged and read back" in told.text
        assert kernel.value("os.environ['MLFLOW_TRACKING_URI']") == "databricks"
        assert not config(home).exists()
        assert place.token not in told.text + told.html
    assert files_with(place.token, home) == []
    assert {request.kind for request in place.requests if "/mlflow/" in request.path} == {"pat"}
