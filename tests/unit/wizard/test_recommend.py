"""The reference table: what is recommended to whom, each row beside the line that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from quickstart.methods.catalog import METHODS, by_name
from quickstart.models import Answers, EnvironmentKind, Kind, Machine
from quickstart.wizard.recommend import recommend

KINDS: dict[str, Kind] = {
    "local": "local",
    "databricks-free": "free-hosted",
    "databricks": "production",
    "azureml": "production",
    "sagemaker": "production",
    "server": "production",
}
ME = Answers(privacy=True)
OPEN = Answers(privacy=False)
COMPANY = Answers(privacy=False, production=True)


def at(environment: EnvironmentKind) -> Machine:
    return Machine("Linux", environment, "as the test has it", "3.11.7")


LAPTOP = at("laptop")


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        source: the line of the tutorial, or of what was measured, that it rests on.
        answers: what the person said.
        gives: the method that is recommended.
        first: the first of the alternatives.
        suits: whether that one would do, too.
        says: words that the warnings hold.
        machine: where the person is.
        here: whether it can be set up on this machine.
        chosen: what the person wants, whatever the rules say.
    """

    source: str
    answers: Answers
    gives: str
    first: str
    suits: bool = False
    says: tuple[str, ...] = ()
    machine: Machine = LAPTOP
    here: bool = True
    chosen: str | None = None


OFFLINE = replace(LAPTOP, network=False)
TABLE = {
    "privacy, laptop, me": Row(
        "If you have privacy concerns (data/model/tech stack), use Method 1 - start your own server",
        ME,
        gives="local",
        first="databricks-free",
    ),
    "no privacy, laptop, me": Row(
        "a student or an individual researcher: use Method 2; overall the simplest way to get started",
        OPEN,
        gives="databricks-free",
        first="local",
        suits=True,
    ),
    "no privacy, notebook, me": Row(
        "if you are developing in cloud-based notebooks (e.g., Google Colab), use Method 2",
        replace(OPEN, environment="notebook"),
        gives="databricks-free",
        first="local",
        machine=at("notebook"),
    ),
    "privacy, notebook": Row(
        "Method 1 is not suitable for running in a cloud-provided IPython environment",
        replace(ME, environment="notebook"),
        gives="local",
        first="databricks-free",
        here=False,
        says=(
            "cannot reach a server inside the notebook",
            "the notebook runs on a provider's machine",
            "on your own machine: quickstart --privacy --environment laptop",
            "change this answer: --no-privacy",
        ),
        machine=at("notebook"),
    ),
    "privacy, VM, me": Row(
        "Requires extra port forwarding if you deploy your server on cloud VM",
        replace(ME, environment="vm"),
        gives="local",
        first="databricks-free",
        says=("on your own machine: ssh -N -L 5000:127.0.0.1:5000 -p 2222 ada@198.51.100.7",),
        machine=replace(at("vm"), ssh=("ada", "198.51.100.7", 2222)),
    ),
    "privacy, VM whose address nobody knows": Row(
        "Requires extra port forwarding if you deploy your server on cloud VM",
        replace(ME, environment="vm"),
        gives="local",
        first="databricks-free",
        says=("ssh -N -L 5000:127.0.0.1:5000 you@",),
        machine=at("vm"),
    ),
    "privacy, a VM that is shared": Row(
        "facts: basic auth: /health stays open, the rest is 401; without it, everybody on the machine reads",
        replace(ME, environment="vm"),
        gives="local",
        first="databricks-free",
        says=(
            "ssh -N -L",
            "Other users have accounts on this machine and can read",
            "To require one, see: quickstart guide local",
        ),
        machine=replace(at("vm"), shared=True),
    ),
    "no privacy, team, laptop": Row(
        "Method 2: easily shared with teammates, has quota limits; facts: unpublished, non-commercial",
        replace(OPEN, audience="team"),
        gives="databricks-free",
        first="server",
        suits=True,
        says=("quotas", "non-commercial"),
    ),
    "company use and Free Edition": Row(
        "Enterprise users: Method 3; facts: Free Edition is non-commercial",
        COMPANY,
        gives="databricks-free",
        first="databricks",
        suits=True,
        says=("non-commercial", "not for a company"),
        chosen="databricks-free",
    ),
    "class, laptop, privacy": Row(
        "If you have privacy concerns, use Method 1; team collaboration is harder there",
        replace(ME, audience="class"),
        gives="local",
        first="server",
        suits=True,
        says=("quickstart workshop open",),
    ),
    "production, no platform": Row(
        "serve or deploy your model for a production use-case: Method 3, production Databricks/AzureML",
        COMPANY,
        gives="databricks",
        first="azureml",
        suits=True,
    ),
    **{
        f"production on {platform}": Row(
            "you can use a production platform like Databricks or Microsoft AzureML; facts: SageMaker",
            replace(COMPANY, platform=platform),
            gives=platform,
            first="local",
        )
        for platform in ("databricks", "azureml", "sagemaker")
    },
    "production on a server of one's own": Row(
        "It's also possible to deploy your own MLflow server on cloud platforms",
        replace(COMPANY, platform="server"),
        gives="server",
        first="local",
    ),
    "production and privacy": Row(
        "privacy concerns: your own server; you may not want to expose your data to others in your cloud account",
        replace(COMPANY, privacy=True),
        gives="server",
        first="databricks",
        suits=True,
    ),
    "container": Row(
        "facts: default host 127.0.0.1; there, the address of the container itself",
        replace(ME, environment="container"),
        gives="local",
        first="databricks-free",
        says=("localhost is the container itself", "Deleting the container deletes your runs"),
        machine=at("container"),
    ),
    "no network": Row(
        "a hosted tracking provider is remote; the local server is http://localhost:5000",
        OPEN,
        gives="local",
        first="databricks-free",
        machine=OFFLINE,
    ),
    "no network, and production": Row(
        "a hosted tracking provider is remote; the local server is http://localhost:5000",
        replace(COMPANY, platform="azureml"),
        gives="local",
        first="databricks-free",
        machine=OFFLINE,
    ),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
def test_whoever_says_this_is_recommended_that(row: Row) -> None:
    found = recommend(row.answers, row.machine, METHODS, row.chosen)
    assert (found.method, found.kind, found.here) == (row.gives, KINDS[row.gives], row.here)
    assert (found.alternatives[0].method, found.alternatives[0].suitable) == (row.first, row.suits)
    for words in row.says:
        assert any(words in warning for warning in found.warnings), words


QUIET = [name for name, row in TABLE.items() if not row.says and row.machine.network]


@pytest.mark.parametrize("name", QUIET)
def test_who_has_no_conflict_is_not_warned(name: str) -> None:
    row = TABLE[name]
    assert recommend(row.answers, row.machine, METHODS, row.chosen).warnings == ()


@pytest.mark.parametrize("answers", [OPEN, ME, COMPANY, replace(OPEN, audience="team")])
def test_without_a_network_only_a_server_on_this_machine_would_do(answers: Answers) -> None:
    found = recommend(answers, OFFLINE, METHODS)
    assert found.method == "local"
    assert [other.method for other in found.alternatives if other.suitable] == []
    assert {other.why for other in found.alternatives} == {"needs a network, and this machine is offline"}


def test_production_in_private_may_be_a_workspace_in_ones_own_cloud_account() -> None:
    found = recommend(replace(COMPANY, privacy=True), LAPTOP, METHODS)
    others = {other.method: other for other in found.alternatives}
    for platform in ("databricks", "azureml", "sagemaker"):
        assert others[platform].suitable
        assert "unless the workspace is in your own cloud account" in others[platform].why
    assert not others["databricks-free"].suitable


def test_a_team_that_wants_privacy_is_told_that_a_server_on_this_machine_is_not_for_it() -> None:
    found = recommend(replace(ME, audience="team"), LAPTOP, METHODS)
    assert (found.method, found.alternatives[0].method) == ("local", "server")
    assert any("Your team cannot reach" in warning and "--method server" in warning for warning in found.warnings)


@pytest.mark.parametrize("environment", ["laptop", "vm", "container", "notebook"])
def test_who_shares_a_machine_is_told_who_can_read_the_server(environment: EnvironmentKind) -> None:
    for shared in (True, False):
        machine = replace(at(environment), shared=shared)
        found = recommend(replace(ME, environment=environment), machine, METHODS)
        assert any("Other users have accounts" in warning for warning in found.warnings) is shared


def test_the_answers_that_nobody_gave_are_the_safe_ones() -> None:
    assert Answers(privacy=True, environment="laptop", audience="me", production=False, platform=None) == Answers()


def test_where_no_rule_finds_its_method_the_first_there_is_is_recommended() -> None:
    found = recommend(OPEN, LAPTOP, [by_name("server")])
    assert (found.method, found.rule, found.alternatives) == ("server", "only", ())


def test_the_contract_shows_these_keys_of_it() -> None:
    found = recommend(ME, LAPTOP, METHODS)
    assert list(found.to_json()) == ["kind", "method", "here", "reasons", "pros", "cons", "warnings"]
    assert list(found.alternatives[0].to_json()) == ["kind", "method", "suitable", "why"]
