"""The menu of a machine that is set up already: keep, start, verify, change or undo the setup."""

from __future__ import annotations

from dataclasses import replace

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events
from quickstart.explain import explain, one_line
from quickstart.models import ConnectionStatus
from quickstart.prompts.base import DefaultPrompter, Prompt, Prompter
from quickstart.prompts.fields import Choice, Field
from quickstart.results import Outcome, SetupResult, UndoResult
from quickstart.state.connections import Connections
from quickstart.wizard import flow
from quickstart.wizard.flow import SetupOptions

KEEP, START, VERIFY, CHANGE, UNDO = "keep", "start", "verify", "change", "undo"


def start(options: SetupOptions, prompter: Prompter, events: Events) -> Outcome:
    """Set up tracking; on a machine that is set up already, first ask what to do."""
    try:
        connection = Connections().in_use()
        if connection is None or not prompter.interactive or not options.silent or options.dry_run:
            return flow.set_up(options, prompter, events)
        from quickstart.steps.servers import connection_status  # noqa: PLC0415 - start-up: the first question does not need it

        status = connection_status(connection)
        events.on_connection(status)
        action = _choose_action(status, prompter)
        if action == KEEP:
            from quickstart.system.machine import detect  # noqa: PLC0415 - start-up: the first question does not need it

            return Outcome("quickstart", SetupResult(machine=detect(), connection=connection))
        if action == VERIFY:
            from quickstart.wizard.execute import verify_tracking  # noqa: PLC0415 - start-up: the first question does not need it

            return verify_tracking(None, None, options.python, with_client=False, progress=events.progress)
        if action == UNDO:
            return undo(connection.name, prompter, events)
        if action == START:
            return flow.set_up(replace(options, method=connection.method), DefaultPrompter(), events)
        return flow.set_up(options, prompter, events)
    except QuickstartError as error:
        return Outcome("quickstart", None, explain(error), error.exit_code)
    except KeyboardInterrupt:
        return Outcome("quickstart", exit_code=ExitCode.CANCELLED)


def _choose_action(status: ConnectionStatus, prompter: Prompter) -> str:
    first = Choice(START, "Start the server again") if status.running is False else Choice(KEEP, "Keep this setup")
    field = Field(
        key="action",
        label="Next step",
        text="What would you like to do?",
        choices=(
            first,
            Choice(VERIFY, "Verify it: log a test run and read it back"),
            Choice(CHANGE, "Choose another method"),
            Choice(UNDO, "Undo this setup"),
        ),
        default=first.value,
    )
    return str(prompter.ask(Prompt(field)))


def undo(name: str | None, prompter: Prompter, events: Events, *, delete_data: bool = False) -> Outcome:
    """Undo the setup of a connection (None: the one in use), after asking."""
    from quickstart.steps import undo as undo_steps  # noqa: PLC0415 - start-up: the first question does not need it

    connection = undo_steps.name_to_undo(name)
    if connection is None:
        return Outcome("undo", UndoResult())
    events.on_undo(undo_steps.steps_of(connection), delete_data=delete_data)
    if not prompter.confirm("Undo this setup", default=True, flag="undo --yes"):
        return Outcome("undo", UndoResult(), exit_code=ExitCode.CANCELLED)
    undone = undo_steps.undo(connection, delete_data=delete_data, explain=one_line, progress=events.progress)
    if failed := [result.id for result in undone.results if result.status == "fail"]:
        error = explain(QuickstartError("undo-incomplete", failed=", ".join(failed), name=connection))
        return Outcome("undo", undone, error, ExitCode.FAILED)
    return Outcome("undo", undone)
