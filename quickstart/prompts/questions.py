"""The questions, as data. A new question is one entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quickstart.models import UNDECIDED, MethodInfo
from quickstart.prompts.base import Option

if TYPE_CHECKING:
    from quickstart.models import Machine

Value = str | bool
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """One question.

    Args:
        key: its field of Answers, its key in an answers file, and the name of its flag and variable.
        name: one word for it.
        number: as a person counts; two that belong together have one.
        text: the question.
        why: one line on why it is asked.
        more: what "tell me more" tells.
        choices: the possible answers on a machine, as they are offered.
        default: what Enter means there; None where it must be answered.
        asked_if: whether it is to be asked, given the answers so far.
        found: whether the default was found on the machine, and so holds where nobody can be asked.
        optional: whether the default is as good an answer where nobody can be asked.
    """

    key: str
    name: str
    number: int
    text: str
    why: str
    more: str
    choices: tuple[Option, ...]
    default: Callable[[Machine], Value | None]
    asked_if: Callable[[Given], bool] = lambda given: True
    found: bool = False
    optional: bool = False

    def allowed(self) -> list[Value]:
        """Return the values an answer may have."""
        return [choice.value for choice in self.choices]

    def label(self, value: Value) -> str:
        """Return how a value reads."""
        return next(choice.label for choice in self.choices if choice.value == value)

    def flag(self, value: Value) -> str:
        """Return the flag that gives an answer beforehand."""
        return flag(self.key, value)

    @property
    def flags(self) -> str:
        """Return the flags of all answers, for a person to pick from."""
        if isinstance(self.choices[0].value, bool):
            return f"{self.flag(True)} or {self.flag(False)}"
        return f"--{self.key} {'|'.join(str(choice.value) for choice in self.choices)}"

    @property
    def variable(self) -> str:
        """Return the environment variable that answers it."""
        return f"QUICKSTART_{self.key.upper()}"


def flag(key: str, value: Value) -> str:
    """Return the flag that gives an answer beforehand."""
    if isinstance(value, bool):
        return f"--{'' if value else 'no-'}{key}"
    return f"--{key} {value}"


PRIVACY = Question(
    key="privacy",
    name="Privacy",
    number=1,
    text="Must your data, models and tech stack stay on machines you control?",
    why="Hosted tracking stores runs, parameters and models with a provider.",
    more=(
        "A run holds what you log: parameters, metrics, files, often the model itself, and the names and versions "
        "of what made it. With your own server all of that stays on your disk, and MLflow's usage telemetry is "
        "turned off. With hosted tracking a provider keeps it in its cloud, behind your account: nothing to run, "
        "and easy to share. If the data is under a contract or a law, or if you are not sure, say yes."
    ),
    choices=(Option(True, "Yes, keep them here"), Option(False, "No, a provider may store them")),
    # In a cloud notebook the data is with a provider already: what is safe there only the person knows.
    default=lambda machine: None if machine.environment == "notebook" else True,
)
ENVIRONMENT = Question(
    key="environment",
    name="Environment",
    number=2,
    text="Where do you develop?",
    why="A server inside a cloud notebook cannot be reached; on a VM it takes one more step.",
    more=(
        "A tracking server of your own has to run where your browser and your code can reach it. On your own "
        "computer that is simple. On a VM in a cloud your browser gets there through ssh. Inside a container, "
        "localhost means the container. Inside a cloud notebook such as Colab, Kaggle or Databricks nothing from "
        "outside gets in, so there only hosted tracking works."
    ),
    choices=(
        Option("laptop", "A laptop or desktop of my own"),
        Option("notebook", "A cloud notebook"),
        Option("vm", "A virtual machine in a cloud"),
        Option("container", "A container"),
    ),
    default=lambda machine: machine.environment,
    found=True,
)
AUDIENCE = Question(
    key="audience",
    name="Audience",
    number=3,
    text="Who will look at the runs?",
    why="A server on your own machine is yours alone; a team needs one that all reach.",
    more=(
        "Only you: any method does. A team: everybody must reach the same server, so it is hosted, or somebody "
        "runs one for all. A class: everybody needs a way that takes minutes, on laptops of all kinds."
    ),
    choices=(Option("me", "Only me"), Option("team", "A team"), Option("class", "A class")),
    default=lambda machine: "me",
)
PRODUCTION = Question(
    key="production",
    name="Production",
    number=4,
    text="Will a model be served or deployed, or is this for a company?",
    why="Serving needs a platform for production; free hosted tracking is non-commercial.",
    more=(
        "Tracking alone needs no platform: say no, and change later; runs can be logged anew in minutes. If a "
        "model from here will answer requests of others, or if you work for a company that wants accounts, "
        "support and permissions, a production platform has these: Databricks, Azure ML, Amazon SageMaker, or an "
        "MLflow server that your company runs."
    ),
    choices=(Option(False, "No, not yet"), Option(True, "Yes, or for a company")),
    default=lambda machine: False,
)


def platform_question(platforms: Sequence[MethodInfo]) -> Question:
    """Return the second half of the fourth question: which platform.

    Args:
        platforms: the methods that can be one. Whoever's traces are on the machine is offered as the default.
    """

    def in_use(machine: Machine) -> Value:
        used = (platform for platform in platforms if set(platform.traces) & set(machine.traces))
        return next((platform.name for platform in used), UNDECIDED)

    return Question(
        key="platform",
        name="Platform",
        number=4,
        text="On which platform?",
        why="Take the one that you or your company have an account with.",
        more=(
            "A platform that your company pays for already is the shortest way. What was found of one on this "
            "machine is offered first. If there is none yet, you get a recommendation, with the others beside it."
        ),
        choices=(
            *(Option(platform.name, platform.short) for platform in platforms),
            Option(UNDECIDED, "None yet, recommend one"),
        ),
        default=in_use,
        asked_if=lambda given: bool(given.get("production")),
        optional=True,
    )


def questions(platforms: Sequence[MethodInfo]) -> tuple[Question, ...]:
    """Return all questions in the order in which they are asked."""
    return (PRIVACY, ENVIRONMENT, AUDIENCE, PRODUCTION, platform_question(platforms))
