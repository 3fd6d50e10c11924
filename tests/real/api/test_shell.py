"""`!quickstart` in a cell: a pseudo-terminal is there, but no keyboard; and a server that the kernel started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest

from tests.conftest import Home, ours
from tests.real.api.kernel import Kernel, kernel_of
from tests.real.helpers import lasting_home, server_of

pytestmark = pytest.mark.matrix  # it starts kernels that start servers


@dataclass(frozen=True)
class Shell:
    """A notebook whose cells begin with an exclamation mark."""

    home: Home
    kernel: Kernel

    def types(self, command: str) -> tuple[int, str]:
        """Run a command behind `!`; return its exit status, and what was written, on one line."""
        told = self.kernel.run(f"!{command}\nprint('exit', _exit_code)")
        assert not told.prompts
        text, _, status = told.text.rpartition("exit ")
        return int(status), " ".join(text.split())


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Give a kernel, on a machine where nothing is set up, that colours nothing."""
    with lasting_home(tmp_path_factory, "shell") as home, kernel_of(home, NO_COLOR="1") as kernel:
        yield Shell(home, kernel)


def test_without_a_keyboard_it_ends_at_once_and_says_to_call_setup(shell: Shell) -> None:
    assert shell.types("tty")[1].startswith("/dev/pts/")
    status, text = shell.types("quickstart")
    assert status == 4
    assert "A notebook line that begins with ! has no keyboard" in text
    assert "import quickstart; quickstart.setup() Run this in a cell, without the !" in text
    assert not shell.home.json("list")["data"]["connections"]


def test_the_command_that_it_names_needs_no_answer(shell: Shell) -> None:
    _, text = shell.types("quickstart")
    named = text.partition("`!")[2].partition("`")[0]
    assert named.startswith("quickstart --yes")
    assert shell.types(f"{named} --dry-run")[0] == 0


def test_with_yes_a_dry_run_shows_the_plan_and_changes_nothing_in_the_kernel(shell: Shell) -> None:
    shell.kernel.run("import os")
    before = shell.kernel.value("dict(os.environ)")
    status, text = shell.types("quickstart --yes --dry-run")
    assert status == 0
    assert "This will:" in text
    assert "Dry run: nothing was changed." in text
    assert shell.kernel.value("dict(os.environ)") == before
    assert not shell.home.json("server", "status")["data"]["servers"]


def test_the_recommendation_needs_no_keyboard_where_everything_is_said(shell: Shell) -> None:
    status, text = shell.types("quickstart recommend --yes --privacy --environment laptop")
    assert status == 0
    assert "Recommended: your own MLflow server on this machine" in text


def test_a_server_that_the_kernel_started_can_be_stopped_from_a_cell_though_it_stays_a_zombie(shell: Shell) -> None:
    told = shell.kernel.run("import quickstart; quickstart.setup(yes=True);")
    assert told.status == "ok", told.traceback
    server = psutil.Process(server_of(shell.home)["pid"])
    assert server.ppid() == shell.kernel.value("os.getpid()")
    status, text = shell.types("quickstart server stop")
    assert (status, "stopped" in text) == (0, True)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
    assert not ours(shell.home.quickstart_home)
    status, text = shell.types("quickstart server status")
    assert (status, "stopped" in text, "running" in text) == (0, True, False)


def test_a_stopped_server_is_started_again_by_setup_in_the_same_kernel(shell: Shell) -> None:
    shell.kernel.run("import quickstart; quickstart.setup(yes=True);")
    shell.types("quickstart server stop")
    assert not server_of(shell.home)["running"]
    told = shell.kernel.run("quickstart.setup();", "1")
    assert "  1. Start the server again\n" in told.text
    assert told.status == "ok", told.traceback
    assert server_of(shell.home)["running"]
