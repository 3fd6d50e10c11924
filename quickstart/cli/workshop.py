"""`quickstart workshop`: the instructor's commands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quickstart.cli.options import Command, Common, SectionedGroup, common_options, without_command
from quickstart.cli.runner import run
from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import Step
from quickstart.results import Outcome
from quickstart.system import signals

if TYPE_CHECKING:
    from quickstart.output.console import Working

FILE = click.Path(path_type=Path)


@click.group(cls=SectionedGroup, invoke_without_command=True)
@common_options
@click.pass_context
def workshop(ctx: click.Context, /) -> None:
    """Open a workshop, watch its progress, and close it."""
    without_command(ctx)


def which(command: Command) -> Command:
    return click.argument("name", required=False)(command)


def seat_of(command: Command) -> Command:
    name = click.option("--name", help="The workshop, if several are open.")
    return click.argument("seat", type=click.IntRange(1))(name(command))


def open_options(command: Command) -> Command:
    options = (
        click.argument("name", default="class"),
        click.option("--seats", type=int, help="Number of seats, 1 to 500 (40)."),
        click.option("--title", help="Title of the board."),
        click.option("--url", metavar="URL", help="URL for participants, for a VM or a tunnel."),
        click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port (5443)."),
        click.option(
            "--cert",
            "certificate",
            type=FILE,
            metavar="FILE",
            help="TLS certificate with its chain, instead of a temporary one.",
        ),
        click.option("--key", type=FILE, metavar="FILE", help="Private key of --cert."),
        click.option("--install-line", metavar="LINE", help="Command that installs quickstart for participants."),
        click.option("--experiment", metavar="NAME", help="Name of the shared experiment (class)."),
        click.option(
            "--shared",
            type=click.Choice(["read", "edit", "none"]),
            help="Access of participants to it (read).",
        ),
        click.option("--expires", "hours", type=float, metavar="HOURS", help="Expiry of the join code in hours (12)."),
        click.option(
            "--from", "source", type=FILE, metavar="ARCHIVE", help="Restore a closed workshop from its archive."
        ),
    )
    for add in reversed(options):
        command = add(command)
    return command


@workshop.command("open")
@open_options
@common_options
def open_workshop(**given: Any) -> None:
    """Open a workshop, or show it if it is already open."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import open as opening  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.workshop.instructor.options import WorkshopOptions  # noqa: PLC0415 - start-up: --help does not need it

        def agree(step: Step) -> bool:
            working.stop()
            question = f"{step.does[0].upper()}{step.does[1:]}: {step.where}. Continue"
            return common.prompter().confirm(question, default=True, flag=f"workshop open {given['name']} --yes")

        opened = opening.open_workshop(WorkshopOptions(**given), common.python, working, agree)
        working.stop()
        return Outcome("workshop open", opened)

    run("workshop open", act)


@workshop.command()
@which
@click.option("--watch", "-w", is_flag=True, help="Keep watching until Ctrl-C.")
@click.option("--with-secrets", is_flag=True, help="Include your MLflow credentials; not on the projector.")
@common_options
def status(name: str | None, watch: bool, with_secrets: bool) -> None:
    """Show the progress of a workshop, and who needs help."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import client, record  # noqa: PLC0415 - start-up: --help does not need it

        meant = record.find_workshop(name, closed=True)
        if with_secrets and common.as_json:
            raise QuickstartError("password-shown", ExitCode.USAGE, name=meant.name)
        if watch and not common.as_json and client.is_running(meant):
            from quickstart.output import watch as live  # noqa: PLC0415 - start-up: --help does not need it

            working.stop()
            live.watch(common.screen, client.watch_status(meant))
            return Outcome("workshop status")
        login = client.instructor_login(meant) if with_secrets and not meant.closed else None
        return Outcome("workshop status", replace(client.load_status(meant), login=login))

    run("workshop status", act)


def _steer(do: str, name: str | None, seat: int | None = None, hours: float | None = None) -> None:
    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import client, record  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.workshop.instructor.options import WorkshopOptions, validate  # noqa: PLC0415 - start-up: --help does not need it

        meant = record.find_workshop(name)
        done = client.steer(meant, do, seat, validate(WorkshopOptions(meant.name, hours=hours)).hours)
        return Outcome(f"workshop {do}", done)

    run(f"workshop {do}", act)


@workshop.command()
@which
@common_options
def lock(name: str | None) -> None:
    """Lock a workshop for new participants, and hide the join code."""
    _steer("lock", name)


@workshop.command()
@which
@click.option("--expires", "hours", type=float, metavar="HOURS", help="New expiry in hours (12, if expired).")
@common_options
def unlock(name: str | None, hours: float | None) -> None:
    """Unlock a workshop with the same join code, and renew an expired one."""
    _steer("unlock", name, hours=hours)


@workshop.command()
@seat_of
@common_options
def free(seat: int, name: str | None) -> None:
    """Free SEAT for another participant, and set its runs aside."""
    _steer("free", name, seat)


@workshop.command()
@seat_of
@common_options
def remove(seat: int, name: str | None) -> None:
    """Remove the participant of SEAT; their runs are kept.

    The participant is logged out, and their machine cannot rejoin. After `quickstart undo` on it, they can join again
    with a new seat, unless you lock the workshop with `quickstart workshop lock`.
    """
    _steer("remove", name, seat)


@workshop.command()
@which
@click.option("--seats", type=click.IntRange(1), help="Number of simulated participants (all free seats).")
@click.option("--over", type=float, default=0.0, metavar="SECONDS", help="Spread their start over this time (0).")
@common_options
def rehearse(name: str | None, seats: int | None, over: float) -> None:
    """Test a workshop with simulated participants, then delete their data."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import record  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.workshop.instructor import rehearse as rehearsal  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.workshop.instructor.client import WorkshopClient  # noqa: PLC0415 - start-up: --help does not need it

        meant = record.find_workshop(name)
        with WorkshopClient(meant) as classroom:
            number = seats or int(classroom.state()["counts"]["free"])
            done = rehearsal.rehearse(record.invitation(meant), classroom, number, max(over, 0.0), working, meant.name)
        result = rehearsal.describe_rehearsal(meant, done)
        if done.proven == done.seats:
            return Outcome("workshop rehearse", result)
        from quickstart.explain import explain  # noqa: PLC0415 - start-up: --help does not need it

        error = explain(rehearsal.rehearsal_error(meant, done))
        return Outcome("workshop rehearse", result, error, ExitCode.CHECK_FAILED)

    run("workshop rehearse", act)


@workshop.command()
@which
@common_options
def close(name: str | None) -> None:
    """Close a workshop, and archive its runs and seats."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import archive, record  # noqa: PLC0415 - start-up: --help does not need it

        meant = record.find_workshop(name)
        working.stop()
        question = f'Close the workshop "{meant.title}" for all participants and archive it'
        if not common.prompter().confirm(question, default=True, flag=f"workshop close {meant.name} --yes"):
            raise KeyboardInterrupt
        try:
            result = archive.close(meant, working)
            signals.ignore_stops()
        except KeyboardInterrupt:
            partial, next_steps = archive.partial_result(meant)
            return Outcome("workshop close", partial, exit_code=ExitCode.CANCELLED, next_steps=next_steps)
        return Outcome("workshop close", result)

    run("workshop close", act)


@workshop.command()
@seat_of
@click.option("--to", "folder", type=FILE, metavar="FOLDER", help="Folder to write; must not exist.")
@common_options
def export(seat: int, name: str | None, folder: Path | None) -> None:
    """Export the runs of SEAT as files, also after the workshop is closed."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import export as exporting  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.workshop.instructor import record  # noqa: PLC0415 - start-up: --help does not need it

        meant = record.find_workshop(name, closed=True)
        return Outcome("workshop export", exporting.export(meant, seat, folder, working))

    run("workshop export", act)


@workshop.command()
@which
@click.option("--to", "folder", type=FILE, metavar="FOLDER", default=Path(), help="Folder to write to (.).")
@click.option("--title", help="Title, if the workshop is not open yet.")
@click.option("--install-line", metavar="LINE", help="Install command, likewise.")
@common_options
def handout(name: str | None, folder: Path, title: str | None, install_line: str | None) -> None:
    """Write a handout for participants, as HTML to print and as Markdown.

    It contains the join code only if the workshop is open.
    """

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import handout as sheets  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.workshop.instructor.options import INSTALL_LINE  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.workshop.instructor.results import HandoutResult  # noqa: PLC0415 - start-up: --help does not need it

        sheet = sheets.planned_sheet(name, title, install_line)
        page, text = sheets.write(sheet, folder)
        result = HandoutResult(
            name=sheet.name,
            html=str(page),
            markdown=str(text),
            code=sheet.invitation is not None,
            install_named=sheet.install_line != INSTALL_LINE,
        )
        return Outcome("workshop handout", result)

    run("workshop handout", act)
