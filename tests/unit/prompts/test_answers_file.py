"""Answers that were given beforehand: files read back as written, mistakes named, and nothing of anybody's lost."""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.catalog import METHODS, PLATFORMS
from quickstart.models import UNDECIDED, Answers, Audience, EnvironmentKind
from quickstart.prompts.answers_file import HEADER, Unfinished, read, validate, write
from tests.unit.conftest import POSIX_MODES, everything_below, mode
from tests.unit.prompts.people import ANSWERS, QUESTIONS

NAMES = [method.name for method in METHODS]
KEYS = ("privacy", "environment", "audience", "production", "platform", "method")
COMBINATIONS = [
    Answers(*combination)
    for combination in product((True, False), get_args(EnvironmentKind), get_args(Audience), (False,), (None,))
] + [
    Answers(*combination)
    for combination in product(
        (True, False),
        get_args(EnvironmentKind),
        get_args(Audience),
        (True,),
        (None, *(platform.name for platform in PLATFORMS)),
    )
]


def bad(text: str | bytes, folder: Path) -> QuickstartError:
    """Return the fault that a file with this in it raises."""
    path = folder / "answers.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(QuickstartError) as refused:
        read(path, ANSWERS)
    assert int(refused.value.exit_code) == 2
    return refused.value


def test_what_was_written_is_read_for_every_combination_of_answers(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    assert len(COMBINATIONS) == 2 * 4 * 3 * (1 + 5)
    for answers, method in product(COMBINATIONS, (None, *NAMES)):
        write(path, answers, method)
        found = read(path, ANSWERS)
        assert found.pop("method", None) == method
        # Whoever has no platform yet said so: without it the file would leave a question open.
        assert found.pop("platform", None) == ((answers.platform or UNDECIDED) if answers.production else None)
        assert Answers(**found, platform=answers.platform) == answers


def test_a_file_is_for_people_to_read_and_change(tmp_path: Path) -> None:
    write(tmp_path / "answers.toml", Answers(privacy=False, production=True), "local")
    assert (tmp_path / "answers.toml").read_bytes().decode() == HEADER + (
        "privacy = false\n"
        'environment = "laptop"\n'
        'audience = "me"\n'
        "production = true\n"
        'platform = "undecided"\n'
        'method = "local"\n'
    )


def test_a_deleted_line_leaves_its_question_open_and_an_empty_file_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text("privacy = true\n", encoding="utf-8")
    assert read(path, ANSWERS) == {"privacy": True}
    path.write_text("", encoding="utf-8")
    assert read(path, ANSWERS) == {}


@pytest.mark.parametrize(
    ("typed", "meant"), [("privcy", "privacy"), ("enviroment", "environment"), ("methods", "method")]
)
def test_a_key_that_nobody_knows_is_answered_with_those_there_are_and_a_near_one(
    typed: str, meant: str, tmp_path: Path
) -> None:
    fault = bad(f"{typed} = true", tmp_path)
    assert fault.code == "bad-answers"
    assert fault.facts["source"] == str(tmp_path / "answers.toml")
    assert fault.facts["detail"] == f'unknown key "{typed}". Did you mean "{meant}"?'
    assert fault.facts["allowed"] == f"The keys are {', '.join(KEYS)}."


def test_a_key_that_is_like_none_is_not_guessed_at(tmp_path: Path) -> None:
    assert bad("colour = 7", tmp_path).facts["detail"] == 'unknown key "colour".'


WRONG = {
    'environment = "desktop"': ("environment", '"laptop" or "notebook" or "vm" or "container"'),
    'audience = "Me"': ("audience", '"me" or "team" or "class"'),
    "audience = ['me']": ("audience", '"me" or "team" or "class"'),
    "privacy = 1": ("privacy", "true or false"),
    "privacy = 1.0": ("privacy", "true or false"),
    'privacy = "true"': ("privacy", "true or false"),
    "production = 0": ("production", "false or true"),
    "privacy = 2026-11-24": ("privacy", "true or false"),
    "[privacy]": ("privacy", "true or false"),
    'production = true\nplatform = "databricks-free"': (
        "platform",
        '"databricks" or "azureml" or "sagemaker" or "server" or "undecided"',
    ),
    "platform = true": ("platform", '"databricks" or "azureml" or "sagemaker" or "server" or "undecided"'),
    'method = "mlflow"': ("method", " or ".join(f'"{name}"' for name in NAMES)),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_value_that_cannot_be_is_answered_with_those_that_can(text: str, tmp_path: Path) -> None:
    key, allowed = WRONG[text]
    fault = bad(text, tmp_path)
    assert fault.code == "bad-answers"
    assert fault.facts["detail"].startswith(f"{key} cannot be ")
    assert fault.facts["allowed"] == f"Allowed: {allowed}."


def test_a_long_value_is_not_repeated_at_length(tmp_path: Path) -> None:
    assert len(bad(f'audience = "{"x" * 5000}"', tmp_path).facts["detail"]) < 100
    assert len(bad(f"{'x' * 5000} = 1", tmp_path).facts["detail"]) < 100


@pytest.mark.parametrize("platform", ["azureml", UNDECIDED])
def test_a_platform_without_production_is_a_contradiction(platform: str, tmp_path: Path) -> None:
    fault = bad(f'production = false\nplatform = "{platform}"', tmp_path)
    assert (fault.code, fault.facts["allowed"]) == ("bad-answers", "Remove one of them.")


NOT_TOML = {
    "prose": b"I want privacy",
    "JSON": b'{"privacy": true}',
    "the same key twice": b"privacy = true\nprivacy = false\n",
    "binary": bytes(range(256)),
    "UTF-16": "privacy = true\n".encode("utf-16"),
    "Latin-1": b'audience = "\xe9"',
    "a NUL": b"privacy = true\0",
}


@pytest.mark.parametrize("content", NOT_TOML.values(), ids=NOT_TOML.keys())
def test_what_is_not_toml_is_no_crash(content: bytes, tmp_path: Path) -> None:
    fault = bad(content, tmp_path)
    assert (fault.code, fault.facts["path"]) == ("unreadable-answers", str(tmp_path / "answers.toml"))
    assert fault.facts["detail"]


@pytest.mark.parametrize("name", [".", "missing.toml", "file/answers.toml", "long" * 200])
def test_a_file_that_cannot_be_opened_is_named_with_the_reason(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(QuickstartError) as refused:
        read(tmp_path / name, ANSWERS)
    assert (refused.value.code, refused.value.exit_code) == ("unreadable-answers", ExitCode.USAGE)
    assert refused.value.facts["detail"]


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    write(Path("~/answers.toml"), Answers(), None)
    assert read(Path("~/answers.toml"), ANSWERS)["privacy"] is True
    assert everything_below(tmp_path) == {"answers.toml"}


FOREIGN = {
    "somebody's settings": b"[tool.ruff]\nline-length = 120\n",
    "an answers file without its first line": b"privacy = true\n",
    "binary": bytes(range(256)),
    "an empty file": b"",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_file_of_somebody_elses_is_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(content)
    with pytest.raises(QuickstartError) as refused:
        write(path, Answers(), None)
    assert (refused.value.code, refused.value.exit_code) == ("not-answers", ExitCode.USAGE)
    assert path.read_bytes() == content


def test_a_file_of_ours_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    write(path, Answers(production=True, platform="azureml"), "azureml")
    write(path, Answers(), None)
    assert read(path, ANSWERS) == {
        "privacy": True,
        "environment": "laptop",
        "audience": "me",
        "production": False,
    }


@pytest.mark.parametrize("name", [".", "missing/answers.toml"])
def test_where_nothing_can_be_written_the_path_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(QuickstartError, match="not-answers" if name == "." else "answers-not-saved") as refused:
        write(tmp_path / name, Answers(), None)
    assert refused.value.facts["path"] == str(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such devices")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/null"])
def test_a_device_is_neither_read_nor_written(device: str, tmp_path: Path) -> None:
    link = tmp_path / "answers.toml"
    link.symlink_to(device)
    with pytest.raises(QuickstartError, match="unreadable-answers"):
        read(link, ANSWERS)
    with pytest.raises(QuickstartError, match="not-answers"):
        write(link, Answers(), None)


@pytest.mark.parametrize("text", ["a = " + "[" * 90_000, "# " + "x" * 200_000], ids=["deep", "large"])
def test_a_file_that_could_exhaust_the_machine_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text(text)
    with pytest.raises(QuickstartError, match="unreadable-answers") as refused:
        read(file, ANSWERS)
    assert refused.value.exit_code == 2


def test_a_file_from_windows_with_its_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_bytes(b"\xef\xbb\xbfprivacy = true\r\n")
    assert read(file, ANSWERS) == {"privacy": True}


def test_the_command_line_is_checked_like_a_file() -> None:
    with pytest.raises(QuickstartError) as refused:
        validate({"audience": "everybody"}, ANSWERS, "The command line")
    assert refused.value.facts["source"] == "The command line"
    validate({"platform": "azureml"}, ANSWERS, "The command line")


HALF: dict[str, Any] = {"privacy": False, "environment": "vm"}


def test_what_was_answered_before_a_cancellation_is_kept_until_it_is_forgotten(place: Path) -> None:
    assert Unfinished().load(QUESTIONS) == ({}, "")
    assert Unfinished().save(HALF)
    answers, when = Unfinished().load(QUESTIONS)
    assert answers == HALF
    assert when.endswith("+00:00")
    Unfinished().delete()
    assert Unfinished().load(QUESTIONS) == ({}, "")
    assert everything_below(place) <= {"state"}
    Unfinished().delete()  # twice is no fault


def test_where_nothing_was_answered_nothing_is_kept(place: Path) -> None:
    assert not Unfinished().save({})
    assert not place.exists()


def test_where_nothing_can_be_kept_a_cancellation_is_still_one(place: Path) -> None:
    place.write_text("a file where the folder should be", encoding="utf-8")
    assert not Unfinished().save(HALF)


@POSIX_MODES
def test_only_its_owner_reads_what_was_kept(place: Path) -> None:
    Unfinished().save(HALF)
    (file,) = (path for path in place.rglob("*") if path.is_file())
    assert mode(file) == "600"


WHEN = "2026-11-24T00:48:38+00:00"
DAMAGED = {
    "half of it": '{"when": "2026',
    "nothing": "",
    "a list": "[]",
    "a number": "7",
    "no answers": json.dumps({"when": WHEN}),
    "no moment": json.dumps({"answers": HALF}),
    "a moment that is none": json.dumps({"when": "yesterday", "answers": HALF}),
    "a moment of another type": json.dumps({"when": 7, "answers": HALF}),
    "answers of another type": json.dumps({"when": WHEN, "answers": ["privacy"]}),
    "a question that there is no more": json.dumps({"when": WHEN, "answers": {"colour": "red"}}),
    "a method": json.dumps({"when": WHEN, "answers": {"method": "local"}}),
    "an answer that there is no more": json.dumps({"when": WHEN, "answers": {"audience": "everybody"}}),
    "an answer that is a list": json.dumps({"when": WHEN, "answers": {"audience": ["me"]}}),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_as_good_as_none(content: str, place: Path) -> None:
    Unfinished().save(HALF)
    (file,) = (path for path in place.rglob("*") if path.is_file())
    file.write_text(content, encoding="utf-8")
    assert Unfinished().load(QUESTIONS) == ({}, "")
    assert Unfinished().save(HALF)
    assert Unfinished().load(QUESTIONS)[0] == HALF
