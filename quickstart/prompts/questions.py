"""The questions of the interview, and the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from quickstart.models import UNDECIDED, Answers, Machine, MethodInfo
from quickstart.prompts.base import BACK, Prompt, Prompter
from quickstart.prompts.fields import Answered, Choice, Field

METHOD = "method"


def _without_default_in_notebook(field: Field, machine: Machine) -> Field:
    """Drop the default in a cloud notebook: its data is with a provider already, and the person must decide."""
    return replace(field, default=None) if machine.environment == "notebook" else field


def _with_environment(field: Field, machine: Machine) -> Field:
    detected = f"Detected: {field.label_of(machine.environment)} ({machine.evidence})."
    return replace(field, default=machine.environment, why=f"{field.why}\n{detected}")


PRIVACY = Field(
    key="privacy",
    label="Privacy",
    step=1,
    text="Must your data, models and tech stack stay on machines you control?",
    why="With hosted tracking, a provider stores your runs, parameters and models.",
    more=(
        "A run contains what you log: parameters, metrics, files, often the model itself, and the names and versions "
        "of your software. With your own server, all of it stays on your disk, and MLflow's usage telemetry is off. "
        "With hosted tracking, a provider keeps it in its cloud behind your account: there is nothing to run, and "
        "sharing is easy. If a contract or a law covers your data, or if you are not sure, answer yes."
    ),
    flag="--privacy/--no-privacy",
    help="Whether data must stay on machines you control. --privacy also turns MLflow's telemetry off.",
    variable="QUICKSTART_PRIVACY",
    choices=(Choice(True, "Yes, keep it on my machines"), Choice(False, "No, a provider may store it")),
    default=True,
    adapt=_without_default_in_notebook,
)
ENVIRONMENT = Field(
    key="environment",
    label="Environment",
    step=2,
    text="Where do you develop?",
    why="You cannot reach a server inside a cloud notebook. On a VM, you reach it through ssh.",
    more=(
        "Your browser and your code must reach the tracking server. On your own computer they do. On a cloud VM, your "
        "browser connects through ssh. Inside a container, localhost means the container. A cloud notebook (Colab, "
        "Kaggle, Databricks) accepts no connections from outside, so only hosted tracking works there."
    ),
    flag="--environment",
    help="Where you develop (default: detected).",
    variable="QUICKSTART_ENVIRONMENT",
    choices=(
        Choice("laptop", "My own laptop or desktop"),
        Choice("notebook", "A cloud notebook"),
        Choice("vm", "A cloud VM"),
        Choice("container", "A container"),
    ),
    optional=True,
    adapt=_with_environment,
)
AUDIENCE = Field(
    key="audience",
    label="Audience",
    step=3,
    text="Who will look at the runs?",
    why="Only you can reach a server on your own machine. A team needs a shared server.",
    more=(
        "Only me: every method works. A team: everyone must reach the same server, so it is hosted, or someone runs "
        "it for the team. A workshop: participants need a setup that takes minutes on any kind of laptop."
    ),
    flag="--audience",
    help="Who will look at the runs.",
    variable="QUICKSTART_AUDIENCE",
    choices=(Choice("me", "Only me"), Choice("team", "A team"), Choice("class", "A workshop")),
    default="me",
)
PRODUCTION = Field(
    key="production",
    label="Production",
    step=4,
    text="Will you serve or deploy a model, or is this for a company?",
    why="Serving needs a production platform. Free hosted tracking is for non-commercial use only.",
    more=(
        "For tracking alone, answer no; you can change it later and log runs again in minutes. If others will send "
        "requests to your model, or if your company needs accounts, support and permissions, use a production "
        "platform: Databricks, Azure ML, Amazon SageMaker, or an MLflow server that your company runs."
    ),
    flag="--production/--no-production",
    help="Whether you will serve or deploy a model, or this is for a company.",
    variable="QUICKSTART_PRODUCTION",
    choices=(Choice(False, "No, not yet"), Choice(True, "Yes, or for a company")),
    default=False,
)


def platform_field(platforms: Sequence[MethodInfo]) -> Field:
    """Return the second half of the fourth question. Its default is a platform that left traces on the machine."""

    def with_platform_in_use(field: Field, machine: Machine) -> Field:
        used = (platform for platform in platforms if set(platform.traces) & set(machine.traces))
        return replace(field, default=next((platform.name for platform in used), UNDECIDED))

    return Field(
        key="platform",
        label="Platform",
        step=4,
        text="On which platform?",
        why="Choose the platform that you or your company have an account with.",
        more=(
            "A platform that your company already pays for is the shortest way. If quickstart found one on this "
            "machine, it is the default. If you have none yet, quickstart recommends one and lists the others."
        ),
        flag="--platform",
        help="Your production platform.",
        variable="QUICKSTART_PLATFORM",
        choices=(
            *(Choice(platform.name, platform.short) for platform in platforms),
            Choice(UNDECIDED, "None yet, recommend one"),
        ),
        default=UNDECIDED,
        optional=True,
        applies=lambda answered: bool(answered.get("production")),
        adapt=with_platform_in_use,
    )


def interview_fields(platforms: Sequence[MethodInfo]) -> tuple[Field, ...]:
    """Return the questions in the order in which they are asked."""
    return (PRIVACY, ENVIRONMENT, AUDIENCE, PRODUCTION, platform_field(platforms))


def method_field(methods: Sequence[MethodInfo]) -> Field:
    """Return the answer that replaces the recommendation; it is never asked for."""
    return Field(
        key=METHOD,
        label="Method",
        flag="--method",
        help="Use this method instead of the recommended one.",
        variable="QUICKSTART_METHOD",
        choices=tuple(Choice(method.name, method.short) for method in methods),
    )


class Interview:
    """The answers so far, and the questions that are open.

    Args:
        given: answers that need no question.
        command: a script's command, for the error if prompting is impossible.
    """

    def __init__(self, fields: Sequence[Field], given: Answered, machine: Machine, command: str) -> None:
        self._fields = tuple(field.adapt(field, machine) for field in fields)
        self._machine = machine
        self._command = command
        self.given = dict(given)
        self.answered: dict[str, Any] = {}

    @property
    def all(self) -> dict[str, Any]:
        return {**self.answered, **self.given}

    def own_answers(self, prompter: Prompter) -> dict[str, Any]:
        """Return the answers that the person gave: without defaults that no one has seen."""
        return self.all if prompter.interactive else dict(self.given)

    def resume(self, answered: Mapping[str, Any]) -> None:
        """Continue with earlier answers; the person can go back to them."""
        self.answered.update({key: value for key, value in answered.items() if key not in self.given})

    def ask(self, prompter: Prompter) -> Answers:
        """Ask the open questions. The answers so far stay in `answered`, even if the person cancels."""
        while field := next((field for field in self._applicable() if field.key not in self.all), None):
            answer = prompter.ask(self._prompt(field))
            if answer is BACK:
                self.back()
            else:
                self.answered[field.key] = answer
        return self.answers()

    def back(self) -> bool:
        """Withdraw the last answer, so that it is asked again; return whether there was one."""
        asked = [field for field in self._applicable() if field.key in self.answered]
        if not asked:
            return False
        del self.answered[asked[-1].key]
        return True

    def answers(self) -> Answers:
        """Return all answers, with the defaults of questions that were not asked."""
        values = {key: value for key, value in self.all.items() if value is not None}
        if values.get("platform") == UNDECIDED or not values.get("production"):
            values.pop("platform", None)
        return Answers(**{"environment": self._machine.environment, **values})

    def _applicable(self) -> list[Field]:
        return [field for field in self._fields if field.key not in self.given and field.applies(self.all)]

    def _prompt(self, field: Field) -> Prompt:
        missing = [one for one in self._applicable() if one.key not in self.all]
        given = [one.flag_of(self.given[one.key]) for one in self._fields if self.given.get(one.key) is not None]
        # What Enter means; without a default, the last choice.
        enter = [one.flag_of(one.default if one.has_default else one.values[-1]) for one in missing]
        return Prompt(
            field=field,
            progress=f"{field.step} of {max(one.step for one in self._fields)}",
            can_go_back=any(one.key in self.answered for one in self._applicable()),
            command=" ".join((self._command, *given, *enter)),
        )
