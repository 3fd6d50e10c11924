"""`quickstart` sets up tracking; `quickstart recommend` stops at the recommendation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from quickstart.cli.options import Common, SectionedHelp, answer_options
from quickstart.cli.runner import action, run
from quickstart.results import Outcome

if TYPE_CHECKING:
    from quickstart.wizard.flow import SetupOptions


def set_up(**given: Any) -> None:
    def act(common: Common) -> Outcome:
        from quickstart.wizard import menu  # noqa: PLC0415 - start-up: --help does not need it

        return menu.start(build_options(given, common), common.prompter(), common.events())

    run("quickstart", act)


@click.command(cls=SectionedHelp)
@answer_options
@action("recommend")
def recommend(common: Common, **given: Any) -> Outcome:
    """Recommend a way to track experiments, with its pros, cons and alternatives. Change nothing."""
    from quickstart.wizard import flow  # noqa: PLC0415 - start-up: --help does not need it

    events = common.events()
    if not common.as_json:
        from quickstart.output.reporter import RecommendReporter  # noqa: PLC0415 - start-up: --help does not need it

        events = RecommendReporter(common.screen, common.working)
    return flow.recommend_only(build_options(given, common), common.prompter(), events)


def build_options(given: dict[str, Any], common: Common) -> SetupOptions:
    from quickstart.wizard.flow import QUESTIONS, SetupOptions  # noqa: PLC0415 - start-up: --help does not need it

    keys = {question.key for question in QUESTIONS}
    answers = {key: value for key, value in given.items() if key in keys and value is not None}
    rest = {key: value for key, value in given.items() if key not in keys}
    return replace(SetupOptions(python=common.python, answers=answers), **rest)
