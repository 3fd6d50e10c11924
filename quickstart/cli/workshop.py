"""`quickstart workshop`: a class, on the instructor's side."""

from __future__ import annotations

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
    """Open a class, see how far the room is, and close it again."""
    without_command(ctx)


def which(command: Command) -> Command:
    """Add the class that a command is about, as an argument."""
    return click.argument("name", required=False)(command)


def seat_of(command: Command) -> Command:
    """Add a seat, and the class that it is in."""
    name = click.option("--name", help="The class, where several are open.")
    return click.argument("seat", type=click.IntRange(1))(name(command))


def open_options(command: Command) -> Command:
    """Add the options that say how a class is wanted."""
    options = (
        click.argument("name", default="class"),
        click.option("--seats", type=int, help="How many participants there can be, 1 to 500 (40)."),
        click.option("--title", help="What stands above the board."),
        click.option("--url", metavar="URL", help="The address that the room uses, for a VM or a tunnel."),
        click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port (5443)."),
        click.option("--cert", "certificate", type=FILE, metavar="FILE", help="A real certificate, with its chain."),
        click.option("--key", type=FILE, metavar="FILE", help="The private key of --cert."),
        click.option("--install-line", metavar="LINE", help="What participants type to install quickstart."),
        click.option("--experiment", metavar="NAME", help="The experiment that all share (class)."),
        click.option(
            "--shared",
            type=click.Choice(["read", "edit", "none"]),
            help="What participants may do with that (read).",
        ),
        click.option("--expires", "hours", type=float, metavar="HOURS", help="How long it can be joined (12)."),
        click.option("--from", "source", type=FILE, metavar="ARCHIVE", help="Go on with a class that was closed."),
    )
    for add in reversed(options):
        command = add(command)
    return command


@workshop.command("open")
@open_options
@common_options
def open_class(**given: Any) -> None:
    """Open a class that the room can join, or show the one that is open."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import views
        from quickstart.workshop.instructor.open import open_workshop
        from quickstart.workshop.instructor.options import WorkshopOptions

        def agree(step: Step) -> bool:
            working.stop()
            question = f"{step.does[0].upper()}{step.does[1:]}: {step.where}. Do it"
            return common.prompter().confirm(question, default=True, flag=f"workshop open {given['name']} --yes")

        opened = open_workshop(WorkshopOptions(**given), common.python, working, agree)
        working.stop()
        return Outcome("workshop open", views.open_json(opened))

    run("workshop open", act)


@workshop.command()
@which
@click.option("--watch", "-w", is_flag=True, help="Go on showing it, until Ctrl-C.")
@click.option("--with-secrets", is_flag=True, help="Also how you log in to MLflow's own pages; not on the projector.")
@common_options
def status(name: str | None, watch: bool, with_secrets: bool) -> None:
    """Show how far the room is, and who needs help."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import record, views

        meant = record.find_workshop(name, closed=True)
        if with_secrets and common.as_json:
            raise QuickstartError("password-shown", ExitCode.USAGE, name=meant.name)
        if watch and not common.as_json and views.is_running(meant):
            from quickstart.output import watch as live

            working.stop()
            live.watch(common.screen, views.watch_status(meant))
            return Outcome("workshop status", {})
        login = views.login_json(meant) if with_secrets and not meant.closed else {}
        return Outcome("workshop status", {**views.status_json(meant), **login})

    run("workshop status", act)


def _steer(do: str, name: str | None, seat: int | None = None, hours: float | None = None) -> None:
    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import record, views
        from quickstart.workshop.instructor.client import steer
        from quickstart.workshop.instructor.options import WorkshopOptions, validate

        meant = record.find_workshop(name)
        done = steer(meant, do, seat, validate(WorkshopOptions(meant.name, hours=hours)).hours)
        return Outcome(f"workshop {do}", views.steering_json(do, seat, done))

    run(f"workshop {do}", act)


@workshop.command()
@which
@common_options
def lock(name: str | None) -> None:
    """Close joining, and hide the code on the board."""
    _steer("lock", name)


@workshop.command()
@which
@click.option("--expires", "hours", type=float, metavar="HOURS", help="How long it can be joined (12, if it expired).")
@common_options
def unlock(name: str | None, hours: float | None) -> None:
    """Open joining again, with the same code; also where its time was over."""
    _steer("unlock", name, hours=hours)


@workshop.command()
@seat_of
@common_options
def free(seat: int, name: str | None) -> None:
    """Free SEAT for somebody else; the runs of who had it are put aside."""
    _steer("free", name, seat)


@workshop.command()
@seat_of
@common_options
def remove(seat: int, name: str | None) -> None:
    """Remove who has SEAT: they are logged out, and their runs stay.

    Their machine does not get a seat again, until it forgets that it had one: whoever knows the code can come back
    as somebody new while joining is open. `quickstart workshop lock` closes it.
    """
    _steer("remove", name, seat)


@workshop.command()
@which
@click.option("--seats", type=click.IntRange(1), help="How many simulated participants (as many as seats are free).")
@click.option("--over", type=float, default=0.0, metavar="SECONDS", help="Spread them over so long (0: all at once).")
@common_options
def rehearse(name: str | None, seats: int | None, over: float) -> None:
    """Let simulated participants join and prove it, and take away all that is theirs."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import record, views
        from quickstart.workshop.instructor.client import WorkshopClient
        from quickstart.workshop.instructor.open import invitation
        from quickstart.workshop.instructor.rehearse import rehearse as rehearsing

        meant = record.find_workshop(name)
        with WorkshopClient(meant) as classroom:
            many = seats or int(classroom.state()["counts"]["free"])
            done = rehearsing(invitation(meant), classroom, many, max(over, 0.0), working, meant.name)
        data = views.rehearsal_json(meant, done)
        if done.proven == done.seats:
            return Outcome("workshop rehearse", data)
        from quickstart.explain import explain

        return Outcome("workshop rehearse", data, explain(views.rehearsal_error(meant, done)), ExitCode.CHECK_FAILED)

    run("workshop rehearse", act)


@workshop.command()
@which
@common_options
def close(name: str | None) -> None:
    """End a class, and archive its runs and seats."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import close as closing
        from quickstart.workshop.instructor import record

        meant = record.find_workshop(name)
        working.stop()
        question = f'End the class "{meant.title}" for everybody, and archive it'
        if not common.prompter().confirm(question, default=True, flag=f"workshop close {meant.name} --yes"):
            raise KeyboardInterrupt
        try:
            closed = closing.close(meant, working)
            signals.ignore_stops()
        except KeyboardInterrupt:
            told, then = closing.partial_result(meant)
            return Outcome("workshop close", told, exit_code=ExitCode.CANCELLED, next_steps=then)
        archive = str(closed.archive) if closed.archive else None
        told = {**closed.told, "archive": archive, "summary": str(closed.notes), "store": str(meant.store)}
        return Outcome("workshop close", told)

    run("workshop close", act)


@workshop.command()
@seat_of
@click.option("--to", "folder", type=FILE, metavar="FOLDER", help="The folder to write; it must not be there.")
@common_options
def export(seat: int, name: str | None, folder: Path | None) -> None:
    """Write what SEAT recorded as files to keep; also after the class was closed."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import export as exporting
        from quickstart.workshop.instructor import record

        meant = record.find_workshop(name, closed=True)
        done = exporting.export(meant, seat, folder, working)
        told = {
            "name": meant.name,
            "seat": done.seat,
            "participant": done.name,
            "folder": str(done.folder),
            "loader": str(done.folder / exporting.LOADER),
            "runs": done.runs,
            "artifacts": done.artifacts,
            "not_exported": list(done.left),
        }
        return Outcome("workshop export", told)

    run("workshop export", act)


@workshop.command()
@which
@click.option("--to", "folder", type=FILE, metavar="FOLDER", default=Path(), help="The folder to write it into (.).")
@click.option("--title", help="What stands above it, where the class is not open yet.")
@click.option("--install-line", metavar="LINE", help="What participants type to install quickstart, likewise.")
@common_options
def handout(name: str | None, folder: Path, title: str | None, install_line: str | None) -> None:
    """Write a sheet for participants: HTML to print, and Markdown.

    Before the class is open it has no code in it, and can be sent to everybody; afterwards it has.
    """

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.instructor import handout as sheets
        from quickstart.workshop.instructor.options import INSTALL_LINE

        told = sheets.planned_sheet(name, title, install_line)
        page, text = sheets.write(told, folder)
        named = told.install_line != INSTALL_LINE
        code = told.invitation is not None
        files = {"html": str(page), "markdown": str(text), "code": code, "install_named": named}
        return Outcome("workshop handout", {"name": told.name, "handout": files})

    run("workshop handout", act)
