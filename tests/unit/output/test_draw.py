"""What a person sees: it fits the screen, is read literally, and needs neither colour nor Unicode."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.explain.render import render
from quickstart.models import Connection, Machine, Plan, Stage, StepResult, Verification
from quickstart.output import draw as human
from quickstart.output.console import Screen, Working
from quickstart.output.reporter import ConsoleReporter
from quickstart.results import (
    BackupResult,
    ConnectionsResult,
    LoginResult,
    Outcome,
    RestoreResult,
    ServersResult,
    ServerStatus,
    SetupResult,
    UndoResult,
)
from tests.conftest import Home
from tests.messages import all_messages
from tests.unit.explain.raisers import raisers
from tests.unit.explain.test_messages import facts_of

URI = "http://127.0.0.1:5000"
RUN = {"id": "ab12" * 8, "name": "clumsy-steed-426", "url": f"{URI}/#/experiments/1/runs/{'ab12' * 8}"}
VERIFICATION = Verification(
    URI,
    (
        Stage("resolve", "warn", 0.01, f"{URI} (blanks or quotes around it were dropped)"),
        Stage("artifact", "ok", 0.02, "47 bytes up and down"),
    ),
    0.1,
    {"id": "1", "name": "check-localhost-connection"},
    RUN,
    {"foo": 1.0, "bar": 2.0},
)
SERVER = ServerStatus(
    name="local",
    running=True,
    pid=7,
    url=URI,
    store="/data/local",
    artifacts="/data/local/artifacts",
    log="/state/logs/local.log",
    mlflow_version="3.17.2",
    launcher="one-process",
    started="2026-11-23T21:32:25+00:00",
)
LOCAL = Connection("local", "local", URI, {"MLFLOW_DISABLE_TELEMETRY": "true"})
LAPTOP = Machine("Linux", "laptop", "no sign of anything else", "3.11.7", ssh=("ada", "198.51.100.7", 2222))
FAILED_UNDO = StepResult("b", "fail", "it cannot be undone because another program still holds it " * 2)
OUTCOMES = {
    "set up": Outcome("quickstart", SetupResult(machine=LAPTOP, connection=LOCAL, verification=VERIFICATION)),
    "a dry run": Outcome("quickstart", SetupResult(plan=())),
    "logged in": Outcome("login", LoginResult(LOCAL, VERIFICATION)),
    "verified": Outcome("verify", VERIFICATION),
    "a server": Outcome("server status", ServersResult((SERVER, replace(SERVER, running=False, started=None)))),
    "no server": Outcome("server status", ServersResult(())),
    "a backup": Outcome("server backup", BackupResult(SERVER, "/backup.tar.gz", 12345, 2, 3, 1)),
    "restored": Outcome("server restore", RestoreResult(SERVER, "/backup.tar.gz", "2 runs restored")),
    "connections": Outcome("list", ConnectionsResult((LOCAL,), LOCAL)),
    "no connection": Outcome("list", ConnectionsResult((), None)),
    "undone": Outcome(
        "undo", UndoResult((StepResult("start-server:local", "ok", "server stopped"), FAILED_UNDO), ("/data/local",))
    ),
    "nothing undone": Outcome("undo", UndoResult()),
    "cancelled": Outcome("quickstart", exit_code=ExitCode.CANCELLED),
}
# As what was looked at already: whoever listens on this machine must not change the words.
FAULTS = [QuickstartError(site.code, **facts_of(site)) for site in raisers() if site.code in all_messages()]
ERRORS = {fault.code: render(fault) for fault in FAULTS}

# Whatever can be copied is never broken: commands, addresses, paths, code.
COPYABLE = re.compile(
    r"quickstart|/|import mlflow|mlflow\.set|eval |python3|export |ssh |rm |df |check the|ask |-m |az |aws |"
    r"unset |openssl |mv |cd |ulimit |timedatectl |the again|the grant|the command|the line|the bring|"
    r"the other"  # facts of these names are commands
)
ESCAPES = re.compile(r"\x1b")

Draw = Callable[..., tuple[str, str]]


@pytest.fixture
def draw(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Draw an outcome on a screen of so many columns; return what came on stdout and on stderr."""

    def drawn(outcome: Outcome, columns: int = 80, **options: Any) -> tuple[str, str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        human.draw(Screen(**options), outcome)
        seen = capsys.readouterr()
        return seen.out, seen.err

    return drawn


def too_wide(text: str, columns: int) -> list[str]:
    """Return the lines of prose that do not fit."""
    return [line for line in text.splitlines() if len(line.rstrip()) > columns and not COPYABLE.search(line)]


@pytest.mark.parametrize("columns", [80, 40])
@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES.keys())
def test_no_prose_is_wider_than_the_screen(outcome: Outcome, columns: int, draw: Draw) -> None:
    out, err = draw(outcome, columns)
    assert out + err
    assert too_wide(out + err, columns) == []


@pytest.mark.parametrize("columns", [80, 40])
@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS.keys())
def test_what_went_wrong_and_why_fits_the_screen_and_the_mend_can_be_copied(
    error: Explanation, columns: int, draw: Draw
) -> None:
    out, err = draw(Outcome("list", None, error, ExitCode.FAILED), columns)
    assert out == ""
    assert too_wide(err, columns) == []
    assert not error.command or error.command in err
    words = " ".join(err.split())
    assert " ".join(error.why.split()) in words


@pytest.mark.parametrize(
    "arguments",
    [
        ("--yes", "--dry-run"),
        ("verify", "http://127.0.0.1:9"),
    ],
)
@pytest.mark.parametrize("columns", ["80", "40"])
def test_real_screens_fit(arguments: tuple[str, ...], columns: str, bare: Home) -> None:
    ran = bare.run(*arguments, status=None, COLUMNS=columns)
    assert too_wide(ran.out + ran.err, int(columns)) == []


def test_a_link_and_a_command_are_never_broken(draw: Draw) -> None:
    out, _ = draw(OUTCOMES["set up"], 40)
    lines = [line.strip() for line in out.splitlines()]
    for whole in (RUN["url"], f'mlflow.set_tracking_uri("{URI}")'):
        assert whole in lines
    assert "ssh -N -L 5000:127.0.0.1:5000 -p 2222 ada@198.51.100.7" in lines


HOSTILE = "[red]x[/red] [link=http://evil]y[/link] :smile: {z}"


def test_text_of_others_is_read_literally_and_never_as_markup(draw: Draw) -> None:
    error = Explanation(
        "code", f"what {HOSTILE}", f"why {HOSTILE}", f"fix {HOSTILE}", f"note {HOSTILE}", f"docs {HOSTILE}"
    )
    _, err = draw(Outcome("list", None, error, ExitCode.FAILED), 200)
    assert [err.count(f"{part} {HOSTILE}") for part in ("what", "why", "fix", "docs")] == [1, 1, 1, 1]
    server = replace(SERVER, store=f"/data/{HOSTILE}")
    assert f"/data/{HOSTILE}" in draw(Outcome("server status", ServersResult((server,))), 200)[0]
    verification = replace(VERIFICATION, run={**RUN, "name": HOSTILE})
    assert f"run {HOSTILE}" in draw(Outcome("verify", verification), 200)[0]


def test_a_real_command_shows_a_name_literally(bare: Home) -> None:
    assert 'connection "[red]x[/red]"' in bare.run("use", "[red]x[/red]", status=2).err


CONTROLS = "\x1b[31mred\x1b]0;title\x07 \x9b2J\b"


def test_control_characters_of_others_never_reach_the_terminal(draw: Draw) -> None:
    error = Explanation("code", f"what {CONTROLS}", f"why {CONTROLS}", f"fix {CONTROLS}", f"note {CONTROLS}", "docs")
    seen = "".join(draw(Outcome("verify", replace(VERIFICATION, run={**RUN, "name": CONTROLS}), error), 80))
    assert not set("\x1b\x9b\x07\b") & set(seen)


@pytest.mark.parametrize(
    "arguments",
    [
        (
            "--yes",
            "--dry-run",
        ),
        ("list",),
        ("use", "Zoë"),
        ("verify", "http://127.0.0.1:9"),
        ("guide",),
    ],
)
def test_a_terminal_without_unicode_gets_ascii(arguments: tuple[str, ...], bare: Home) -> None:
    ran = bare.run(*arguments, status=None, PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert ran.status in (0, 2, 3)
    assert ran.out.isascii()
    assert ran.err.isascii()
    assert "Traceback" not in ran.err


COLOURS = {
    "a pipe": ((), {}),
    "NO_COLOR": ((), {"NO_COLOR": "1"}),
    "NO_COLOR against FORCE_COLOR": ((), {"NO_COLOR": "1", "FORCE_COLOR": "1"}),
    "--color never against FORCE_COLOR": (("--color", "never"), {"FORCE_COLOR": "1"}),
    "NO_COLOR in a CI that shows colours": ((), {"NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "xterm-256color"}),
}


@pytest.mark.parametrize(("arguments", "environment"), COLOURS.values(), ids=COLOURS.keys())
def test_without_colour_there_is_no_escape_code(
    arguments: tuple[str, ...], environment: dict[str, str], bare: Home
) -> None:
    ran = bare.run("--yes", "--dry-run", *arguments, status=0, stdin=None, **environment)
    assert not ESCAPES.search(ran.out + ran.err)


def test_colour_can_be_asked_for(bare: Home) -> None:
    assert ESCAPES.search(bare.run("--yes", "--dry-run", "--color", "always", TERM="xterm-256color").err)


def test_quiet_leaves_only_the_result(bare: Home) -> None:
    ran = bare.run("--yes", "--dry-run", "--quiet")
    assert ran.err == ""
    assert bare.run("use", "nothing", "--quiet", status=2).err != ""


def test_a_guide_into_a_pipe_is_the_markdown_that_it_is(bare: Home) -> None:
    assert bare.run("guide", "local").out == bare.json("guide", "local")["data"]["text"]


def test_progress_without_a_terminal_is_a_line_for_each_work_and_a_sign_of_life(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("quickstart.output.console.time.monotonic", lambda: now[0])
    working = Working(Screen())
    for after, doing, detail in (
        (0, "installing", "log: x"),
        (3, "installing", "a"),
        (12, "installing", "b"),
        (1, "starting", ""),
    ):
        now[0] += after
        working(doing, detail)
    working.stop()
    assert capsys.readouterr().err.splitlines() == ["installing ...", "  15 s: b", "starting ..."]


def test_a_cancelled_set_up_does_not_say_that_nothing_was_changed_when_something_was(draw: Draw) -> None:
    step = StepResult("create-store:local", "ok", "runs are kept in /data/local")
    result = SetupResult(machine=LAPTOP, plan=(), steps=(step,))
    _, err = draw(Outcome("quickstart", result, exit_code=ExitCode.CANCELLED))
    assert "Nothing was changed" not in err
    assert "Cancelled" in err


def test_the_road_is_told_on_stderr_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen = Screen()
    told = ConsoleReporter(screen, Working(screen))
    told.on_plan(Plan("local", "local", ()))
    told.on_step(StepResult("start-server:local", "ok", f"server up on {HOSTILE}", 1.5))
    seen = capsys.readouterr()
    assert seen.out == ""
    assert f"server up on {HOSTILE}" in seen.err
    assert "1.50 s" in seen.err
