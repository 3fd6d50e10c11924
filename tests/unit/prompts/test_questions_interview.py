"""The interview: what is open is asked in order, can be gone back from, and is not lost when somebody cancels."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import UNDECIDED, Answers, EnvironmentKind
from quickstart.prompts.base import BACK, DefaultPrompter, NoPrompter
from tests.unit.prompts.people import CANCEL, ENTER, QUESTIONS, Scripted, interview, machine

ALL: dict[str, Any] = {
    "privacy": False,
    "environment": "vm",
    "audience": "team",
    "production": True,
    "platform": "server",
}
NAMES = {question.key: question.label for question in QUESTIONS}
ENVIRONMENTS = pytest.mark.parametrize("environment", get_args(EnvironmentKind))


@pytest.fixture(autouse=True)
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)


def test_enter_everywhere_gives_the_defaults_and_asks_four_questions() -> None:
    person = Scripted()
    assert interview().ask(person) == Answers()
    assert person.names == ["Privacy", "Environment", "Audience", "Production"]
    assert [prompt.progress for prompt in person.prompts] == ["1 of 4", "2 of 4", "3 of 4", "4 of 4"]


def test_every_answer_is_taken_and_production_asks_on_which_platform() -> None:
    person = Scripted(ALL.values())
    assert interview().ask(person) == Answers(False, "vm", "team", True, "server")
    assert [prompt.progress for prompt in person.prompts][3:] == ["4 of 4", "4 of 4"]


@pytest.mark.parametrize("key", ALL)
def test_what_is_settled_is_not_asked(key: str) -> None:
    person = Scripted([value for other, value in ALL.items() if other != key])
    assert interview({key: ALL[key]}).ask(person) == Answers(**ALL)
    assert person.names == [NAMES[other] for other in ALL if other != key]


def test_where_all_is_settled_nobody_is_asked() -> None:
    person = Scripted()
    assert interview(ALL).ask(person) == interview(ALL).ask(NoPrompter()) == Answers(**ALL)
    assert person.names == []


@pytest.mark.parametrize("asked", range(1, 5))
def test_back_asks_the_question_before_again(asked: int) -> None:
    values = list(ALL.values())
    person = Scripted([*values[:asked], BACK, values[asked - 1], *values[asked:]])
    assert interview().ask(person) == Answers(**ALL)
    assert person.names[asked - 1 : asked + 2] == [
        person.names[asked - 1],
        person.names[asked],
        person.names[asked - 1],
    ]


def test_back_can_be_gone_all_the_way_to_the_first_question() -> None:
    person = Scripted([*list(ALL.values())[:4], BACK, BACK, BACK, BACK])
    assert interview().ask(person) == Answers()
    assert person.names[4:9] == ["Platform", "Production", "Audience", "Environment", "Privacy"]


def test_whoever_takes_production_back_is_not_asked_for_a_platform() -> None:
    person = Scripted([True, "laptop", "me", True, BACK, False])
    assert interview().ask(person) == Answers()
    assert person.names[-2:] == ["Platform", "Production"]


def test_a_platform_is_gone_back_over_like_any_other_answer() -> None:
    asked = interview()
    asked.ask(Scripted(ALL.values()))
    assert asked.back()
    person = Scripted(["sagemaker"])
    assert asked.ask(person).platform == "sagemaker"
    assert person.names == ["Platform"]


def test_before_the_first_question_there_is_nothing_to_go_back_to() -> None:
    person = Scripted()
    asked = interview({"privacy": True})
    assert not asked.back()
    asked.ask(person)
    assert [prompt.can_go_back for prompt in person.prompts] == [False, True, True]


def test_what_was_given_beforehand_is_not_gone_back_to() -> None:
    asked = interview({"privacy": True})
    asked.ask(Scripted(["vm"]))
    while asked.back():
        pass
    assert (asked.all, asked.answered) == ({"privacy": True}, {})


@pytest.mark.parametrize("before", range(5))
def test_whoever_cancels_keeps_what_they_answered(before: int) -> None:
    asked = interview()
    with pytest.raises(KeyboardInterrupt):
        asked.ask(Scripted([*list(ALL.values())[:before], CANCEL]))
    assert asked.answered == dict(list(ALL.items())[:before])


@pytest.mark.parametrize("before", range(5))
def test_whoever_goes_on_is_asked_only_for_the_rest_and_can_go_back(before: int) -> None:
    asked, values = interview(), list(ALL.values())
    asked.resume(dict(list(ALL.items())[:before]))
    person = Scripted(values[before:])
    assert asked.ask(person) == Answers(**ALL)
    assert person.names == [NAMES[key] for key in list(ALL)[before:]]
    assert person.prompts[0].can_go_back is (before > 0)


def test_what_was_answered_earlier_does_not_overrule_a_flag() -> None:
    asked = interview({"audience": "class"})
    asked.resume({"audience": "me", "privacy": False})
    assert asked.all == {"audience": "class", "privacy": False}
    assert asked.answered == {"privacy": False}


@ENVIRONMENTS
def test_the_environment_that_was_found_is_offered_with_its_evidence(environment: EnvironmentKind) -> None:
    person = Scripted([True, ENTER])
    assert interview(where=machine(environment)).ask(person).environment == environment
    assert f"(the test says {environment})." in person.prompts[1].field.why
    assert "Detected" not in person.prompts[0].field.why


@ENVIRONMENTS
def test_nobody_takes_the_environment_that_was_found_and_needs_the_rest(environment: EnvironmentKind) -> None:
    rest = {"privacy": True, "audience": "me", "production": False}
    assert interview(rest, machine(environment)).ask(NoPrompter()).environment == environment
    for key in rest:
        less = {other: value for other, value in rest.items() if other != key}
        with pytest.raises(QuickstartError, match="answer-needed"):
            interview(less, machine(environment)).ask(NoPrompter())


def test_in_a_notebook_defaults_do_not_decide_about_privacy() -> None:
    with pytest.raises(QuickstartError) as needed:
        interview(where=machine("notebook")).ask(DefaultPrompter())
    assert (needed.value.code, needed.value.exit_code) == ("answer-needed", ExitCode.ANSWER_NEEDED)
    assert needed.value.exit_code == 4
    assert needed.value.facts["options"] == "--privacy or --no-privacy, or set QUICKSTART_PRIVACY"
    assert interview({"privacy": False}, machine("notebook")).ask(DefaultPrompter()) == Answers(False, "notebook")


@pytest.mark.parametrize("environment", ["laptop", "vm", "container"])
def test_elsewhere_defaults_answer_everything(environment: EnvironmentKind) -> None:
    assert interview(where=machine(environment)).ask(DefaultPrompter()) == Answers(environment=environment)


def test_nobody_is_told_one_command_that_leaves_nothing_to_be_asked() -> None:
    with pytest.raises(QuickstartError) as needed:
        interview().ask(NoPrompter())
    command = needed.value.facts["command"]
    assert command == "quickstart --yes --privacy --environment laptop --audience me --no-production"


def test_the_command_keeps_what_was_given_and_adds_what_is_missing() -> None:
    where = machine("laptop", "AWS_PROFILE")
    with pytest.raises(QuickstartError) as needed:
        interview({"privacy": True, "production": True}, where).ask(NoPrompter())
    assert needed.value.facts["name"] == "audience"
    # The environment was taken as found before, and so is not missing any more.
    expected = "quickstart --yes --privacy --production --audience me --platform sagemaker"
    assert needed.value.facts["command"] == expected


@pytest.mark.parametrize(("traces", "platform"), [((), None), (("AWS_PROFILE",), "sagemaker")])
def test_a_platform_need_not_be_named_where_nobody_can_be_asked(traces: tuple[str, ...], platform: str | None) -> None:
    given = {"privacy": True, "audience": "me", "production": True}
    assert interview(given, machine("laptop", *traces)).ask(NoPrompter()).platform == platform


def test_in_a_notebook_the_command_names_the_answer_with_which_it_works() -> None:
    with pytest.raises(QuickstartError) as needed:
        interview(where=machine("notebook")).ask(DefaultPrompter())
    assert "--no-privacy" in needed.value.facts["command"].split()


def test_the_platform_that_left_traces_is_what_enter_means() -> None:
    person = Scripted([True, "laptop", "me", True])
    assert interview(where=machine("laptop", "~/.databrickscfg")).ask(person).platform == "databricks"
    assert person.prompts[-1].field.default == "databricks"


def test_whoever_has_no_platform_yet_leaves_it_to_the_rules() -> None:
    asked = interview()
    assert asked.ask(Scripted([True, "laptop", "me", True, UNDECIDED])) == Answers(production=True, platform=None)
    assert asked.all["platform"] == UNDECIDED


def test_a_platform_without_production_is_none() -> None:
    assert interview({"production": False, "platform": "azureml"}).answers().platform is None


def test_only_a_person_says_what_nobody_gave() -> None:
    asked = interview({"privacy": False})
    asked.ask(Scripted())
    assert asked.own_answers(DefaultPrompter()) == {"privacy": False}
    assert asked.own_answers(Scripted()) == {
        "privacy": False,
        "environment": "laptop",
        "audience": "me",
        "production": False,
    }
