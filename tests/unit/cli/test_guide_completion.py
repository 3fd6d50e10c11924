"""What a shell is told to complete: commands, options, and the values of options."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quickstart.methods.catalog import METHODS
from tests.conftest import Home

COMPLETED = {
    "commands": (("quickstart", "re"), "recommend"),
    "the registry's methods": (("quickstart", "--method", "databricks-"), "databricks-free"),
    "options": (("quickstart", "recommend", "--aud"), "--audience"),
    "commands of a group": (("quickstart", "server", "sta"), "start status"),
}


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
@pytest.mark.parametrize(("words", "expected"), COMPLETED.values(), ids=COMPLETED.keys())
def test_bash_completes(words: tuple[str, ...], expected: str, bare: Home) -> None:
    typed = " ".join(words)
    script = f"""
        eval "$(quickstart completion bash)"
        COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}
        _quickstart_completion quickstart
        echo "${{COMPREPLY[@]}}"
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{bare.environment.get('PATH', os.defpath)}"
    done = subprocess.run(
        ["bash", "-euc", script],
        capture_output=True,
        encoding="utf-8",
        env={**bare.environment, "PATH": path},
        cwd=bare.cwd,
        timeout=60,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == (expected, 0), done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_lines_of_its_own(shell: str, bare: Home) -> None:
    lines = bare.run("completion", shell).out
    assert f"_QUICKSTART_COMPLETE={shell}_complete" in lines
    assert bare.json("completion", shell)["data"] == {"shell": shell, "lines": lines}


def test_the_shell_of_this_terminal_is_the_default(bare: Home) -> None:
    assert bare.json("completion", SHELL="/usr/bin/zsh")["data"]["shell"] == "zsh"
    assert bare.json("completion", SHELL="/usr/bin/fish")["data"]["shell"] == "fish"
    assert bare.json("completion", SHELL="/bin/sh")["data"]["shell"] == "bash"


def test_an_unknown_shell_is_wrong_usage_and_names_those_there_are(bare: Home) -> None:
    error = bare.json("completion", "tcsh", status=2)["error"]
    assert error["code"] == "usage"
    assert "fish" in error["what"]


def test_every_method_can_be_completed(bare: Home) -> None:
    offered = bare.run(
        COMP_WORDS="quickstart --method ", COMP_CWORD="2", _QUICKSTART_COMPLETE="bash_complete"
    ).out.split()
    assert offered == [f"plain,{method.name}" for method in METHODS]
