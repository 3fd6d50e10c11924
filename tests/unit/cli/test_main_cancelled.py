"""Ctrl-C before there is any command: a line, as ever, and no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

# Found before the real one, which is found the next time.
PRESSED = """
import os, signal, sys
sys.path.remove({folder!r})
os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.parametrize("module", ["click", "rich"])
def test_ctrl_c_while_the_command_line_is_being_imported(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text(PRESSED.format(folder=str(tmp_path)))
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from quickstart.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "list"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "Cancelled.")
