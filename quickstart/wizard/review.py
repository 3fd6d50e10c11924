"""The review: show the recommendation and the plan until the person approves one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events
from quickstart.explain import explain
from quickstart.methods.base import Method, Setup
from quickstart.methods.catalog import METHODS, by_name
from quickstart.models import Machine, Plan, Recommendation
from quickstart.prompts.answers_file import Unfinished
from quickstart.prompts.base import BACK, Prompt, Prompter
from quickstart.prompts.fields import Choice, Field
from quickstart.prompts.questions import Interview
from quickstart.results import Recorder, SetupResult
from quickstart.runtime.find import Runtime
from quickstart.system.shell import clock
from quickstart.wizard.login import collect_login
from quickstart.wizard.recommend import recommend

SET_UP, ANOTHER, COMMANDS, CHANGE, QUIT = "set-up", "another", "commands", "change", "quit"


class Cancelled(Exception):
    """The person rejected the plan."""


class PlanAbandoned(Exception):
    """The person quit because no plan could be made. They have seen the error already."""

    def __init__(self, error: QuickstartError) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True)
class ApprovedPlan:
    """A plan that the person approved; `chosen` if they chose the method instead of the recommended one."""

    recommendation: Recommendation
    method: Method
    setup: Setup
    plan: Plan
    chosen: bool


def offer_resume(interview: Interview, questions: Sequence[Field], unfinished: Unfinished, prompter: Prompter) -> None:
    """Offer to resume an interview that was cancelled."""
    answers, when = unfinished.load(questions)
    if not answers:
        return
    summary = "; ".join(f"{one.label}: {one.label_of(answers[one.key])}" for one in questions if one.key in answers)
    field = Field(
        key="resume",
        label="Resume",
        text="Resume where you stopped?",
        why=f"Your answers at {clock(when)}: {summary}.",
        choices=(Choice(True, "Yes, with these answers"), Choice(False, "No, start over")),
        default=True,
    )
    if prompter.ask(Prompt(field)):
        interview.resume(answers)
    else:
        unfinished.delete()


class PlanReview:
    """Recommends, plans and asks until the person approves a plan; the record keeps the recommendation and the plan."""

    def __init__(
        self,
        interview: Interview,
        machine: Machine,
        runtime: Runtime,
        prompter: Prompter,
        events: Events,
        record: Recorder[SetupResult],
        login: Mapping[str, Any],
    ) -> None:
        self._interview = interview
        self._machine = machine
        self._runtime = runtime
        self._prompter = prompter
        self._events = events
        self._record = record
        self._login = login

    def run(self, chosen: str | None, *, dry_run: bool) -> ApprovedPlan | None:
        """Recommend, plan and ask until the person approves. After a dry run, there is no approved plan.

        Raises:
            QuickstartError: why no plan can be made: "not-here", or what a method's plan() raises.
            Cancelled: the person quit.
            PlanAbandoned: the person quit because no plan could be made.
        """
        while True:
            recommendation, setup = self._recommend(chosen)
            method = by_name(recommendation.method)
            plan, obstacle, action = None, None, self._ask_before_login(method, setup, chosen, dry_run=dry_run)
            if action == SET_UP:
                setup = self._ask_about_offer(method, setup)
                setup, plan, obstacle = self._make_plan(method, recommendation, setup, dry_run=dry_run)
                if dry_run and obstacle is None:
                    return None
                if obstacle and (dry_run or not self._prompter.interactive):
                    raise obstacle
                action = self._choose_action(method, setup, *_menu(method, obstacle))
            if action == SET_UP and plan:
                return ApprovedPlan(recommendation, method, setup, plan, chosen is not None)
            if action == SET_UP:
                continue
            if action == ANOTHER:
                chosen = self._choose_method(recommendation) or chosen
            elif action == CHANGE:
                chosen = None
                self._interview.back()
            elif obstacle:
                raise PlanAbandoned(obstacle)
            else:
                raise Cancelled

    def _ask_before_login(self, method: Method, setup: Setup, chosen: str | None, *, dry_run: bool) -> str:
        """Ask before a login, so that a person who wants another method need not log in first."""
        if not method.login_name or chosen or dry_run or not self._prompter.interactive:
            return SET_UP
        return self._choose_action(method, setup, "Continue?", Choice(SET_UP, f"Log in to {method.short}"))

    def _recommend(self, chosen: str | None) -> tuple[Recommendation, Setup]:
        answers = self._interview.answers() if chosen else self._interview.ask(self._prompter)
        recommendation = recommend(answers, self._machine, METHODS, chosen)
        self._events.on_recommendation(recommendation)
        self._record.result = replace(self._record.result, answers=answers, recommendation=recommendation)
        privacy = self._interview.own_answers(self._prompter).get("privacy")
        return recommendation, Setup(answers, self._machine, self._runtime, privacy)

    def _ask_about_offer(self, method: Method, setup: Setup) -> Setup:
        """Let the person choose what to do with runs found on the machine; the default if it cannot prompt."""
        offer = method.actions.offer(setup) if self._prompter.interactive else None
        if offer is None:
            return setup
        choices = tuple(Choice(number, label) for number, (label, _) in enumerate(offer.choices))
        field = Field("offer", "Existing runs", offer.text, offer.why, choices=choices, default=0)
        number: int = self._prompter.ask(Prompt(field))
        return offer.choices[number][1]

    def _make_plan(
        self, method: Method, recommendation: Recommendation, setup: Setup, *, dry_run: bool
    ) -> tuple[Setup, Plan | None, QuickstartError | None]:
        """Log in if the method needs it; return the plan, or the error that prevents it, which a person has seen."""
        try:
            if not recommendation.here:
                evidence = self._machine.evidence
                raise QuickstartError("not-here", ExitCode.ANSWER_NEEDED, method=method.name, evidence=evidence)
            if not dry_run:
                setup = collect_login(method, setup, self._login, self._prompter, self._events)
            plan = method.actions.plan(setup)
        except QuickstartError as error:
            self._record.result = replace(self._record.result, plan=None)  # of an earlier method
            if self._prompter.interactive:
                self._events.on_error(explain(error))
            return setup, None, error
        self._events.on_plan(plan)
        self._record.result = replace(self._record.result, plan=plan.steps)
        return setup, plan, None

    def _choose_action(self, method: Method, setup: Setup, text: str, first: Choice | None) -> str:
        choices = [first] if first else []
        choices += [Choice(ANOTHER, "Choose another method"), Choice(COMMANDS, "Show the commands")]
        choices += [Choice(CHANGE, "Change an answer")] if self._interview.answered else []
        field = Field(
            key="action",
            label="Next step",
            text=text,
            flag="--yes",
            variable="QUICKSTART_YES",
            choices=(*choices, Choice(QUIT, "Quit")),
            default=choices[0].value,
        )
        while (action := self._prompter.ask(Prompt(field, approves=True))) == COMMANDS:
            self._events.on_commands(method.actions.manual_commands(setup))
        return str(action)

    def _choose_method(self, recommendation: Recommendation) -> str | None:
        """Ask for another method; return its name, or None to go back."""
        others = recommendation.alternatives
        field = Field(
            key="method",
            label="Method",
            text="Which method?",
            choices=tuple(Choice(other.method, f"{other.title}: {other.why}") for other in others),
            default=others[0].method,
        )
        name = self._prompter.ask(Prompt(field, can_go_back=True))
        return None if name is BACK else str(name)


def _menu(method: Method, obstacle: QuickstartError | None) -> tuple[str, Choice | None]:
    """Return the question about a plan or about the error that prevents it, and its first option."""
    if obstacle is None:
        return "Set it up?", Choice(SET_UP, "Set it up")
    return "What next?", Choice(SET_UP, "Try again") if method.login_name else None
