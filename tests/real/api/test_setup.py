"""quickstart.setup() in a cell of a real kernel: it asks there, sets that kernel, and says where to look.

One home with one server serves all tests of it: a kernel that set it up, and fresh ones that come later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from quickstart.system.machine import Probe
from tests.conftest import Home, end_servers
from tests.real.api.kernel import ENTER, INTERRUPT, Kernel, Pick, Told, kernel_of
from tests.real.helpers import lasting_home, metrics_of, server_of

pytestmark = pytest.mark.matrix

SETUP = "import quickstart; quickstart.setup()"
URI = "os.environ.get('MLFLOW_TRACKING_URI')"
LINK = r'<a href="(http://127\.0\.0\.1:\d+/[^"]+)" target="_blank" rel="noopener">'
COLAB = {"COLAB_RELEASE_TAG": "release-colab_20260101"}
REMOTE = [
    COLAB,
    {"JUPYTERHUB_SERVICE_PREFIX": "/user/ada/"},
    {"SSH_CONNECTION": "198.51.100.7 50000 192.0.2.5 2222"},
]
ELSEWHERE = "The server is on the kernel's machine, which your browser cannot reach."
networked = pytest.mark.skipif(not Probe().network(), reason="without a network nothing hosted is recommended")


@dataclass(frozen=True)
class First:
    """The first notebook: its machine, its kernel, and what its first cell gave."""

    home: Home
    kernel: Kernel
    told: Told

    @property
    def uri(self) -> str:
        """Where its server is."""
        return str(server_of(self.home)["url"])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[First]:
    """Run setup() once, with Enter throughout, where MLflow's telemetry had not been turned off."""
    with lasting_home(tmp_path_factory, "notebook") as home, kernel_of(home) as kernel:
        kernel.run("import os, sys; del os.environ['MLFLOW_DISABLE_TELEMETRY']")
        yield First(home, kernel, kernel.run(SETUP, *[ENTER] * 5))


@pytest.fixture
def fresh(first: First) -> Iterator[Kernel]:
    """Start another kernel on the machine that is set up."""
    with kernel_of(first.home) as kernel:
        kernel.run("import os, sys, quickstart")
        yield kernel


@pytest.fixture(scope="module")
def colab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Start a kernel in Colab; nothing is set up there."""
    with lasting_home(tmp_path_factory, "colab") as home, kernel_of(home, **COLAB) as kernel:
        yield kernel
        assert not (home.quickstart_home / "state" / "connections.json").exists()


def explained(told: Told) -> str:
    """Return the explanation that ended a cell: three parts, and no line of anybody's code."""
    assert told.error == "SetupError"
    what, _, fix, more = told.traceback.splitlines()
    assert what.startswith("SetupError: ")
    assert fix.startswith("  Fix: ")
    assert more.startswith("  More: ")
    assert "Traceback" not in told.traceback + told.text
    return told.traceback


def test_enter_throughout_leads_from_numbered_questions_in_the_cell_to_a_proven_run(first: First) -> None:
    assert first.told.status == "ok", first.told.traceback
    assert "  1. Yes, keep it on my machines\n  2. No, a provider may store it\n" in first.told.text
    assert [prompt[:16] for prompt in first.told.prompts] == ["Number, Enter fo"] * 5
    assert "foo=1 bar=2 logged and read back" in first.told.text
    assert f"This Python now logs to {first.uri}\n" in first.told.text
    assert "\x1b" not in first.told.text
    assert not list(first.home.cwd.iterdir())


def test_the_environment_of_the_kernel_leads_to_the_server_privately_and_mlflow_was_not_imported(first: First) -> None:
    assert first.kernel.value(URI) == first.uri
    assert first.kernel.value("os.environ['MLFLOW_DISABLE_TELEMETRY']") == "true"
    assert first.kernel.value("'mlflow' in sys.modules") is False


def test_what_the_next_cell_logs_lands_on_the_server(fresh: Kernel, first: First) -> None:
    fresh.run("import mlflow; mlflow.set_tracking_uri('sqlite:///elsewhere.db')")
    told = fresh.run("quickstart.setup(yes=True);")
    assert (told.prompts, told.error) == ([], "")
    assert fresh.value("mlflow.get_tracking_uri()") == first.uri
    told = fresh.run("with mlflow.start_run() as run: mlflow.log_metric('next_cell', 7)")
    assert told.status == "ok", told.traceback
    assert metrics_of(first.uri, fresh.value("run.info.run_id")) == {"next_cell": 7.0}
    assert not (first.home.cwd / "elsewhere.db").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        'privacy=True, environment="laptop", audience="me", production=False, yes=True',
        'method="local", environment="laptop", yes=True',
    ],
)
def test_by_arguments_nothing_is_asked_and_the_link_to_the_run_can_be_clicked(
    fresh: Kernel, first: First, arguments: str
) -> None:
    told = fresh.run(f"connection = quickstart.setup({arguments})")
    assert (told.prompts, told.error) == ([], "")
    (link,) = re.findall(LINK, told.html)
    assert link.startswith(f"{first.uri}/#/experiments/")
    assert metrics_of(first.uri, *re.findall(r"/runs/(\w+)", link)) == {"foo": 1.0, "bar": 2.0}
    assert fresh.value("connection.tracking_uri") == fresh.value(URI) == first.uri


def test_all_answers_by_arguments_still_leave_the_plan_to_be_agreed_on(fresh: Kernel) -> None:
    told = fresh.run('quickstart.setup(privacy=True, audience="me", environment="laptop", production=False)', ENTER)
    assert (told.status, len(told.prompts)) == ("ok", 1)
    assert "Set it up?\n  1. Set it up\n" in told.text


def test_the_persons_answer_about_the_machine_decides_about_the_link_not_what_was_found(first: First) -> None:
    with kernel_of(first.home, **REMOTE[1]) as kernel:
        told = kernel.run("import quickstart; quickstart.setup(privacy=True, environment='laptop', yes=True);")
        assert re.search(LINK, told.html), told.text
    with kernel_of(first.home) as kernel:
        told = kernel.run("import quickstart; quickstart.setup(privacy=True, environment='container', yes=True);")
        assert ELSEWHERE in told.text
        assert not told.displays


@pytest.mark.parametrize("remote", REMOTE, ids=lambda remote: str(*remote))
def test_a_remote_kernel_never_shows_a_link_to_its_localhost(first: First, remote: dict[str, str]) -> None:
    with kernel_of(first.home, **remote) as kernel:
        told = kernel.run(f"{SETUP};", Pick("Keep this setup"))
    assert told.status == "ok", told.traceback
    assert not told.displays
    assert ELSEWHERE in told.text
    assert "ssh -N -L" in told.text.partition(ELSEWHERE)[2]


def test_over_ssh_even_a_laptop_gets_the_line_for_the_tunnel_in_place_of_a_link(first: First) -> None:
    with kernel_of(first.home, **REMOTE[2]) as kernel:
        told = kernel.run('import quickstart; quickstart.setup("local", environment="laptop", yes=True);')
    assert not told.displays
    port = first.uri.rpartition(":")[2]
    assert re.search(rf"\n  ssh -N -L {port}:127\.0\.0\.1:{port} -p 2222 \S+@192\.0\.2\.5\n", told.text)


def test_keep_sets_a_fresh_kernel_and_changes_nothing(fresh: Kernel, first: First) -> None:
    before = server_of(first.home)
    told = fresh.run("quickstart.setup();", Pick("Keep this setup"))
    assert told.text.startswith("You are set up: local, running since")
    for choice in ("Verify it", "Choose another method", "Undo"):
        assert choice in told.text
    assert fresh.value(URI) == first.uri
    assert server_of(first.home) == before


def test_verify_shows_each_stage_in_the_cell(fresh: Kernel, first: First) -> None:
    told = fresh.run("quickstart.setup();", Pick("Verify it"))
    assert told.status == "ok", told.traceback
    assert "foo=1 bar=2 logged and read back in" in told.text
    assert fresh.value(URI) == first.uri


def test_change_leads_through_the_questions_again(fresh: Kernel) -> None:
    told = fresh.run("quickstart.setup();", Pick("Choose another method"), INTERRUPT)
    assert "Question 1 of 4" in told.text
    assert told.error == "Stopped"


def test_an_interrupt_cancels_without_a_traceback_and_the_next_setup_goes_on_from_there(home: Home) -> None:
    with kernel_of(home) as kernel:
        stopped, after = kernel.run_all([SETUP, "print('I ran')"], Pick("Yes, keep"), ENTER, Pick("A team"), INTERRUPT)
        assert (stopped.error, stopped.traceback) == ("Stopped", "Cancelled: the cells below this one do not run.")
        assert "Your answers are saved" in stopped.text
        assert (after.status, after.text) == ("aborted", "")
        assert kernel.run("try: quickstart.setup()\nexcept KeyboardInterrupt: print('caught')", INTERRUPT).error == ""

        told = kernel.run("quickstart.setup()", ENTER, INTERRUPT)
        assert "Resume where you stopped?" in told.text
        assert "Audience: A team" in told.text
        assert "Question 4 of 4" in told.text
        assert "Question 3 of 4" not in told.text
    assert not home.json("list")["data"]["connections"]


def test_a_notebook_that_runs_without_anybody_ends_with_the_arguments_to_give(home: Home) -> None:
    with kernel_of(home) as kernel:
        stopped, after = kernel.run_all([SETUP, "print('I ran')"], attended=False)
        error = explained(stopped)
        assert "Missing answer: privacy." in error
        assert "quickstart.setup(privacy=True" in error
        assert "yes=True" in error
        assert after.status == "aborted"

        agreed = kernel.run('quickstart.setup("local")', attended=False)
        assert "Missing answer: next step." in explained(agreed)
        assert not home.json("list")["data"]["connections"]

        told = kernel.run("quickstart.setup(yes=True);", attended=False)
        assert told.status == "ok", told.traceback
        assert "foo=1 bar=2 logged and read back" in told.text


def test_undo_in_the_cell_returns_nothing_and_the_kernel_forgets_the_server(home: Home) -> None:
    with kernel_of(home) as kernel:
        kernel.run("import os, mlflow, quickstart; connection = quickstart.setup(yes=True)")
        uri = server_of(home)["url"]
        assert kernel.value("mlflow.get_tracking_uri()") == kernel.value(URI) == uri
        refused = kernel.run("quickstart.setup()", Pick("Undo"), "n")
        assert refused.error == "Stopped"
        assert kernel.value(URI) == uri
        told = kernel.run("connection = quickstart.setup()", Pick("Undo"), "y")
        assert told.status == "ok", told.traceback
        assert "server stopped" in told.text
        assert kernel.value("connection") is None
        assert kernel.value(URI) is None
        assert not kernel.value("mlflow.get_tracking_uri()").startswith("http")
    assert not home.json("list")["data"]["connections"]


def test_undo_leaves_the_address_of_another_server_alone(home: Home) -> None:
    with kernel_of(home) as kernel:
        kernel.run("import os, quickstart; quickstart.setup(yes=True)")
        kernel.run("os.environ['MLFLOW_TRACKING_URI'] = 'https://mlflow.example.org'")
        assert kernel.run("quickstart.setup()", Pick("Undo"), "y").status == "ok"
        assert kernel.value(URI) == "https://mlflow.example.org"


def test_the_server_outlives_the_kernel_that_started_it(home: Home) -> None:
    with kernel_of(home) as kernel:
        kernel.run("import quickstart; quickstart.setup(yes=True)")
        running = server_of(home)
    assert running["running"]
    assert server_of(home)["pid"] == running["pid"]
    end_servers(home)


def test_in_colab_enter_is_no_answer_about_privacy_and_a_yes_is_explained(colab: Kernel) -> None:
    told = colab.run(SETUP, ENTER, Pick("Yes, keep"), ENTER, ENTER, ENTER, Pick("Quit"))
    assert told.prompts[0] == "Number, ? for more: "
    assert "Type a number from 1 to 2." in told.text
    error = explained(told)
    assert 'The method "local" cannot be set up here: COLAB_RELEASE_TAG is set: Google Colab.' in error
    assert "Your browser cannot reach a server inside a cloud notebook" in error


def test_in_colab_even_yes_needs_an_answer_about_privacy_and_names_the_argument(colab: Kernel) -> None:
    error = explained(colab.run("quickstart.setup(yes=True)"))
    assert "Missing answer: privacy." in error
    assert "quickstart.setup(privacy=" in error
    assert "begins with !" not in error


def test_a_wrong_value_is_named_with_what_is_allowed_and_without_a_traceback(colab: Kernel) -> None:
    error = explained(colab.run('quickstart.setup(environment="moon")'))
    assert "environment cannot be moon." in error
    assert '"laptop" or "notebook" or "vm" or "container"' in error
    assert 'Unknown method "lokal".' in explained(colab.run('quickstart.setup("lokal")'))


def test_a_missing_file_of_answers_is_named(colab: Kernel, tmp_path: Path) -> None:
    missing = str(tmp_path / "answers.toml")
    assert missing in explained(colab.run(f"quickstart.setup(answers={missing!r})"))
