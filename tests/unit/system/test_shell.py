"""What a person is handed: lines for a shell, scripts and commands that mean exactly what they should."""

from __future__ import annotations

import ast
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quickstart import snippets
from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import Connection
from quickstart.system import shell as next_steps
from quickstart.system.shell import FORMATS, environment_lines

# PowerShell reads them as plain single quotes: each of them ends a text unless it is doubled.
CURLY = "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\u201a\u201b"

HOSTILE = {
    "plain": "http://127.0.0.1:5000",
    "empty": "",
    "blanks": " two  words ",
    "single quote": "it's",
    "double quote": 'say "so"',
    "both quotes": "'\"'\"",
    "variable": "a$HOME${HOME}b",
    "command": "$(echo pwned)",
    "backticks": "`echo pwned`",
    "backslash": "a\\b\\",
    "backslash and quote": "\\'",
    "newline": "one\ntwo",
    "semicolon": "a; echo pwned",
    "ampersand": "a&b|c<d>e",
    "glob": "*?[a]~",
    "hash": "a #b",
    "percent": "%PATH%",
    "exclamation": "a!b",
    "non-ASCII": "grün 漢",
    "curly quotes": f"it{CURLY[1]}s {CURLY[0]}so{CURLY[1]} {CURLY[2]}or{CURLY[3]}",
}
BY_VALUE = pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())


def lines(value: str, shell: str) -> str:
    return environment_lines(Connection("c", "local", value, {"MLFLOW_OTHER": "x"}).variables(), shell)


def seen_by(command: list[str], text: str) -> str:
    """Return MLFLOW_TRACKING_URI as a program sees it that a shell starts after it read the lines."""
    look = f"{shlex.quote(sys.executable)} -c \"import os; print(repr(os.environ['MLFLOW_TRACKING_URI']))\""
    done = subprocess.run(
        command,
        input=f"{text}\n{look}\n",
        capture_output=True,
        encoding="utf-8",
        timeout=20,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
    )
    return str(ast.literal_eval(done.stdout))


@BY_VALUE
@pytest.mark.parametrize("shell", ["bash", "sh", "zsh"])
def test_bash_and_its_kin_set_the_value_exactly(shell: str, value: str) -> None:
    if not shutil.which(shell) or sys.platform == "win32":
        pytest.skip(f"{shell} is not installed")
    assert seen_by([shell], lines(value, "bash")) == value


@BY_VALUE
def test_fish_sets_the_value_exactly(value: str) -> None:
    text = lines(value, "fish")
    (inside,) = re.findall(r"set -gx MLFLOW_TRACKING_URI '(.*)'\nset -gx MLFLOW_OTHER 'x'\n", text, re.DOTALL)
    # In fish's single quotes only \\ and \' mean something else than themselves, and only ' ends them.
    assert re.fullmatch(r"(?:[^'\\]|\\[\\'])*", inside)
    assert re.sub(r"\\([\\'])", r"\1", inside) == value
    if shutil.which("fish"):
        assert seen_by(["fish"], text) == value


@BY_VALUE
def test_powershell_sets_the_value_exactly(value: str) -> None:
    text = lines(value, "powershell")
    (inside,) = re.findall(r"\$env:MLFLOW_TRACKING_URI = '(.*)'\n\$env:MLFLOW_OTHER = 'x'\n", text, re.DOTALL)
    quote = f"['{CURLY}]"
    pairs = f"({quote}){quote}"
    assert not re.search(quote, re.sub(pairs, "", inside))
    assert re.sub(pairs, r"\1", inside) == value
    if shutil.which("pwsh"):
        look = "; [Console]::OutputEncoding = [Text.Encoding]::UTF8; $env:MLFLOW_TRACKING_URI"
        command = ["pwsh", "-NoProfile", "-Command", text.rstrip() + look]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=True)
        assert done.stdout.rstrip("\r\n") == value


@BY_VALUE
def test_dotenv_files_are_read_exactly(value: str) -> None:
    dotenv = pytest.importorskip("dotenv", reason="python-dotenv, which MLflow brings, is not installed")
    read = dotenv.dotenv_values(stream=io.StringIO(lines(value, "dotenv")), interpolate=False)
    assert read == {"MLFLOW_TRACKING_URI": value, "MLFLOW_OTHER": "x"}


@pytest.mark.skipif(not shutil.which("sh"), reason="there is no POSIX shell")
@pytest.mark.parametrize("value", ["$(echo pwned)", "`echo pwned`", "a$HOME", "two words", "http://h:1/a&b;c"])
def test_a_dotenv_file_that_a_shell_reads_runs_nothing(value: str) -> None:
    assert seen_by(["sh"], f"set -a\n{lines(value, 'dotenv')}") == value


@pytest.mark.parametrize("value", ["http://h:1/a b", "http://h:1/(x)&y^z", "C:\\Program Files\\x", "it's"])
def test_cmd_takes_what_is_between_the_quotes(value: str) -> None:
    assert lines(value, "cmd") == f'set "MLFLOW_TRACKING_URI={value}"\nset "MLFLOW_OTHER=x"\n'


@pytest.mark.parametrize("shell", FORMATS)
def test_there_is_one_line_that_makes_each_shell_use_the_connection(shell: str) -> None:
    if shell == "dotenv":
        pytest.skip("a .env file is read by a program, not by a shell")
    assert "env" in next_steps.eval_line(shell)


@pytest.mark.parametrize(
    ("environment", "platform", "shell"),
    [
        ({"SHELL": "/bin/bash"}, "linux", "bash"),
        ({"SHELL": "/usr/bin/zsh"}, "darwin", "bash"),
        ({"SHELL": "/usr/bin/fish"}, "linux", "fish"),
        ({"SHELL": "/opt/homebrew/bin/fish"}, "darwin", "fish"),
        ({}, "linux", "bash"),
        ({"PSModulePath": "C:\\Users\\me\\Documents\\PowerShell\\Modules"}, "win32", "powershell"),
        ({"PSModulePath": "C:\\Windows\\Modules", "PROMPT": "$P$G"}, "win32", "cmd"),
        ({}, "win32", "cmd"),
    ],
)
def test_the_shell_is_told_from_its_environment(environment: dict[str, str], platform: str, shell: str) -> None:
    assert next_steps.shell_of(environment, platform) == shell


@pytest.mark.parametrize(
    ("ssh", "expected"),
    [
        (None, None),
        (("ada", "198.51.100.7", 22), "ssh -N -L 5000:127.0.0.1:5000 ada@198.51.100.7"),
        (("ada", "198.51.100.7", 2222), "ssh -N -L 5000:127.0.0.1:5000 -p 2222 ada@198.51.100.7"),
        (("ada", "2001:db8::7", 22), "ssh -N -L 5000:127.0.0.1:5000 ada@2001:db8::7"),
    ],
)
def test_the_ssh_line_leads_back_the_way_the_person_came(
    ssh: tuple[str, str, int] | None, expected: str | None
) -> None:
    assert next_steps.ssh_line(ssh, 5000) == expected


def calls(source: str) -> dict[str, list[object]]:
    """Return the constant arguments of every call on mlflow in a script."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found[node.func.attr] = [getattr(argument, "value", None) for argument in node.args]
    return found


TYPED = {
    "installed on the PATH": (True, "/opt/env/bin/quickstart", "quickstart"),
    "in an environment that is not active": (False, ".venv/bin/quickstart", ".venv/bin/quickstart"),
    "where a path has blanks": (False, "/my env/bin/quickstart", "'/my env/bin/quickstart'"),
    "as a module": (False, "/repo/quickstart/__main__.py", f"{shlex.quote(sys.executable)} -m quickstart"),
}


@pytest.mark.parametrize(("on_path", "typed", "expected"), TYPED.values(), ids=TYPED.keys())
def test_a_command_is_shown_as_it_can_be_typed_here(
    on_path: bool, typed: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: "/opt/env/bin/quickstart" if on_path else None)
    assert next_steps.program(typed) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("quickstart --yes", "PROGRAM --yes"),
        ("quickstart", "PROGRAM"),
        ('eval "$(quickstart env)"', 'eval "$(PROGRAM env)"'),
        ("rm /home/me/quickstart/state/x", "rm /home/me/quickstart/state/x"),
        ("pip install mlflow-quickstart", "pip install mlflow-quickstart"),
        (
            "ask whoever runs it, and then: quickstart verify http://h",
            "ask whoever runs it, and then: PROGRAM verify http://h",
        ),
    ],
)
def test_only_the_program_in_a_command_is_replaced(
    command: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_steps, "program", lambda: "PROGRAM")
    assert next_steps.as_typed_here(command) == expected
    monkeypatch.setattr(next_steps, "program", lambda: r"'C:\\new env\\1\\quickstart.exe'")
    assert next_steps.as_typed_here("quickstart list") == r"'C:\\new env\\1\\quickstart.exe' list"


SPOKEN = {"quote": 'http://h:1/"', "injection": 'http://h:1/");print("pwned");("', "backslash": "a\\", "line": "a\nb"}


@pytest.mark.parametrize("text", ["http://127.0.0.1:5000", *SPOKEN.values()], ids=["plain", *SPOKEN])
def test_a_script_says_the_address_and_the_experiment_and_nothing_else(text: str) -> None:
    called = calls(snippets.script(text, text, {}))
    assert called["set_tracking_uri"] == [text]
    assert called["set_experiment"] == [text]
    assert set(called) == {"set_tracking_uri", "set_experiment", "start_run", "log_metric"}
    assert calls(snippets.snippet(text))["set_tracking_uri"] == [text]


@pytest.mark.parametrize("private", [True, False])
def test_a_private_script_turns_telemetry_off_before_mlflow_is_imported(private: bool) -> None:
    settings = {"MLFLOW_DISABLE_TELEMETRY": "true"} if private else {}
    body = [ast.unparse(node) for node in ast.parse(snippets.script("http://h", "e", settings)).body]
    setting = "os.environ['MLFLOW_DISABLE_TELEMETRY'] = 'true'"
    assert (setting in body) is private
    if private:
        assert body.index(setting) < body.index("import mlflow")


def test_a_script_never_overwrites_a_file(tmp_path: Path) -> None:
    path = tmp_path / snippets.SCRIPT_NAME
    snippets.write_script(path, "ours")
    with pytest.raises(FileExistsError):
        snippets.write_script(path, "again")
    assert path.read_text(encoding="utf-8") == "ours"


def test_a_script_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(QuickstartError, match="unwritable"):
        snippets.write_script(tmp_path / "gone" / "script.py", "text")


def test_every_guide_in_the_checkout_is_found_and_can_be_read() -> None:
    guides = snippets.load_guides()
    assert "local" in [guide.name for guide in guides]
    for guide in guides:
        assert snippets.load_guide(guide.name).text.startswith("# ")


def test_an_unknown_guide_is_refused_with_those_there_are() -> None:
    with pytest.raises(QuickstartError) as unknown:
        snippets.load_guide("../README")
    assert (unknown.value.code, unknown.value.exit_code) == ("unknown-guide", ExitCode.USAGE)
    assert unknown.value.facts["known"] == ", ".join(guide.name for guide in snippets.load_guides())
