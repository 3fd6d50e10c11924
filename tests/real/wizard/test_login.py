"""Logging in at a real pseudo-terminal: what is typed unseen, what is asked again, and what leaving it saves."""

from __future__ import annotations

import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Home, Shared, new_home
from tests.real.methods.databricks.helpers import BAD, config, has_profiles, profiles
from tests.real.methods.databricks.interpreters import bare_python, browser, python_with_sdk
from tests.real.person import CTRL_C, DOWN, ENTER, MENU, Person
from tests.standins.databricks import Workspace, workspace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

HOST, WAY, TOKEN, READY = (
    "What is your workspace URL?",
    "How do you want to log in?",
    "Paste a personal",
    "(? for more)",
)
LOGIN = ("login", "databricks", "--free")


class Narrow(Person):
    """Somebody whose terminal is 40 columns wide."""

    columns = 40


@pytest.fixture
def place(server: Shared) -> Iterator[Workspace]:
    """A workspace in which everything works."""
    with workspace(server.uri) as made:
        yield made


@pytest.fixture(scope="module")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An interpreter with nothing in it, and one with databricks-sdk."""
    folder = tmp_path_factory.mktemp("pythons")
    return bare_python(folder / "bare"), python_with_sdk(folder / "sdk")


@pytest.fixture
def newcomer(tmp_path: Path, pythons: tuple[Path, Path]) -> Home:
    """A home whose runtime has no MLflow."""
    made = new_home(tmp_path)
    made.environment["QUICKSTART_PYTHON"] = str(pythons[0])
    return made


@pytest.fixture
def knowing(newcomer: Home, pythons: tuple[Path, Path]) -> Home:
    """A home whose runtime has databricks-sdk."""
    newcomer.environment["QUICKSTART_PYTHON"] = str(pythons[1])
    return newcomer


def comes_to_the_token(person: Person, place: Workspace) -> None:
    """Say where the workspace is, and that a token will be given."""
    person.sees(HOST)
    person.sees(READY, f"{place.url}{ENTER}")
    person.sees(WAY)
    person.sees("As a service principal", ENTER)
    person.sees(TOKEN)
    person.reads(READY)


@pytest.mark.parametrize("who", [Person, Narrow])
def test_a_token_is_typed_unseen_and_asked_for_again_when_it_is_refused(
    who: type[Person], newcomer: Home, place: Workspace
) -> None:
    person = who(newcomer, *LOGIN)
    comes_to_the_token(person, place)
    person.types(BAD)
    person.sees("********", ENTER)  # as it is shown while it is typed
    person.sees("rejected")
    person.sees(TOKEN)
    person.sees(READY, place.token)
    person.sees("********", ENTER)
    assert person.leaves() == 0
    assert profiles(config(newcomer)) == {"databricks-free": {"host": place.url, "token": place.token}}
    assert "foo=1 bar=2 logged and read back" in person.words
    for typed in (BAD, place.token):
        assert typed not in person.raw
        assert typed[:12] not in "".join(person.screen.split())
    assert "(hidden)" in person.screen
    assert person.words.count(HOST) == 1, "what was right is not asked again"


def test_a_mistyped_address_is_asked_for_again_and_nothing_else(newcomer: Home, place: Workspace) -> None:
    person = Person(newcomer, *LOGIN)
    person.sees(HOST)
    person.sees(READY, f"https://dbc-typo.invalid{ENTER}")
    person.reads("Unknown host")
    comes_to_the_token(person, place)
    person.types(CTRL_C)
    assert person.leaves() == 130


def test_a_question_mark_tells_more_at_every_question_that_offers_it(newcomer: Home, place: Workspace) -> None:
    person = Person(newcomer, *LOGIN)
    person.sees(HOST)
    person.sees(READY, f"?{ENTER}")
    person.reads("Free Edition replaces Community Edition")
    person.sees(READY, f"{place.url}{ENTER}")
    person.sees(WAY)
    person.sees("As a service principal", ENTER)
    person.sees(TOKEN)
    person.sees(READY, f"?{ENTER}")
    person.reads("lifetime")
    person.sees(READY, CTRL_C)
    assert person.leaves() == 130


@pytest.mark.parametrize("at", ["host", "way", "token", "principal"])
def test_ctrl_c_at_any_prompt_saves_nothing(at: str, newcomer: Home, place: Workspace) -> None:
    before = has_profiles(newcomer, "[mine]\nhost = https://mine.invalid\ntoken = dapimine\n")
    person = Person(newcomer, *LOGIN)
    person.sees(HOST)
    person.reads(READY)
    if at != "host":
        person.types(f"{place.url}{ENTER}")
        person.sees(WAY)
        person.reads("As a service principal")
    if at == "token":
        person.sees("", ENTER)
        person.sees(TOKEN)
        person.reads(READY)
        person.types(place.token)
    if at == "principal":
        person.types(DOWN)
        person.types(ENTER)
        person.reads("client ID")
        person.reads("(Ctrl-C cancels)")
    person.types(CTRL_C)
    assert person.leaves() == 130
    assert "Traceback" not in person.screen
    assert place.token not in person.raw
    assert config(newcomer).read_bytes() == before
    assert not (newcomer.quickstart_home / "state" / "connections.json").exists()
    assert not (newcomer.quickstart_home / "state" / "journal").exists()


def test_the_whole_wizard_leads_to_the_proof_and_undo_takes_it_back(tmp_path: Path, place: Workspace) -> None:
    home = new_home(tmp_path)
    person = Person(home, "--method", "databricks-free")
    comes_to_the_token(person, place)
    person.types(f"{place.token}{ENTER}")
    person.reads("Logged in to")
    assert not config(home).exists(), "nothing is saved before the plan is agreed to"
    person.sees(MENU, ENTER)
    person.sees("Write the example", ENTER)
    person.reads("To repeat")
    assert person.leaves() == 0
    assert "foo=1 bar=2 logged and read back" in person.words
    assert "also logged and read back with MLflow's client" in person.words
    assert place.token not in person.raw
    assert profiles(config(home)) == {"databricks-free": {"host": place.url, "token": place.token}}
    home.run("undo", "--yes")
    assert not config(home).exists()


def test_quitting_at_the_plan_saves_nothing(newcomer: Home, place: Workspace) -> None:
    person = Person(newcomer, "--method", "databricks-free")
    comes_to_the_token(person, place)
    person.types(f"{place.token}{ENTER}")
    person.sees(MENU, CTRL_C)
    assert person.leaves() == 130
    assert not config(newcomer).exists()


def test_a_profile_that_works_is_offered_and_enter_takes_it(newcomer: Home, place: Workspace) -> None:
    before = has_profiles(newcomer, f"[work]\nhost = {place.url}\ntoken = {place.token}\n")
    person = Person(newcomer, *LOGIN)
    person.reads("Use existing credentials?")
    person.sees("No, log in again", ENTER)
    assert person.leaves() == 0
    assert re.search(rf"profile work.*: {re.escape(place.url)}, as {re.escape(place.user)}", person.words)
    assert config(newcomer).read_bytes() == before


@pytest.mark.parametrize("replaces", [False, True])
def test_somebody_elses_profile_is_replaced_only_after_a_yes(replaces: bool, newcomer: Home, place: Workspace) -> None:
    before = has_profiles(newcomer, "[work]\nhost = https://old.invalid\ntoken = dapiold\ncluster_id = 7\n")
    person = Person(newcomer, *LOGIN, "--profile", "work", "--host", place.url)
    person.reads("The profile work already exists.")
    person.sees("Yes, replace its credentials", *([DOWN, ENTER] if replaces else [ENTER]))
    person.sees(WAY)
    person.sees("As a service principal", ENTER)
    person.sees(TOKEN)
    person.sees(READY, f"{place.token}{ENTER}")
    assert person.leaves() == 0
    known = profiles(config(newcomer))
    if replaces:
        assert known == {"work": {"host": place.url, "token": place.token, "cluster_id": "7"}}
    else:
        assert config(newcomer).read_bytes().startswith(before)
        assert known["databricks-free"] == {"host": place.url, "token": place.token}
    newcomer.run("undo", "--yes")
    assert config(newcomer).read_bytes() == before


@pytest.mark.matrix
def test_the_browser_is_the_default_where_one_can_open(knowing: Home, place: Workspace) -> None:
    person = Person(knowing, *LOGIN, **browser(knowing.path / "bin"))
    person.sees(HOST)
    person.sees(READY, f"{place.url}{ENTER}")
    person.sees(WAY)
    person.sees("As a service principal", ENTER)
    person.reads("Open this URL")
    assert person.leaves() == 0
    assert "foo=1 bar=2 logged and read back" in person.words
    assert profiles(config(knowing)) == {"databricks-free": {"host": place.url, "auth_type": "external-browser"}}


def sent_to(person: Person) -> str:
    """Log in, in a browser on another machine, and return the address at which it ends: nobody is there."""
    person.reads("state=")
    person.reads("Paste the URL")
    (link,) = re.findall(
        r"http://[\d.:]+/oidc/v1/authorize[!-~]+", "".join(person.screen.split()).partition("Paste")[0]
    )

    class Stays(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    opener = urllib.request.build_opener(Stays, urllib.request.ProxyHandler({}))
    try:
        opener.open(link, timeout=10)
    except urllib.error.HTTPError as error:
        return str(error.headers["Location"])
    return pytest.fail("the workspace did not send the browser back")


@pytest.mark.matrix
def test_a_browser_on_another_machine_and_its_address_pasted_back(knowing: Home, place: Workspace) -> None:
    person = Person(knowing, *LOGIN, "--host", place.url, "--no-browser")
    back = sent_to(person)
    person.types(f"https://dbc-1.cloud.databricks.com/{ENTER}")
    person.reads("This URL has no code.")
    person.reads("Paste the URL")
    person.types(f"http://localhost:8020/?code=stolen&state=other{ENTER}")
    person.reads("This URL belongs to another login.")
    person.reads("Paste the URL")
    person.types(f"{back}{ENTER}")
    assert person.leaves() == 0
    assert "foo=1 bar=2 logged and read back" in person.words
    assert back not in "".join(person.screen.split()), "the code in it logs in"
    assert profiles(config(knowing)) == {"databricks-free": {"host": place.url, "auth_type": "external-browser"}}


def test_ctrl_c_while_the_address_is_waited_for_saves_nothing(knowing: Home, place: Workspace) -> None:
    person = Person(knowing, *LOGIN, "--host", place.url, "--no-browser")
    sent_to(person)
    person.types(CTRL_C)
    assert person.leaves() == 130
    assert not config(knowing).exists()


def test_whoever_comes_back_to_a_workspace_can_verify_it_and_keep_it(newcomer: Home, place: Workspace) -> None:
    newcomer.run(*LOGIN, "--host", place.url, "--token-stdin", stdin=place.token)
    person = Person(newcomer)
    person.sees("What would you like to do?", DOWN, ENTER)
    assert person.leaves() == 0
    assert "foo=1 bar=2 logged and read back" in person.words
    person = Person(newcomer)
    person.sees("What would you like to do?", ENTER)
    assert person.leaves() == 0
    assert 'mlflow.set_tracking_uri("databricks")' in person.words
    assert "Open it" not in person.words
    # Without the folder it would be a name that no workspace takes.
    assert "set_experiment" not in person.words
