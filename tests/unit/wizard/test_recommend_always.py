"""What holds for every combination of answers and machines, and not only for those that somebody thought of."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from quickstart.methods.catalog import METHODS, PLATFORMS
from quickstart.models import Answers, Audience, EnvironmentKind, Machine, Recommendation
from quickstart.wizard.recommend import CONFLICTS, OBJECTIONS, REASONS, RULES, MethodCase, recommend

YES_OR_NO = (True, False)
SSH = ("ada", "198.51.100.7", 22)
ANSWERS = [
    Answers(*combination)
    for combination in product(
        YES_OR_NO,
        get_args(EnvironmentKind),
        get_args(Audience),
        YES_OR_NO,
        (None, *(platform.name for platform in PLATFORMS)),
    )
]
SURROUNDINGS = list(product(YES_OR_NO, YES_OR_NO, (SSH, None)))
EVERY = [
    (answers, Machine("Linux", answers.environment, "", "3.11.7", ssh=ssh, shared=shared, network=network))
    for answers, (network, shared, ssh) in product(ANSWERS, SURROUNDINGS)
]
NAMES = [method.name for method in METHODS]
KEEPS = {method.name: method.data_location for method in METHODS}

# What a reason says that names this answer.
NAMING: Mapping[tuple[str, object], tuple[str, ...]] = {
    ("privacy", True): ("you want to keep your data on machines you control",),
    ("privacy", False): ("a provider may store your runs",),
    ("environment", "notebook"): ("your cloud notebook",),
    ("audience", "me"): ("you are the only user",),
    ("audience", "team"): ("your whole team can",),
    ("audience", "class"): ("every workshop participant can",),
    ("production", True): ("you work for a company", "you named it as your platform"),
    ("production", False): ("you do not serve or deploy models yet",),
}


def named(reason: str) -> list[tuple[str, object]]:
    """Return the answers that a reason names."""
    return [answer for answer, phrases in NAMING.items() if any(phrase in reason for phrase in phrases)]


def found() -> list[tuple[Answers, Machine, Recommendation]]:
    return [(answers, machine, recommend(answers, machine, METHODS)) for answers, machine in EVERY]


def test_there_are_as_many_combinations_as_there_should_be() -> None:
    assert len(EVERY) == len(set(EVERY)) == 2 * 4 * 3 * 2 * 5 * 2 * 2 * 2


def test_exactly_one_method_is_recommended_and_each_other_is_told_once_with_what_speaks_against_it() -> None:
    for answers, machine, one in found():
        others = [other.method for other in one.alternatives]
        assert one.method in NAMES, (answers, machine)
        assert sorted([one.method, *others]) == sorted(NAMES), (answers, machine)
        assert all(other.why.strip() for other in one.alternatives), (answers, machine)


def test_a_reason_names_an_answer_and_none_names_one_that_was_not_given() -> None:
    for answers, machine, one in found():
        told = [answer for reason in one.reasons for answer in named(reason)]
        assert told, (answers, machine, one.reasons)
        for key, value in told:
            assert getattr(answers, key) == value, (answers, machine, one.reasons)
        assert len(set(one.reasons)) == len(one.reasons)


def test_every_reason_there_is_is_one_that_this_test_can_judge() -> None:
    unnamed = [words for _, words in REASONS if not named(words)]
    assert unnamed == ["this machine is offline, and this method needs no network"]


def test_what_would_do_comes_before_what_would_not() -> None:
    for answers, machine, one in found():
        suitable = [other.suitable for other in one.alternatives]
        assert suitable == sorted(suitable, reverse=True), (answers, machine)


def test_the_same_question_has_the_same_answer() -> None:
    assert found() == found()


def test_data_stays_with_whoever_wants_that_unless_they_named_a_platform() -> None:
    for answers, machine, one in found():
        if answers.privacy and not (answers.production and answers.platform):
            assert KEEPS[one.method] != "provider", (answers, machine)


def test_free_edition_is_never_recommended_for_production() -> None:
    for answers, machine, one in found():
        assert not (answers.production and one.method == "databricks-free"), (answers, machine)


def test_a_platform_that_was_named_is_recommended_where_it_can_be_reached_and_only_for_production() -> None:
    for answers, machine, one in found():
        if answers.production and answers.platform and machine.network:
            assert one.method == answers.platform, (answers, machine)
        if not answers.production:
            assert one.kind != "production", (answers, machine)


def test_without_a_network_it_is_this_machine_and_nothing_else() -> None:
    for answers, machine, one in found():
        if not machine.network:
            assert (one.method, [other for other in one.alternatives if other.suitable]) == ("local", []), answers


def test_only_a_server_in_a_notebook_cannot_be_set_up_where_the_person_is() -> None:
    for answers, machine, one in found():
        assert one.here is not (one.method == "local" and answers.environment == "notebook"), (answers, machine)


def test_who_else_is_on_a_machine_and_how_one_came_there_changes_what_is_said_but_not_what_is_recommended() -> None:
    decided: dict[tuple[Answers, bool], set[str]] = {}
    for answers, machine, one in found():
        decided.setdefault((answers, machine.network), set()).add(one.method)
    assert {len(methods) for methods in decided.values()} == {1}


def test_a_method_that_was_not_recommended_could_as_well_not_exist() -> None:
    for answers, machine, one in found():
        if machine.shared or machine.ssh:
            continue
        for left_out in one.alternatives:
            fewer = [method for method in METHODS if method.name != left_out.method]
            assert recommend(answers, machine, fewer).method == one.method, (answers, machine, left_out)


def test_no_row_of_the_rules_is_dead() -> None:
    everything = [one for _, _, one in found()]
    wanted = [recommend(*where, METHODS, name) for where in EVERY for name in NAMES]
    assert {one.rule for one in everything} == {rule.name for rule in RULES}
    assert {reason for one in everything for reason in one.reasons} >= {words for _, words in REASONS}
    assert {warning for one in wanted for warning in one.warnings} >= {words for _, words in CONFLICTS}
    assert {other.why for one in everything for other in one.alternatives} >= {row.words for row in OBJECTIONS}


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_person_chooses_they_get_and_no_conflict_is_hidden(name: str) -> None:
    for answers, machine in EVERY:
        one = recommend(answers, machine, METHODS, name)
        said = " ".join(one.warnings)
        assert (one.method, one.rule, one.reasons[0]) == (name, "chosen", "you chose it")
        assert sorted([name, *(other.method for other in one.alternatives)]) == sorted(NAMES)
        provider = KEEPS[name] == "provider"
        assert ("stores it with a provider" in said) is (answers.privacy and provider), (answers, machine)
        assert ("needs a network" in said) is (not machine.network and name != "local"), (answers, machine)
        if answers.production and name == "databricks-free":
            assert "non-commercial" in said, (answers, machine)
        if answers.production and name == "local":
            assert "does not serve models" in said, (answers, machine)
        if answers.environment == "notebook" and name == "local" and answers.privacy:
            assert "--no-privacy" in said, (answers, machine)
        assert one.here is not (name == "local" and answers.environment == "notebook")


def test_the_rules_import_nothing_that_could_look_at_the_world() -> None:
    tree = ast.parse(Path(inspect.getfile(MethodCase)).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = {module for module in modules if module and module.startswith("quickstart")}
    assert ours == {"quickstart.models"}
    assert modules - ours == {"__future__", "collections.abc", "dataclasses"}
