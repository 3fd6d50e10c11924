"""The tables of the doctor's guide are made from the code, and no known failure is left without an answer."""

from __future__ import annotations

import re

import pytest

from quickstart.diagnosis.checks import ALL
from quickstart.diagnosis.models import LAYERS
from quickstart.diagnosis.symptoms import SYMPTOMS
from tests.guides.make_doctor import FILE, covering, page


def test_the_tables_are_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "python -m tests.guides.make_doctor brings them up to date"


def test_all_47_known_failures_are_listed() -> None:
    assert list(SYMPTOMS) == list(range(1, 48))


@pytest.mark.parametrize("number", SYMPTOMS)
def test_each_known_failure_has_a_check_or_a_passage_or_another_command(number: int) -> None:
    assert covering(number) or SYMPTOMS[number].passage


@pytest.mark.parametrize("number", [number for number, one in SYMPTOMS.items() if one.passage])
def test_each_passage_is_in_the_guide(number: int) -> None:
    headings = re.findall(r"^## (.+)$", FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert SYMPTOMS[number].passage in headings


def test_no_check_claims_a_failure_that_nobody_knows() -> None:
    assert {number for one in ALL for number in one.symptoms} <= set(SYMPTOMS)


def test_the_checks_are_in_the_order_in_which_one_rests_on_the_other() -> None:
    layers = [LAYERS.index(one.layer) for one in ALL]
    assert layers == sorted(layers)
    known = {one.id for one in ALL}
    assert {need for one in ALL for need in one.needs} <= known
