"""The six methods as they are declared: complete, alike in form, and known by the same names everywhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from quickstart.cli.options import answer_options
from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.base import Method, Setup
from quickstart.methods.catalog import METHODS, PLATFORMS, TRACES, by_name
from quickstart.models import UNDECIDED, Answers, Machine
from quickstart.prompts.fields import Field
from quickstart.prompts.questions import interview_fields
from quickstart.runtime.find import Runtime
from quickstart.wizard.recommend import OBJECTIONS, MethodCase, recommend

LAPTOP = Machine("Linux", "laptop", "no sign of anything else", "3.11.7")
PYTHON = Path("/home/ada/my tools/bin/python")
SETUP = Setup(Answers(), LAPTOP, Runtime(PYTHON, "named by --python", mlflow="3.17.2"))
ELSEWHERE = [method for method in METHODS if method.login_name]
EACH = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
EACH_ELSEWHERE = pytest.mark.parametrize("method", ELSEWHERE, ids=lambda method: method.name)
QUESTIONS = {question.key: question for question in interview_fields(PLATFORMS)}


def test_there_are_six_methods_of_three_kinds() -> None:
    assert {method.name: method.kind for method in METHODS} == {
        "local": "local",
        "databricks-free": "free-hosted",
        "databricks": "production",
        "azureml": "production",
        "sagemaker": "production",
        "server": "production",
    }
    assert len(METHODS) == len({method.title for method in METHODS}) == len({method.short for method in METHODS}) == 6
    assert [method.name for method in PLATFORMS] == ["databricks", "azureml", "sagemaker", "server"]


@EACH
def test_a_method_says_what_it_is_and_what_speaks_for_and_against_it(method: Method) -> None:
    assert re.fullmatch(r"[a-z][a-z-]*", method.name)
    for words in (method.title, method.short, *method.pros, *method.cons):
        assert words == words.strip()
        assert words
        assert not words.endswith(".")
    assert method.pros
    assert method.cons
    assert len(method.short) <= len(method.title)


@EACH
def test_data_is_kept_where_the_pros_and_cons_say_so(method: Method) -> None:
    stays = any("data stay" in words for words in method.pros)
    assert stays is (method.data_location != "provider")


@pytest.mark.parametrize(
    ("name", "pro", "con"),
    [
        ("local", "your data stays with you", "no model serving"),
        ("local", "no account, no quota", "harder to share with a team"),
        ("databricks-free", "free of charge", "quotas, and an account"),
        ("databricks-free", "reachable from notebooks and VMs", "non-commercial use only"),
        ("databricks", "serves and deploys models", "costs money"),
        ("databricks", "high quotas", "a billing account to look after"),
        ("azureml", "serves and deploys models", "MLflow's version must match its plugin"),
    ],
)
def test_the_pros_and_cons_that_the_tutorial_has_are_there(name: str, pro: str, con: str) -> None:
    method = by_name(name)
    assert pro in method.pros
    assert con in method.cons


def test_a_name_that_no_method_has_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(QuickstartError) as unknown:
        by_name("databrix")
    assert (unknown.value.code, unknown.value.exit_code) == ("unknown-method", ExitCode.USAGE)
    assert all(method.name in unknown.value.facts["known"] for method in METHODS)
    assert [by_name(method.name) for method in METHODS] == list(METHODS)


NEEDED = {
    "databricks-free": {"MLFLOW_TRACKING_URI", "DATABRICKS_HOST", "DATABRICKS_TOKEN"},
    "databricks": {"MLFLOW_TRACKING_URI", "DATABRICKS_HOST", "DATABRICKS_TOKEN"},
    "azureml": {"MLFLOW_TRACKING_URI", "AZUREML_CURRENT_CLOUD", "AZURE_TOKEN_CREDENTIALS"},
    "sagemaker": {"MLFLOW_TRACKING_URI"},
    "server": {"MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"},
}


@EACH_ELSEWHERE
def test_by_hand_names_the_variables_that_mlflow_needs_and_installs_into_the_target(method: Method) -> None:
    installed, *others = method.actions.manual_commands(SETUP)
    exported = [line for line in others if line.startswith("export ")]
    assert installed.startswith(f"'{PYTHON}' -m pip install ")
    assert "mlflow-skinny" in installed
    assert any(line.startswith("# ") for line in others)
    words = [word for line in exported for word in shlex.split(line.removeprefix("export "))]
    assert {word.partition("=")[0] for word in words} == NEEDED[method.name]
    assert all(word.partition("=")[2] for word in words)


@EACH
def test_what_a_method_implies_can_be_answered(method: Method) -> None:
    for key, value in method.implied_answers.items():
        assert value in QUESTIONS[key].values
    assert method.implied_answers["production"] is (method.kind == "production")


@EACH
def test_whoever_answers_what_a_method_implies_is_not_told_that_it_is_unfit(method: Method) -> None:
    answers = Answers(**method.implied_answers)
    case = MethodCase(answers, LAPTOP, method)
    assert [row.words for row in OBJECTIONS if row.fatal and row.raised(case)] == []
    assert recommend(answers, LAPTOP, METHODS).method == method.name


@EACH
def test_a_trace_is_a_variable_or_a_path_in_the_home_folder(method: Method) -> None:
    for trace in method.traces:
        assert re.fullmatch(r"[A-Z][A-Z_]*\*?|~/[\w./]+", trace)
        assert trace in TRACES


def test_no_trace_stands_for_two_platforms() -> None:
    assert len(TRACES) == sum(len(method.traces) for method in METHODS)


def choices(flag: str) -> Any:
    command = answer_options(click.Command("quickstart"))
    (option,) = (one for one in command.params if flag in one.opts)
    assert isinstance(option.type, click.Choice)
    return list(option.type.choices)


def test_the_flags_offer_the_methods_that_there_are() -> None:
    assert choices("--method") == [method.name for method in METHODS]
    assert choices("--platform") == [*(method.name for method in PLATFORMS), UNDECIDED]


@pytest.mark.parametrize("key", ["environment", "audience", "platform"])
def test_a_flag_offers_what_its_question_offers(key: str) -> None:
    question: Field = QUESTIONS[key]
    assert choices(f"--{key}") == question.values


@pytest.mark.parametrize("key", ["privacy", "production"])
def test_a_question_of_yes_or_no_has_a_flag_for_both(key: str) -> None:
    command = answer_options(click.Command("quickstart"))
    (option,) = (one for one in command.params if one.name == key)
    assert (option.opts, option.secondary_opts) == ([f"--{key}"], [f"--no-{key}"])
    assert QUESTIONS[key].flags.split(" or ") in ([f"--{key}", f"--no-{key}"], [f"--no-{key}", f"--{key}"])


@pytest.mark.parametrize("key", QUESTIONS)
def test_a_question_is_answered_by_the_variable_of_its_flag(key: str) -> None:
    command = answer_options(click.Command("quickstart"))
    (option,) = (one for one in command.params if one.name == key)
    assert option.envvar == QUESTIONS[key].variable
