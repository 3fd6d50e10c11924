"""The rules, as tables: which method fits the answers on this machine, and why. Pure: no clock, no disk, no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quickstart.models import Alternative, Answers, Machine, MethodInfo, Recommendation


@dataclass(frozen=True)
class MethodCase:
    """One method looked at for one person: what every row of the tables is asked about.

    Args:
        answers: what the person wants.
        machine: where they are.
        method: the method that is looked at.
    """

    answers: Answers
    machine: Machine
    method: MethodInfo

    @property
    def here(self) -> bool:
        """Whether it keeps runs on this machine."""
        return self.method.data_location == "here"

    @property
    def provider(self) -> bool:
        """Whether it keeps runs with a provider."""
        return self.method.data_location == "provider"

    @property
    def free(self) -> bool:
        """Whether it is free hosted tracking."""
        return self.method.kind == "free-hosted"

    @property
    def for_production(self) -> bool:
        """Whether it is meant for production."""
        return self.method.kind == "production"

    @property
    def offline(self) -> bool:
        """Whether it needs a network that is not there."""
        return not self.machine.network and not self.here

    @property
    def unreachable(self) -> bool:
        """Whether it would run inside a cloud notebook, where no browser gets to it."""
        return self.here and self.answers.environment == "notebook"

    @property
    def other_platform(self) -> bool:
        """Whether it is a production platform, but not the one that was named."""
        named = self.answers.platform if self.answers.production else None
        return self.for_production and named is not None and named != self.method.name


Test = Callable[[MethodCase], bool]


@dataclass(frozen=True)
class Rule:
    """Where it applies, the first method that it wants is recommended."""

    name: str
    applies: Callable[[Answers, Machine], bool]
    wants: Test


# In this order: the first rule that applies, and for which there is a method, decides.
RULES: tuple[Rule, ...] = (
    Rule("offline", lambda answers, machine: not machine.network, lambda case: case.here),
    Rule(
        "platform",
        lambda answers, machine: answers.production and answers.platform is not None,
        lambda case: case.method.name == case.answers.platform,
    ),
    Rule(
        "production-privately",
        lambda answers, machine: answers.production and answers.privacy,
        lambda case: case.for_production and not case.provider,
    ),
    Rule("production", lambda answers, machine: answers.production, lambda case: case.for_production),
    Rule("privacy", lambda answers, machine: answers.privacy, lambda case: case.here),
    Rule("simplest", lambda answers, machine: True, lambda case: case.free),
)

# What speaks for a method: all that is true is said, in this order. Each names an answer.
REASONS: tuple[tuple[Test, str], ...] = (
    (
        lambda case: not case.machine.network and case.here and not case.answers.privacy,
        "a provider may store your runs, but none can be reached: this machine has no network now",
    ),
    (lambda case: case.answers.privacy and not case.provider, "you want to keep data on machines you control"),
    (
        lambda case: not case.machine.network and case.here and case.answers.privacy,
        "this machine has no network now, and it needs none",
    ),
    (
        lambda case: case.answers.production and case.answers.platform == case.method.name,
        "you named it as your platform for production",
    ),
    (
        lambda case: case.answers.production and case.for_production,
        "a model is to be served or deployed, or you are a company",
    ),
    (lambda case: not case.answers.privacy and case.provider, "a provider may store your runs"),
    (
        lambda case: case.answers.environment == "notebook" and not case.here,
        "you work in a cloud notebook, from where it can be reached",
    ),
    (lambda case: case.answers.audience == "me" and not case.for_production, "only you will use it"),
    (lambda case: case.answers.audience == "team" and not case.here, "your team can look at the same runs"),
    (lambda case: case.answers.audience == "class" and case.free, "everybody in a class can have an account, free"),
    (
        lambda case: not case.answers.production and not case.for_production,
        "nothing is served or deployed yet",
    ),
)


@dataclass(frozen=True)
class Objection:
    """What speaks against a method where it is true; `fatal` if an answer rules the method out."""

    raised: Test
    words: str
    fatal: bool = True


# What speaks against a method: the first that is true is said; where none is, the method's own first disadvantage.
OBJECTIONS: tuple[Objection, ...] = (
    Objection(lambda case: case.offline, "not without the network, and this machine has none now"),
    Objection(
        lambda case: case.answers.privacy and case.provider and not case.answers.production,
        "would store your runs with a provider",
    ),
    Objection(
        lambda case: case.answers.production and case.free,
        "not for commercial use, and with quotas",
    ),
    Objection(
        lambda case: case.other_platform and not (case.answers.privacy and not case.provider),
        "you named another platform",
    ),
    Objection(
        lambda case: case.answers.privacy and case.provider,
        "data with a provider, unless the workspace is in your own cloud account",
        fatal=False,
    ),
    Objection(lambda case: case.unreachable, "a server in a cloud notebook cannot be reached from your browser"),
    Objection(
        lambda case: case.answers.production and case.here,
        "only this machine reaches it, and it serves no models",
    ),
    Objection(
        lambda case: case.answers.audience == "team" and case.here,
        "your team cannot reach a server on this machine",
    ),
    Objection(
        lambda case: not case.answers.production and case.for_production and case.provider,
        "not free, and nothing is served or deployed yet",
    ),
    Objection(
        lambda case: case.for_production and not case.answers.production and case.answers.audience == "me",
        "more than you need for yourself",
    ),
    Objection(
        lambda case: case.for_production and not case.provider,
        "somebody has to run it, on a machine that everybody reaches",
        fatal=False,
    ),
)

# Answers that the chosen method cannot keep: said beside it, never hidden.
CONFLICTS: tuple[tuple[Test, str], ...] = (
    (
        lambda case: case.answers.privacy and case.free,
        "You said that data must stay on machines you control. There it is kept by a provider.",
    ),
    (
        lambda case: case.answers.privacy and case.provider and case.for_production,
        "You said that data must stay on machines you control. There it is kept by a provider, unless the workspace "
        "is in a cloud account of your own.",
    ),
    (
        lambda case: case.offline,
        "It needs the network, and this machine has none now.",
    ),
    (
        lambda case: (
            not case.machine.network and case.here and not (case.answers.privacy and not case.answers.platform)
        ),
        "This machine has no network now, so nothing else can be recommended. With one, run quickstart again.",
    ),
    (
        lambda case: case.answers.audience == "team" and case.here,
        "Your team cannot reach a server that listens on this machine alone; a server for all of you can: "
        "quickstart --method server",
    ),
    (
        lambda case: case.answers.production and case.here,
        "You said that a model is to be served or deployed. A server on this machine serves no models.",
    ),
)


def recommend(
    answers: Answers, machine: Machine, methods: Sequence[MethodInfo], chosen: str | None = None
) -> Recommendation:
    """Recommend one method.

    Args:
        answers: what the person wants.
        machine: where they are.
        methods: all there are, in order of preference.
        chosen: name of the method that the person wants, whatever the rules say.

    Returns:
        The method, its reasons, pros and cons, and what speaks for or against each of the others, the suitable first.
    """
    cases = [MethodCase(answers, machine, method) for method in methods]
    rule, case = _decide(answers, machine, cases, chosen)
    reasons = tuple(words for holds, words in REASONS if holds(case))
    others = [_alternative(other) for other in cases if other is not case]
    return Recommendation(
        kind=case.method.kind,
        method=case.method.name,
        title=case.method.title,
        here=not case.unreachable,
        reasons=("you asked for it",) if chosen else reasons,
        pros=case.method.pros,
        cons=case.method.cons,
        warnings=(*(words for holds, words in CONFLICTS if holds(case)), *case.method.warnings(answers, machine)),
        alternatives=tuple(sorted(others, key=lambda other: not other.suitable)),
        rule=rule,
    )


def _decide(
    answers: Answers, machine: Machine, cases: Sequence[MethodCase], chosen: str | None
) -> tuple[str, MethodCase]:
    for rule in (Rule("chosen", lambda *_: chosen is not None, lambda case: case.method.name == chosen), *RULES):
        wanted = next((case for case in cases if rule.wants(case)), None)
        if wanted and rule.applies(answers, machine):
            return rule.name, wanted
    return "only", cases[0]


def _alternative(case: MethodCase) -> Alternative:
    found = next((objection for objection in OBJECTIONS if objection.raised(case)), None)
    words = found.words if found else case.method.cons[0]
    suitable = not (found and found.fatal)
    return Alternative(case.method.kind, case.method.name, case.method.short, suitable, words)
