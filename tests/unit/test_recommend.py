"""The rules: the first suitable method, its reasons, and what speaks against the others."""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

import quickstart.recommend
from quickstart.methods import METHODS
from quickstart.model import Answers, EnvironmentKind, Fit, Kind, Machine, Recommendation, public
from quickstart.recommend import recommend

ANSWERS = Answers()
LAPTOP = Machine("Linux", "laptop", "no sign of anything else", "3.11.7")


@dataclass
class Way:
    """A method as far as the rules see it."""

    name: str
    fit: Fit
    kind: Kind = "local"
    title: str = "a way"
    pros: tuple[str, ...] = ("quick",)
    cons: tuple[str, ...] = ("small",)

    def fits(self, answers: Answers, machine: Machine) -> Fit:
        return self.fit


YES = Fit(suitable=True, reasons=("you said so",), warnings=("mind the gap",))
NO = Fit(suitable=False, against="it stores your runs elsewhere")
NOT_HERE = Fit(suitable=False, here=False, against="a notebook cannot be reached", warnings=("and it is shared",))


def test_the_first_suitable_method_is_recommended() -> None:
    found = recommend(ANSWERS, LAPTOP, [Way("a", NO), Way("b", YES, "production"), Way("c", YES)])
    assert (found.method, found.kind, found.here) == ("b", "production", True)
    assert (found.reasons, found.warnings) == (("you said so",), ("mind the gap",))
    assert (found.title, found.pros, found.cons) == ("a way", ("quick",), ("small",))


def test_every_other_method_is_an_alternative_with_what_speaks_against_it() -> None:
    found = recommend(ANSWERS, LAPTOP, [Way("a", NO, "free-hosted"), Way("b", YES), Way("c", YES)])
    assert [(one.method, one.kind, one.suitable, one.why) for one in found.alternatives] == [
        ("a", "free-hosted", False, "it stores your runs elsewhere"),
        ("c", "local", True, ""),
    ]


def test_where_none_is_suitable_the_preferred_one_is_named_with_what_is_in_its_way() -> None:
    found = recommend(ANSWERS, LAPTOP, [Way("a", NOT_HERE), Way("b", NO)])
    assert (found.method, found.here) == ("a", False)
    assert found.warnings == ("and it is shared", "a notebook cannot be reached")


def test_a_method_chosen_by_the_person_has_no_alternatives() -> None:
    assert recommend(ANSWERS, LAPTOP, [Way("a", NO)]).alternatives == ()


def test_the_same_question_has_the_same_answer() -> None:
    ways = [Way("a", NO), Way("b", YES)]
    assert recommend(ANSWERS, LAPTOP, ways) == recommend(ANSWERS, LAPTOP, ways)


def test_the_rules_import_nothing_that_could_look_at_the_world() -> None:
    tree = ast.parse(Path(str(quickstart.recommend.__file__)).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules == {"__future__", "collections.abc", "quickstart.model"}


def test_the_contract_shows_these_keys_of_it() -> None:
    shown = public(recommend(ANSWERS, LAPTOP, [Way("a", YES), Way("b", NO)]))
    assert list(shown) == ["kind", "method", "here", "reasons", "pros", "cons", "warnings"]
    assert {field.name for field in fields(Recommendation)} >= set(shown)


@pytest.mark.parametrize("environment", ["laptop", "vm", "container", "notebook"])
def test_a_server_of_ones_own_can_be_had_everywhere_but_in_a_cloud_notebook(environment: EnvironmentKind) -> None:
    found = recommend(ANSWERS, Machine("Linux", environment, "", "3.11.7"), METHODS)
    assert (found.method, found.here) == ("local", environment != "notebook")
    assert any("container" in warning for warning in found.warnings) is (environment == "container")


def test_who_shares_a_machine_is_told_who_can_read_the_server() -> None:
    for shared in (True, False):
        found = recommend(ANSWERS, Machine("Linux", "laptop", "", "3.11.7", shared=shared), METHODS)
        assert any("Other people" in warning for warning in found.warnings) is shared


def test_the_answers_that_nobody_gave_are_the_safe_ones() -> None:
    assert Answers(privacy=True, environment="laptop", audience="me", production=False, platform=None) == ANSWERS


@pytest.mark.parametrize("privacy", [True, False])
def test_the_reason_names_the_answer(privacy: bool) -> None:
    (reason,) = recommend(Answers(privacy=privacy), LAPTOP, METHODS).reasons
    assert ("machines you control" in reason) is privacy
