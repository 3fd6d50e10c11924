"""What the guides tell a reader to type, works: their blocks run in order, and every command line parses."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click
import pytest

from quickstart.cli.app import cli
from tests.conftest import PATIENCE, Home, Shared, free_port, new_home
from tests.real.methods.server.helpers import PASSWORD, TOKEN
from tests.real.methods.server.real import certificates
from tests.standins import front
from tests.standins.databricks import workspace
from tests.standins.index import index

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "guides").glob("*.md"))
# The reference is made from the code: it holds synopses, and lines that its own test looks at.
PAGES = [page for page in (*GUIDES, ROOT / "README.md") if page.name != "reference.md"]

ADDRESS = "http://127.0.0.1:5000"  # as the guide has it; the reader's own may be another, and so may a test's
OTHER_PORT = "5050"
WORKSPACE = "https://dbc-a1b2c3d4-e5f6.cloud.databricks.com"

# A command line ends where a shell's does, or a code span, or what follows it in the guide is an explanation.
COMMAND_LINE = re.compile(
    r"(?<![\w-])quickstart(?![\w/.-])((?: +(?:\"[^\"]*\"|[^\s`|;&()<>#'\"]+))*?)(?= {2,}| *[`|;&()<>#'\"]| *$)"
)


def fenced(page: Path) -> list[tuple[str, str]]:
    """Return the language and the text of each fenced block of a page."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def code(page: Path) -> list[str]:
    """Return each line of code of a page: those of fenced blocks, and the spans in its text."""
    text = page.read_text(encoding="utf-8")
    blocks = [line for language, block in fenced(page) if language != "python" for line in block.splitlines()]
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return blocks + re.findall(r"`([^`\n]+)`", outside)


def command_lines(page: Path) -> list[str]:
    """Return the arguments of each call of quickstart on a page."""
    return [found[1].strip() for line in code(page) for found in COMMAND_LINE.finditer(line)]


def parse(arguments: list[str]) -> None:
    """Parse a command line as click does when it is called, without calling anything."""
    with cli.make_context("quickstart", list(arguments)) as context:
        command: click.Command = cli
        while isinstance(command, click.Group) and (rest := left_over(context)):
            _, found, rest = command.resolve_command(context, rest)
            assert found is not None
            command, context = found, found.make_context(found.name, rest, parent=context)


def left_over(context: click.Context) -> list[str]:
    """Return what a group left for its subcommand: click 8.1, 8.2 and 9 keep its name in different places."""
    kept = vars(context)
    return [*kept.get("_protected_args", kept.get("protected_args", [])), *context.args]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_on_a_page_can_be_typed(page: Path) -> None:
    lines = command_lines(page)
    assert lines, "no command line was found on it"
    for line in lines:
        try:
            # --help and --version end the parsing by leaving: they could be typed.
            with contextlib.suppress(click.exceptions.Exit):
                parse(shlex.split(line))
        except click.ClickException as error:
            pytest.fail(f"quickstart {line}: {error.format_message()}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_installs_a_stranger_under_our_name(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(pip|pipx|uv tool|uv) install +(-\S+ +)*quickstart\b|(uvx|pipx run) +quickstart\b", text)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_every_picture_in_a_guide_is_there(page: Path) -> None:
    for picture in re.findall(r"!\[[^]]+]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / picture).is_file(), picture


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform == "win32", reason="the guide's blocks are for bash")
def test_the_local_guide_can_be_followed_from_top_to_bottom(home: Home) -> None:
    printed = follow(home, ROOT / "guides" / "local.md")

    assert printed.count("foo=1 bar=2 logged and read back") >= 4
    # What the guide's last command leaves: the runs, and no server.
    runs = recorded(home.quickstart_home / "data" / "local" / "mlflow.db")
    checks = {"bar": 2.0, "foo": 1.0}
    # Two from --yes, one from the script, one from verify, two from verify with the client.
    assert runs["check-localhost-connection"] == [checks] * 6
    assert runs["my-first-experiment"] == [{"loss": 0.25}]
    assert not (home.cwd / "trial-runs" / "mlflow.db").exists()
    assert not (home.cwd / "log_mlflow_with_localhost.py").exists()
    assert re.fullmatch(
        r"MLFLOW_TRACKING_URI=http://127.0.0.1:\d+\nMLFLOW_DISABLE_TELEMETRY=true\n", (home.cwd / ".env").read_text()
    )
    assert home.json("server", "status")["data"] == {"servers": []}


@pytest.mark.skipif(sys.platform == "win32", reason="the guide's blocks are for bash")
def test_the_guide_to_choosing_can_be_followed_and_changes_nothing(home: Home) -> None:
    printed = follow(home, ROOT / "guides" / "choosing.md")
    for method in ("(method: local)", "(method: databricks-free)", '"method": "server"'):
        assert method in " ".join(printed.split())
    assert [path.name for path in home.cwd.iterdir()] == ["class.toml"]
    assert home.json("list")["data"] == {"connections": []}


@pytest.mark.skipif(sys.platform == "win32", reason="the guide's blocks are for bash")
@pytest.mark.matrix
def test_the_guide_to_free_edition_can_be_followed_against_the_stand_in(home: Home, server: Shared) -> None:
    with workspace(server.uri) as place:
        (home.cwd / "token.txt").write_text(place.token)
        printed = follow(home, ROOT / "guides" / "databricks-free.md", {WORKSPACE: place.url})
    assert printed.count("logged and read back") >= 3
    assert printed.count("also logged and read back with MLflow's client") == 2
    assert "profile databricks-free removed from" in printed
    assert not (Path(home.environment["HOME"]) / ".databrickscfg").exists()
    assert home.json("list")["data"] == {"connections": []}


@pytest.mark.skipif(sys.platform == "win32", reason="the guide's blocks are for bash")
@pytest.mark.matrix
def test_the_guide_to_a_workspace_can_be_followed_against_the_stand_in(home: Home, server: Shared) -> None:
    with workspace(server.uri, user="operator@example.com") as place:
        place.folders.add("/Shared/our-team")
        (home.cwd / "token.txt").write_text(place.token)
        (home.cwd / "secret.txt").write_text(place.client_secret)
        replaced = {WORKSPACE: place.url, "6f1b0d2e": place.client_id}
        printed = follow(home, ROOT / "guides" / "databricks.md", replaced, run_python=False)
    assert "/Shared/our-team/check-databricks-connection" in printed
    assert "profile our-team removed from" in printed
    assert not (Path(home.environment["HOME"]) / ".databrickscfg").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the guide's blocks are for bash")
@pytest.mark.matrix
def test_the_guide_to_a_server_can_be_followed_against_the_stand_in(home: Home, server: Shared) -> None:
    by_token, by_password = front.bearer(TOKEN), front.basic("you", PASSWORD)
    with front.front(lambda call: by_token(call) and by_password(call), server.uri) as place:
        (home.cwd / "token.txt").write_text(TOKEN)
        (home.cwd / "password.txt").write_text(f"{PASSWORD}\n")
        certificates(home.cwd)
        printed = follow(home, ROOT / "guides" / "server.md", {"https://mlflow.example.com": place.url})
    assert printed.count("also logged and read back with MLflow's client") == 3
    assert f"MLFLOW_TRACKING_TOKEN={TOKEN}" in (home.cwd / ".env").read_text()
    assert "credentials deleted" in printed
    assert home.json("list")["data"] == {"connections": []}


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform == "win32", reason="the guide's blocks are for bash")
def test_the_doctors_guide_can_be_followed_on_a_healthy_set_up(home: Home) -> None:
    uri = home.json("--yes")["data"]["connection"]["tracking_uri"]
    with index() as address:
        # The stand-in for a package index is one that pip fetches from at once, whatever this machine reaches.
        reader = replace(home, environment={**home.environment, "PIP_INDEX_URL": address})
        printed = follow(reader, ROOT / "guides" / "doctor.md", {ADDRESS: uri})

    assert printed.count("All checks passed.") == 4
    assert "PASS" in printed
    assert (home.cwd / "report.txt").exists()
    assert (home.cwd / "quickstart-preflight.json").exists()
    assert recorded(home.quickstart_home / "data" / "local" / "mlflow.db")["my-first-experiment"] == [{"foo": 1.0}]


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform == "win32", reason="the guide's blocks are for bash")
def test_the_instructors_and_the_participants_guide_can_be_followed_together(home: Home, tmp_path: Path) -> None:
    participant, port = new_home(tmp_path / "participant"), free_port()
    in_class, afterwards = halves(home, "workshop-instructor.md", "## Afterwards")

    here = f"--seats 3 --port {port} --url https://127.0.0.1:{port}"
    before = follow(home, in_class, {"--seats 40": here})
    line = home.json("workshop", "status")["data"]["join"].split()[-1]
    with index() as address:
        reader = replace(participant, environment={**participant.environment, "PIP_INDEX_URL": address})
        guide = ROOT / "guides" / "workshop-participant.md"
        told = follow(reader, guide, {"192.168.1.20:5443/K7QF-3M2P-XXXX-XXXX-XXXX": line})
    runs = recorded(home.quickstart_home / "data" / "workshops" / "class" / "mlflow.db")
    follow(home, afterwards)

    assert "3 of 3" in before
    assert (home.cwd / "handout" / "class-handout.html").exists()
    assert "logged and read back" in told
    assert runs["seat-01"].count({"bar": 2.0, "foo": 1.0}) == 2  # joining, and verify
    assert {"loss": 0.25} in runs["seat-01"]
    assert participant.json("list")["data"] == {"connections": []}
    assert (home.cwd / "seat-01").is_dir()
    assert list((home.quickstart_home / "data" / "workshops").glob("*.tar.gz"))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 2).close()


def halves(home: Home, guide: str, heading: str) -> tuple[Path, Path]:
    """Cut a guide in two before a heading, for what happens in between."""
    text = (ROOT / "guides" / guide).read_text(encoding="utf-8")
    cut = text.index(heading)
    parts = home.path / "before.md", home.path / "after.md"
    for path, part in zip(parts, (text[:cut], text[cut:]), strict=True):
        path.write_text(part, encoding="utf-8")
    return parts


def follow(home: Home, guide: Path, replaced: Mapping[str, str] | None = None, *, run_python: bool = True) -> str:
    """Type a guide's blocks one after the other into one shell, as its reader does, and return what that printed.

    Args:
        home: the reader's.
        guide: the page.
        replaced: what a reader has other words for, such as an address.
        run_python: whether blocks of Python are run; those that need what is not here are not.
    """
    blocks = []
    for language, block in fenced(guide):
        for theirs, ours in (replaced or {}).items():
            block = block.replace(theirs, ours)
        if language == "bash":
            blocks.append(block.replace(OTHER_PORT, str(free_port())))
        elif language == "python" and run_python:
            address = "$(quickstart list --json | python -c 'import json, sys; "
            address += 'print(json.load(sys.stdin)["data"]["connections"][0]["tracking_uri"])\')'
            blocks.append(f"sed \"s#{ADDRESS}#{address}#\" <<'PYTHON' | python -\n{block}PYTHON\n")
    assert blocks
    script = home.path / "guide.sh"
    script.write_text("\n".join(blocks), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{home.environment.get('PATH', os.defpath)}"
    done = subprocess.run(
        ["bash", "-euvo", "pipefail", str(script)],  # -v: the last line that it repeats is the one that failed
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        cwd=home.cwd,
        env={**home.environment, "PATH": path},
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def recorded(database: Path) -> dict[str, list[dict[str, float]]]:
    """Return the metrics of every run in a database, by the name of its experiment."""
    query = """
        SELECT experiments.name, runs.run_uuid, metrics.key, metrics.value
        FROM runs JOIN experiments USING (experiment_id) JOIN metrics USING (run_uuid) ORDER BY metrics.key
    """
    runs: dict[tuple[str, str], dict[str, float]] = {}
    with closing(sqlite3.connect(database)) as connection:
        for experiment, run, key, value in connection.execute(query):
            runs.setdefault((experiment, run), {})[key] = value
    found: dict[str, list[dict[str, float]]] = {}
    for (experiment, _), metrics in runs.items():
        found.setdefault(experiment, []).append(metrics)
    return found
