"""Being set up already: keep it, verify it, change it, or take it back."""

from __future__ import annotations

from dataclasses import replace

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events
from quickstart.explain import explain, one_line
from quickstart.models import ConnectionStatus, Outcome, to_json
from quickstart.prompts.base import DefaultPrompter, Option, Prompt, Prompter
from quickstart.state.connections import Connections
from quickstart.wizard import flow
from quickstart.wizard.flow import SetupOptions

KEEP, START, VERIFY, CHANGE, UNDO = "keep", "start", "verify", "change", "undo"


def start(wish: SetupOptions, prompter: Prompter, events: Events) -> Outcome:
    """Walk the road; on a machine that is set up, a person is first asked what they came for.

    Args:
        wish: what was said beforehand.
        prompter: who asks.
        events: shown what happens.
    """
    try:
        connection = Connections().in_use()
        if connection is None or not prompter.interactive or not wish.silent or wish.dry_run:
            return flow.set_up(wish, prompter, events)
        from quickstart.steps.servers import connection_status

        there = connection_status(connection)
        events.on_connection(there)
        came_for = _choose_action(there, prompter)
        if came_for == KEEP:
            from quickstart.system.machine import detect

            return Outcome("quickstart", {"detected": to_json(detect()), "connection": to_json(connection)})
        if came_for == VERIFY:
            from quickstart.wizard.verify import verify_tracking

            return verify_tracking(None, None, wish.python, with_client=False, progress=events.progress)
        if came_for == UNDO:
            return undo(connection.name, prompter, events)
        if came_for == START:
            return flow.set_up(replace(wish, method=connection.method), DefaultPrompter(), events)
        return flow.set_up(wish, prompter, events)
    except QuickstartError as fault:
        return Outcome("quickstart", {}, explain(fault), fault.exit_code)
    except KeyboardInterrupt:
        return Outcome("quickstart", {}, exit_code=ExitCode.CANCELLED)


def _choose_action(there: ConnectionStatus, prompter: Prompter) -> str:
    first = Option(START, "Start it again") if there.running is False else Option(KEEP, "Keep it")
    prompt = Prompt(
        text="What would you like to do?",
        options=(
            first,
            Option(VERIFY, "Verify it: log foo and bar, read them back"),
            Option(CHANGE, "Change the method"),
            Option(UNDO, "Undo: take back what set-up did"),
        ),
        default=first.value,
        name="Now",
    )
    return str(prompter.select(prompt))


def undo(name: str | None, prompter: Prompter, events: Events, *, delete_data: bool = False) -> Outcome:
    """Take back what set-up did for a connection, after asking.

    Args:
        name: of the connection; None for the one in use.
        prompter: who asks.
        events: shown what would be taken back.
        delete_data: whether recorded runs go too.
    """
    from quickstart.steps import undo as undoing

    connection = undoing.name_to_undo(name)
    if connection is None:
        return Outcome("undo", {"undone": [], "kept": []})
    events.on_undo(undoing.steps_of(connection), delete_data=delete_data)
    if not prompter.confirm("Take it back", default=True, flag="undo --yes"):
        return Outcome("undo", {"undone": [], "kept": []}, exit_code=ExitCode.CANCELLED)
    done = undoing.undo(connection, delete_data=delete_data, explain=one_line, progress=events.progress)
    data = {"undone": [to_json(result) for result in done.results], "kept": list(done.kept)}
    if failed := [result.id for result in done.results if result.status == "fail"]:
        error = explain(QuickstartError("undo-incomplete", failed=", ".join(failed), name=connection))
        return Outcome("undo", data, error, ExitCode.FAILED)
    return Outcome("undo", data)
