"""Git Bash's terminal is told from a pipe by the pipe's name."""

from __future__ import annotations

import io
import sys

import pytest

from quickstart.prompts.choose import is_mintty, names_terminal

NAMES = {
    r"\msys-1888ae32e00d56aa-pty0-to-master": True,
    r"\msys-1888ae32e00d56aa-pty0-from-master": True,
    r"\msys-dd50a72ab4668b33-pty12-to-master-nat": True,
    r"\cygwin-e022582115c10879-pty3-from-master": True,
    r"\cygwin-e022582115c10879-pty3-from-master-nat": True,
    r"\msys-1888ae32e00d56aa-pipe-0x3": False,  # an ordinary pipe between two programs of Git Bash
    r"\msys-1888ae32e00d56aa-pty0-to-master-and-more": False,
    r"\my-msys-1888ae32e00d56aa-pty0-to-master": False,
    r"\msys-XYZ-pty0-to-master": False,
    r"\msys-1888ae32e00d56aa-pty-to-master": False,
    r"C:\Users\ada\answers.txt": False,
    r"\Device\NamedPipe\win32.00000001": False,
    "": False,
}


@pytest.mark.parametrize(("name", "terminal"), NAMES.items())
def test_a_pipe_is_a_terminal_by_its_name(name: str, terminal: bool) -> None:
    assert names_terminal(name) is terminal


@pytest.mark.skipif(sys.platform == "win32", reason="elsewhere than on Windows a pipe is a pipe")
def test_elsewhere_than_on_windows_nothing_is_gits_bash() -> None:
    assert not is_mintty(sys.stdin)


def test_a_stream_without_a_file_is_no_terminal() -> None:
    assert not is_mintty(io.StringIO())
