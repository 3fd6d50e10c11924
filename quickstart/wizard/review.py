"""What is said between the questions and the work: going on, agreeing on a plan, and being set up already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events
from quickstart.explain import explain
from quickstart.methods.base import Method, Setup
from quickstart.methods.catalog import METHODS, by_name
from quickstart.models import Answers, Machine, Plan, Recommendation, to_json
from quickstart.prompts.answers_file import Unfinished
from quickstart.prompts.base import BACK, MissingAnswer, Option, Prompt, Prompter
from quickstart.prompts.interview import Interview
from quickstart.prompts.questions import Question
from quickstart.runtime.find import Runtime
from quickstart.system.shell import clock
from quickstart.wizard.login import collect_login
from quickstart.wizard.recommend import recommend

SET_UP, ANOTHER, COMMANDS, CHANGE, QUIT = "set-up", "another", "commands", "change", "quit"


class Cancelled(Exception):
    """The person said no to the plan."""


class PlanAbandoned(Exception):
    """The person left where the plan could not be made; why not, they have read.

    Args:
        fault: what stood in the way.
    """

    def __init__(self, fault: QuickstartError) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class ApprovedPlan:
    """What was agreed on.

    Args:
        recommendation: the method, and why.
        method: the same.
        setup: what the plan was made from.
        plan: the steps.
        chosen: whether the person chose the method, whatever the rules say.
    """

    recommendation: Recommendation
    method: Method
    setup: Setup
    plan: Plan
    chosen: bool


def recommendation_json(answers: Answers, recommendation: Recommendation) -> dict[str, Any]:
    """Return what the contract shows of the answers and of what follows from them."""
    return {
        "answers": to_json(answers),
        "recommendation": to_json(recommendation),
        "alternatives": [to_json(alternative) for alternative in recommendation.alternatives],
    }


def offer_resume(
    interview: Interview, questions: Sequence[Question], unfinished: Unfinished, prompter: Prompter
) -> None:
    """Offer to go on with the interview that was cancelled."""
    answers, when = unfinished.load(questions)
    if not answers:
        return
    said = "; ".join(f"{one.name}: {one.label(answers[one.key])}" for one in questions if one.key in answers)
    prompt = Prompt(
        text="Go on where you stopped?",
        options=(Option(True, "Yes, with these answers"), Option(False, "No, ask me again")),
        default=True,
        name="Go on",
        why=f"At {clock(when)} you had answered: {said}.",
    )
    if prompter.select(prompt):
        interview.resume(answers)
    else:
        unfinished.forget()


class PlanReview:
    """The way to a plan that the person says yes to.

    Args:
        interview: holds the answers, and asks for those that are missing.
        machine: where the person is.
        runtime: the interpreter for MLflow.
        prompter: who asks.
        events: shown each recommendation and plan.
        data: what the outcome will tell, filled in here.
        login: what a method's login needs, as far as it was said beforehand.
    """

    def __init__(
        self,
        interview: Interview,
        machine: Machine,
        runtime: Runtime,
        prompter: Prompter,
        events: Events,
        data: dict[str, Any],
        login: Mapping[str, Any],
    ) -> None:
        self._interview = interview
        self._machine = machine
        self._runtime = runtime
        self._prompter = prompter
        self._events = events
        self._data = data
        self._login = login

    def run(self, chosen: str | None, *, dry_run: bool) -> ApprovedPlan | None:
        """Recommend, plan and ask, until the person says yes.

        Args:
            chosen: the method, where it was named beforehand.
            dry_run: whether to stop after the plan.

        Returns:
            What was agreed on; None after a dry run.

        Raises:
            Fault: what stands in the way of the plan: "not-here", or what a method's plan() raises.
            Cancelled: the person left.
            Stuck: the person left where no plan could be made.
        """
        while True:
            recommendation, setup = self._recommended(chosen)
            method = by_name(recommendation.method)
            plan, obstacle, wish = None, None, self._wanted(method, setup, chosen, dry_run=dry_run)
            if wish == SET_UP:
                setup = self._offered(method, setup)
                setup, plan, obstacle = self._planned(method, recommendation, setup, dry_run=dry_run)
                if dry_run and obstacle is None:
                    return None
                if obstacle and (dry_run or not self._prompter.interactive):
                    raise obstacle
                wish = self._decided(method, setup, *_menu(method, obstacle))
            if wish == SET_UP and plan:
                return ApprovedPlan(recommendation, method, setup, plan, chosen is not None)
            if wish == SET_UP:
                continue
            if wish == ANOTHER:
                chosen = self._another(recommendation) or chosen
            elif wish == CHANGE:
                chosen = None
                self._interview.back()
            elif obstacle:
                raise PlanAbandoned(obstacle)
            else:
                raise Cancelled

    def _wanted(self, method: Method, setup: Setup, chosen: str | None, *, dry_run: bool) -> str:
        """Ask before a login: nobody should have to log in before they can say that they want something else."""
        if not method.login_name or chosen or dry_run or not self._prompter.interactive:
            return SET_UP
        return self._decided(method, setup, "Go on with it?", Option(SET_UP, f"Log in to {method.short}"))

    def _recommended(self, chosen: str | None) -> tuple[Recommendation, Setup]:
        said = self._interview.answers() if chosen else self._interview.ask(self._prompter)
        recommendation = recommend(said, self._machine, METHODS, chosen)
        self._events.on_recommendation(recommendation)
        self._data |= recommendation_json(said, recommendation)
        privacy = self._interview.said(self._prompter).get("privacy")
        return recommendation, Setup(said, self._machine, self._runtime, privacy)

    def _offered(self, method: Method, setup: Setup) -> Setup:
        """Let the person choose what to do with what was found; whoever cannot be asked gets the default."""
        offer = method.actions.offer(setup) if self._prompter.interactive else None
        if offer is None:
            return setup
        options = tuple(Option(number, label) for number, (label, _) in enumerate(offer.choices))
        prompt = Prompt(text=offer.text, options=options, default=0, name="Found", why=offer.why)
        return offer.choices[int(self._prompter.select(prompt))][1]

    def _planned(
        self, method: Method, recommendation: Recommendation, setup: Setup, *, dry_run: bool
    ) -> tuple[Setup, Plan | None, QuickstartError | None]:
        """Log in where the method needs it, and return the plan, or what stands in its way, which is said."""
        try:
            if not recommendation.here:
                evidence = self._machine.evidence
                raise QuickstartError("not-here", ExitCode.ANSWER_NEEDED, method=method.name, evidence=evidence)
            if not dry_run:
                setup = collect_login(method, setup, self._login, self._prompter, self._events)
            plan = method.actions.plan(setup)
        except QuickstartError as fault:
            for key in ("plan", "steps"):  # of a method that was looked at before
                self._data.pop(key, None)
            if self._prompter.interactive:
                self._events.on_error(explain(fault))
            return setup, None, fault
        self._events.on_plan(plan)
        self._data |= {"plan": [to_json(step) for step in plan.steps], "steps": []}
        return setup, plan, None

    def _decided(self, method: Method, setup: Setup, text: str, first: Option | None) -> str:
        """Ask what is to happen with the method; the commands are shown as often as they are asked for."""
        options = [first] if first else []
        options += [Option(ANOTHER, "Choose another"), Option(COMMANDS, "Show the commands")]
        options += [Option(CHANGE, "Change an answer")] if self._interview.answered else []
        prompt = Prompt(
            text=text,
            options=(*options, Option(QUIT, "Quit")),
            default=options[0].value,
            name="Now",
            missing=MissingAnswer("--yes", "QUICKSTART_YES", "quickstart --yes"),
            consent=True,
        )
        while (wish := self._prompter.select(prompt)) == COMMANDS:
            self._events.on_commands(method.actions.manual_commands(setup))
        return str(wish)

    def _another(self, recommendation: Recommendation) -> str | None:
        """Ask for another method; return its name, or None where the person goes back."""
        others = recommendation.alternatives
        prompt = Prompt(
            text="Which one?",
            options=tuple(Option(other.method, f"{other.title}: {other.why}") for other in others),
            default=others[0].method,
            name="Method",
            back=True,
        )
        wish = self._prompter.select(prompt)
        return None if wish is BACK else str(wish)


def _menu(method: Method, obstacle: QuickstartError | None) -> tuple[str, Option | None]:
    """Return what is asked about a plan, or about what stands in its way, and the first that can be chosen."""
    if obstacle is None:
        return "Set it up?", Option(SET_UP, "Set it up")
    return "What now?", Option(SET_UP, "Try again") if method.login_name else None
