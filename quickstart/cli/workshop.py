"""`quickstart workshop`: the instructor's commands; `quickstart join`: the participant's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from quickstart.cli.options import (
    FILE,
    Command,
    Common,
    SectionedGroup,
    SectionedHelp,
    add_options,
    common_options,
    without_command,
)
from quickstart.cli.runner import action
from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import Step
from quickstart.results import Outcome, Result
from quickstart.system import signals
from quickstart.workshop.participant.results import JoinResult


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
    return add_options(command, options)


@workshop.command("open")
@open_options
@action("workshop open")
def open_workshop(common: Common, **given: Any) -> Result:
    """Open a workshop, or show it if it is already open."""
    from quickstart.workshop.instructor import open as opening  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.workshop.instructor.options import WorkshopOptions  # noqa: PLC0415 - start-up: --help does not need it

    def agree(step: Step) -> bool:
        return common.agree(step, f"workshop open {given['name']} --yes")

    opened = opening.open_workshop(WorkshopOptions(**given), common.python, common.working, agree)
    common.working.stop()
    return opened


@workshop.command()
@which
@click.option("--watch", "-w", is_flag=True, help="Keep watching until Ctrl-C.")
@click.option("--with-secrets", is_flag=True, help="Include your MLflow credentials; not on the projector.")
@action("workshop status")
def status(common: Common, name: str | None, watch: bool, with_secrets: bool) -> Outcome | Result:
    """Show the progress of a workshop, and who needs help."""
    from quickstart.workshop.instructor import client, record  # noqa: PLC0415 - start-up: --help does not need it

    meant = record.find_workshop(name, closed=True)
    if with_secrets and common.as_json:
        raise QuickstartError("password-shown", ExitCode.USAGE, name=meant.name)
    if watch and not common.as_json and client.is_running(meant):
        from quickstart.output import watch as live  # noqa: PLC0415 - start-up: --help does not need it

        common.working.stop()
        live.watch(common.screen, client.watch_status(meant))
        return Outcome("workshop status")
    login = client.instructor_login(meant) if with_secrets and not meant.closed else None
    return replace(client.load_status(meant), login=login)


def _steer(do: str, name: str | None, seat: int | None = None, hours: float | None = None) -> Result:
    from quickstart.workshop.instructor import client, record  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.workshop.instructor.options import WorkshopOptions, validate  # noqa: PLC0415 - start-up: --help does not need it

    meant = record.find_workshop(name)
    return client.steer(meant, do, seat, validate(WorkshopOptions(meant.name, hours=hours)).hours)


@workshop.command()
@which
@action("workshop lock")
def lock(common: Common, name: str | None) -> Result:
    """Lock a workshop for new participants, and hide the join code."""
    return _steer("lock", name)


@workshop.command()
@which
@click.option("--expires", "hours", type=float, metavar="HOURS", help="New expiry in hours (12, if expired).")
@action("workshop unlock")
def unlock(common: Common, name: str | None, hours: float | None) -> Result:
    """Unlock a workshop with the same join code, and renew an expired one."""
    return _steer("unlock", name, hours=hours)


@workshop.command()
@seat_of
@action("workshop free")
def free(common: Common, seat: int, name: str | None) -> Result:
    """Free SEAT for another participant, and set its runs aside."""
    return _steer("free", name, seat)


@workshop.command()
@seat_of
@action("workshop remove")
def remove(common: Common, seat: int, name: str | None) -> Result:
    """Remove the participant of SEAT; their runs are kept.

    The participant is logged out, and their machine cannot rejoin. After `quickstart undo` on it, they can join again
    with a new seat, unless you lock the workshop with `quickstart workshop lock`.
    """
    return _steer("remove", name, seat)


@workshop.command()
@which
@click.option("--seats", type=click.IntRange(1), help="Number of simulated participants (all free seats).")
@click.option("--over", type=float, default=0.0, metavar="SECONDS", help="Spread their start over this time (0).")
@action("workshop rehearse")
def rehearse(common: Common, name: str | None, seats: int | None, over: float) -> Outcome | Result:
    """Test a workshop with simulated participants, then delete their data."""
    from quickstart.workshop.instructor import record  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.workshop.instructor import rehearse as rehearsal  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.workshop.instructor.client import WorkshopClient  # noqa: PLC0415 - start-up: --help does not need it

    meant = record.find_workshop(name)
    with WorkshopClient(meant) as classroom:
        number = seats or int(classroom.state()["counts"]["free"])
        done = rehearsal.rehearse(
            record.invitation(meant), classroom, number, max(over, 0.0), common.working, meant.name
        )
    result = rehearsal.describe_rehearsal(meant, done)
    if done.proven == done.seats:
        return result
    from quickstart.explain import explain  # noqa: PLC0415 - start-up: --help does not need it

    error = explain(rehearsal.rehearsal_error(meant, done))
    return Outcome("workshop rehearse", result, error, ExitCode.CHECK_FAILED)


@workshop.command()
@which
@action("workshop close")
def close(common: Common, name: str | None) -> Outcome | Result:
    """Close a workshop, and archive its runs and seats."""
    from quickstart.workshop.instructor import archive, record  # noqa: PLC0415 - start-up: --help does not need it

    meant = record.find_workshop(name)
    common.working.stop()
    question = f'Close the workshop "{meant.title}" for all participants and archive it'
    if not common.prompter().confirm(question, default=True, flag=f"workshop close {meant.name} --yes"):
        raise KeyboardInterrupt
    try:
        result = archive.close(meant, common.working)
        signals.ignore_stops()
    except KeyboardInterrupt:
        partial, next_steps = archive.partial_result(meant)
        return Outcome("workshop close", partial, exit_code=ExitCode.CANCELLED, next_steps=next_steps)
    return result


@workshop.command()
@seat_of
@click.option("--to", "folder", type=FILE, metavar="FOLDER", help="Folder to write; must not exist.")
@action("workshop export")
def export(common: Common, seat: int, name: str | None, folder: Path | None) -> Result:
    """Export the runs of SEAT as files, also after the workshop is closed."""
    from quickstart.workshop.instructor import export as exporting  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.workshop.instructor import record  # noqa: PLC0415 - start-up: --help does not need it

    meant = record.find_workshop(name, closed=True)
    return exporting.export(meant, seat, folder, common.working)


@workshop.command()
@which
@click.option("--to", "folder", type=FILE, metavar="FOLDER", default=Path(), help="Folder to write to (.).")
@click.option("--title", help="Title, if the workshop is not open yet.")
@click.option("--install-line", metavar="LINE", help="Install command, likewise.")
@action("workshop handout")
def handout(common: Common, name: str | None, folder: Path, title: str | None, install_line: str | None) -> Result:
    """Write a handout for participants, as HTML to print and as Markdown.

    It contains the join code only if the workshop is open.
    """
    from quickstart.workshop.instructor import handout as sheets  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.workshop.instructor.options import INSTALL_LINE  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.workshop.instructor.results import HandoutResult  # noqa: PLC0415 - start-up: --help does not need it

    sheet = sheets.planned_sheet(name, title, install_line)
    page, text = sheets.write(sheet, folder)
    return HandoutResult(
        name=sheet.name,
        html=str(page),
        markdown=str(text),
        code=sheet.invitation is not None,
        install_named=sheet.install_line != INSTALL_LINE,
    )


@click.command(cls=SectionedHelp)
@click.argument("code", nargs=-1, required=True, metavar="ADDRESS/CODE")
@click.option("--name", metavar="NAME", help="Your name, for the board.")
@action("join", JoinResult())
def join(common: Common, code: tuple[str, ...], name: str | None) -> Outcome:
    """Join a workshop with the code on its board, and verify that you can log to it.

    The join code identifies the server, and nothing is sent to another one. Joining again returns your seat. To leave:
    quickstart undo
    """
    from quickstart.workshop.participant import join as participant  # noqa: PLC0415 - start-up: --help does not need it

    # The shell splits a code with blanks into words.
    options = participant.JoinOptions(" ".join(code), name, common.python)
    return participant.join(options, common.prompter(), common.events())
