"""The questions as data: few, explained, and each with an answer that can be given beforehand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import get_args

import pytest

from quickstart.methods.catalog import PLATFORMS, by_name
from quickstart.models import UNDECIDED, Answers, Audience, EnvironmentKind, Machine
from quickstart.prompts.fields import Field
from quickstart.prompts.questions import interview_fields

QUESTIONS = interview_fields(PLATFORMS)
BY_KEY = {question.key: question for question in QUESTIONS}
EACH = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)


def machine(environment: EnvironmentKind = "laptop", *traces: str) -> Machine:
    return Machine("Linux", environment, "as the test has it", "3.11.7", traces=traces)


def default_of(key: str, where: Machine) -> object:
    return BY_KEY[key].adapt(BY_KEY[key], where).default


def test_a_person_counts_four_questions_at_most() -> None:
    assert [question.step for question in QUESTIONS] == [1, 2, 3, 4, 4]
    assert [question.key for question in QUESTIONS] == ["privacy", "environment", "audience", "production", "platform"]


def test_the_second_half_of_the_fourth_question_is_only_for_whoever_needs_it() -> None:
    platform = BY_KEY["platform"]
    assert [platform.applies(given) for given in ({"production": True}, {"production": False}, {})] == [
        True,
        False,
        False,
    ]
    assert all(question.applies({}) for question in QUESTIONS if question is not platform)


def test_every_question_fills_a_field_of_the_answers() -> None:
    assert [question.key for question in QUESTIONS] == [field.name for field in fields(Answers)]


@EACH
def test_a_question_says_why_it_is_asked_in_one_line_and_has_more_to_tell(question: Field) -> None:
    assert question.text.endswith("?")
    assert question.why.endswith(".")
    assert "\n" not in question.why
    assert len(question.why) < 100
    assert len(question.more) > len(question.why)
    assert " " not in question.label


@EACH
@pytest.mark.parametrize("environment", get_args(EnvironmentKind))
def test_enter_is_one_of_the_answers_or_nothing(question: Field, environment: EnvironmentKind) -> None:
    default = question.adapt(question, machine(environment)).default
    assert default is None or default in question.values


@EACH
def test_two_answers_never_read_alike(question: Field) -> None:
    labels = [choice.label for choice in question.choices]
    assert len({label.lower() for label in labels}) == len(labels) == len(set(question.values)) >= 2
    assert [question.label_of(value) for value in question.values] == labels


def test_the_questions_offer_what_an_answer_can_be() -> None:
    assert BY_KEY["environment"].values == list(get_args(EnvironmentKind))
    assert BY_KEY["audience"].values == list(get_args(Audience))
    assert BY_KEY["platform"].values == [*(platform.name for platform in PLATFORMS), UNDECIDED]


@pytest.mark.parametrize(
    ("environment", "default"), [("laptop", True), ("vm", True), ("container", True), ("notebook", None)]
)
def test_privacy_is_the_default_but_in_a_cloud_notebook_there_is_none(
    environment: EnvironmentKind, default: bool | None
) -> None:
    assert default_of("privacy", machine(environment)) is default


@pytest.mark.parametrize("environment", get_args(EnvironmentKind))
def test_the_environment_is_the_one_that_was_found(environment: EnvironmentKind) -> None:
    assert default_of("environment", machine(environment)) == environment
    assert [question.key for question in QUESTIONS if question.optional] == ["environment", "platform"]


def test_nobody_is_taken_for_more_than_one_person_without_production() -> None:
    assert (default_of("audience", machine()), default_of("production", machine())) == ("me", False)


@pytest.mark.parametrize(
    ("traces", "platform"),
    [
        ((), UNDECIDED),
        (("~/.databrickscfg",), "databricks"),
        (("DATABRICKS_HOST",), "databricks"),
        (("AZUREML_*",), "azureml"),
        (("~/.azure/azureProfile.json",), "azureml"),
        (("AWS_PROFILE",), "sagemaker"),
        (("~/.aws/credentials",), "sagemaker"),
        (("AWS_PROFILE", "~/.azure/azureProfile.json"), "azureml"),
        (("SOMETHING_ELSE",), UNDECIDED),
    ],
)
def test_the_platform_that_left_traces_is_offered_first(traces: tuple[str, ...], platform: str) -> None:
    assert default_of("platform", machine("laptop", *traces)) == platform


@pytest.mark.parametrize("platform", [one for one in PLATFORMS if one.traces], ids=lambda one: one.name)
def test_each_trace_of_a_platform_offers_it(platform: object) -> None:
    name = str(getattr(platform, "name", ""))
    for trace in by_name(name).traces:
        assert default_of("platform", machine("laptop", trace)) == name


FLAGS: Mapping[tuple[str, str | bool], str] = {
    ("privacy", True): "--privacy",
    ("privacy", False): "--no-privacy",
    ("environment", "vm"): "--environment vm",
    ("audience", "class"): "--audience class",
    ("production", True): "--production",
    ("production", False): "--no-production",
    ("platform", "azureml"): "--platform azureml",
    ("platform", UNDECIDED): "--platform undecided",
}


@pytest.mark.parametrize(("key", "value"), FLAGS)
def test_an_answer_has_a_flag(key: str, value: str | bool) -> None:
    assert BY_KEY[key].flag_of(value) == FLAGS[key, value]


def test_all_answers_of_a_question_are_named_for_a_person_to_pick_from() -> None:
    assert BY_KEY["privacy"].flags == "--privacy or --no-privacy"
    assert BY_KEY["audience"].flags == "--audience me|team|class"
    assert BY_KEY["privacy"].variable == "QUICKSTART_PRIVACY"


@EACH
def test_a_question_speaks_plain_ascii(question: Field) -> None:
    for text in (question.text, question.why, question.more, *(choice.label for choice in question.choices)):
        assert re.fullmatch(r"[ -~]+", text)
