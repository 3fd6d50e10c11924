"""An address as MLflow gets it: what of it works, what does not, and the line that mends it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from quickstart.diagnosis.checks.settings import address
from quickstart.diagnosis.context import VARIABLE, Context, EffectiveUri, Source
from quickstart.errors import QuickstartError
from quickstart.explain import explain
from tests.messages import fix_of

URI = "http://127.0.0.1:5000"
BASH = {"SHELL": "/bin/bash"}


def case_of(uri: str, tmp_path: Path, source: Source = "variable") -> Context:
    return Context(EffectiveUri(uri, source, f"from {VARIABLE} in this shell"), environment=BASH, folder=tmp_path)


def mended(fault: QuickstartError) -> str:
    """Return what the variable is after what the explanation says was typed into a shell."""
    command = f'{fix_of(explain(fault))}\nprintf %s "${VARIABLE}"'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=10, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("uri", "code", "better"),
    [
        (f"{URI} ", "uri-untidy", URI),
        (f"{URI}\n", "uri-untidy", URI),
        (f"{URI}\r", "uri-untidy", URI),
        (f"'{URI}'", "uri-untidy", URI),
        (f'"{URI}/"', "uri-untidy", URI),
        (f"\u201c{URI}\u201d", "uri-untidy", URI),
        (f"\ufeff{URI}", "uri-untidy", URI),
        (f"{URI}\u200b", "uri-untidy", URI),
        ("'databricks'", "uri-untidy", "databricks"),
        ("databricks ", "uri-untidy", "databricks"),
        ("'sqlite:///runs.db'", "uri-untidy", "sqlite:///runs.db"),
        ("127.0.0.1:5000", "uri-no-scheme", URI),
        ("localhost:5000", "uri-no-scheme", "http://localhost:5000"),
        ("tracking.example.org:8080/mlflow", "uri-no-scheme", "http://tracking.example.org:8080/mlflow"),
        ("http:/127.0.0.1:5000", "uri-no-scheme", URI),
        (f"{URI}/#/experiments/0", "uri-for-browser", URI),
        ("https://adb-1.azuredatabricks.net/?o=12", "uri-for-browser", "https://adb-1.azuredatabricks.net"),
        ("file://C:/Users/me/mlruns", "uri-two-slashes", "file:///C:/Users/me/mlruns"),
        (r"file:\\C:\Users\me\mlruns", "uri-two-slashes", "file:///C:/Users/me/mlruns"),
    ],
)
def test_what_mlflow_cannot_use_is_told_with_the_line_that_mends_it(
    uri: str, code: str, better: str, tmp_path: Path
) -> None:
    with pytest.raises(QuickstartError) as told:
        address(case_of(uri, tmp_path))
    assert told.value.code == code
    assert mended(told.value) == better


@pytest.mark.parametrize(
    ("uri", "code", "better"),
    [
        (f" {URI}", "uri-untidy", URI),  # measured on MLflow 3.17 and Python 3.11: it works
        ("http://0.0.0.0:5000", "uri-wildcard", URI),
        ("http://[::]:5000", "uri-wildcard", "http://[::1]:5000"),
        ("sqlite:///runs.db ", "uri-untidy", "sqlite:///runs.db"),  # it works, in a file whose name ends with a blank
    ],
)
def test_what_works_here_and_not_everywhere_is_a_warning(uri: str, code: str, better: str, tmp_path: Path) -> None:
    seen = address(case_of(uri, tmp_path))
    assert seen.status == "warn"
    assert seen.error is not None
    assert seen.error.code == code
    assert mended(seen.error) == better


@pytest.mark.parametrize(
    "uri",
    [
        URI,
        f"{URI}/",
        "HTTPS://tracking.example.org/mlflow",
        "http://[::1]:5000",
        "databricks",
        "databricks://profile",
        "sqlite:////runs/mlflow.db",
        "file:///C:/Users/me/mlruns",
        "file:///runs",
        "./mlruns",
        r"C:\Users\me\mlruns",
    ],
)
def test_what_mlflow_takes_as_it_stands_is_fine(uri: str, tmp_path: Path) -> None:
    assert address(case_of(uri, tmp_path)).status == "ok"


@pytest.mark.parametrize("uri", ["127.0.0.1:5000", f"'{URI}'", f"{URI}/#/"])
def test_what_a_person_typed_as_an_argument_is_not_what_mlflow_gets(uri: str, tmp_path: Path) -> None:
    assert address(case_of(uri, tmp_path, "argument")).status == "ok"


def test_in_a_dotenv_the_line_of_that_file_is_given(tmp_path: Path) -> None:
    with pytest.raises(QuickstartError) as told:
        address(case_of("127.0.0.1:5000", tmp_path, "dotenv"))
    message = explain(told.value)
    assert (message.command, message.note) == ("", f"Put this line into {tmp_path / '.env'}: {VARIABLE}={URI}")


@pytest.mark.parametrize("uri", ["http://me:hunter2@127.0.0.1:5000 ", "'postgresql://me:hunter2@db/mlflow'"])
def test_a_password_in_an_address_is_not_repeated(uri: str, tmp_path: Path) -> None:
    seen = address(case_of(uri, tmp_path))
    assert seen.status == "skip"
    assert "hunter2" not in seen.words


def test_a_blank_at_the_end_can_be_seen_in_what_is_told(tmp_path: Path) -> None:
    with pytest.raises(QuickstartError) as told:
        address(case_of(f"{URI}\n", tmp_path))
    assert f'"{URI}\\n"' in explain(told.value).what
