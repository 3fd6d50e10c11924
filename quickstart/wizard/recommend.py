"""The rules, as tables: the method that fits the answers on this machine, and why. Pure: no clock, disk or network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quickstart.models import Alternative, Answers, Machine, MethodInfo, Recommendation


@dataclass(frozen=True)
class MethodCase:
    """One method for one person on one machine: the case that each row of the tables tests."""

    answers: Answers
    machine: Machine
    method: MethodInfo

    @property
    def here(self) -> bool:
        return self.method.data_location == "here"

    @property
    def provider(self) -> bool:
        return self.method.data_location == "provider"

    @property
    def free(self) -> bool:
        return self.method.kind == "free-hosted"

    @property
    def for_production(self) -> bool:
        return self.method.kind == "production"

    @property
    def offline(self) -> bool:
        """Whether it needs a network and the machine has none."""
        return not self.machine.network and not self.here

    @property
    def unreachable(self) -> bool:
        """Whether it would run inside a cloud notebook, where no browser can reach it."""
        return self.here and self.answers.environment == "notebook"

    @property
    def other_platform(self) -> bool:
        """Whether it is a production platform other than the one in the answers."""
        named = self.answers.platform if self.answers.production else None
        return self.for_production and named is not None and named != self.method.name


Test = Callable[[MethodCase], bool]


@dataclass(frozen=True)
class Rule:
    """If it applies, the first method that it wants is recommended."""

    name: str
    applies: Callable[[Answers, Machine], bool]
    wants: Test


# The first rule that applies and that a method satisfies decides.
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

# Why a method is recommended: every reason that is true, in this order. Each names an answer.
REASONS: tuple[tuple[Test, str], ...] = (
    (
        lambda case: not case.machine.network and case.here and not case.answers.privacy,
        "a provider may store your runs, but this machine is offline and cannot reach one",
    ),
    (lambda case: case.answers.privacy and not case.provider, "you want to keep your data on machines you control"),
    (
        lambda case: not case.machine.network and case.here and case.answers.privacy,
        "this machine is offline, and this method needs no network",
    ),
    (
        lambda case: case.answers.production and case.answers.platform == case.method.name,
        "you named it as your platform for production",
    ),
    (
        lambda case: case.answers.production and case.for_production,
        "you will serve or deploy models, or you work for a company",
    ),
    (lambda case: not case.answers.privacy and case.provider, "a provider may store your runs"),
    (
        lambda case: case.answers.environment == "notebook" and not case.here,
        "you can reach it from your cloud notebook",
    ),
    (lambda case: case.answers.audience == "me" and not case.for_production, "you are the only user"),
    (lambda case: case.answers.audience == "team" and not case.here, "your whole team can see the runs"),
    (lambda case: case.answers.audience == "class" and case.free, "every workshop participant can get a free account"),
    (
        lambda case: not case.answers.production and not case.for_production,
        "you do not serve or deploy models yet",
    ),
)


@dataclass(frozen=True)
class Objection:
    """What speaks against a method; `fatal` if it rules the method out."""

    raised: Test
    words: str
    fatal: bool = True


# Why a method is not recommended: the first objection that is true, or else the method's own first disadvantage.
OBJECTIONS: tuple[Objection, ...] = (
    Objection(lambda case: case.offline, "needs a network, and this machine is offline"),
    Objection(
        lambda case: case.answers.privacy and case.provider and not case.answers.production,
        "stores your runs with a provider",
    ),
    Objection(
        lambda case: case.answers.production and case.free,
        "for non-commercial use only, with quotas",
    ),
    Objection(
        lambda case: case.other_platform and not (case.answers.privacy and not case.provider),
        "you chose another platform",
    ),
    Objection(
        lambda case: case.answers.privacy and case.provider,
        "stores data with a provider, unless the workspace is in your own cloud account",
        fatal=False,
    ),
    Objection(lambda case: case.unreachable, "your browser cannot reach a server inside a cloud notebook"),
    Objection(
        lambda case: case.answers.production and case.here,
        "only this machine can reach it, and it does not serve models",
    ),
    Objection(
        lambda case: case.answers.audience == "team" and case.here,
        "your team cannot reach a server on this machine",
    ),
    Objection(
        lambda case: not case.answers.production and case.for_production and case.provider,
        "costs money, and you do not serve or deploy models yet",
    ),
    Objection(
        lambda case: case.for_production and not case.answers.production and case.answers.audience == "me",
        "more than a single user needs",
    ),
    Objection(
        lambda case: case.for_production and not case.provider,
        "someone must run it on a machine that everyone can reach",
        fatal=False,
    ),
)

# Answers that the chosen method contradicts: always shown as warnings.
CONFLICTS: tuple[tuple[Test, str], ...] = (
    (
        lambda case: case.answers.privacy and case.free,
        "Your data must stay on machines you control, but this method stores it with a provider.",
    ),
    (
        lambda case: case.answers.privacy and case.provider and case.for_production,
        "Your data must stay on machines you control, but this method stores it with a provider, unless the "
        "workspace is in your own cloud account.",
    ),
    (
        lambda case: case.offline,
        "This method needs a network, and this machine is offline.",
    ),
    (
        lambda case: (
            not case.machine.network and case.here and not (case.answers.privacy and not case.answers.platform)
        ),
        "This machine is offline, so no other method works. Run quickstart again when it is online.",
    ),
    (
        lambda case: case.answers.audience == "team" and case.here,
        "Your team cannot reach this server: it listens on this machine only. To use a shared server, run "
        "quickstart --method server.",
    ),
    (
        lambda case: case.answers.production and case.here,
        "You want to serve or deploy models. A server on this machine does not serve models.",
    ),
)


def recommend(
    answers: Answers, machine: Machine, methods: Sequence[MethodInfo], chosen: str | None = None
) -> Recommendation:
    """Recommend one of the methods, which are in order of preference; suitable alternatives come first."""
    cases = [MethodCase(answers, machine, method) for method in methods]
    rule, case = _decide(answers, machine, cases, chosen)
    reasons = tuple(words for holds, words in REASONS if holds(case))
    others = [_alternative(other) for other in cases if other is not case]
    return Recommendation(
        kind=case.method.kind,
        method=case.method.name,
        title=case.method.title,
        here=not case.unreachable,
        reasons=("you chose it",) if chosen else reasons,
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
