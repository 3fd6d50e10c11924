"""The steps that were done, with their inverses, written before each step; undo replays it, also after a kill -9."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.models import Plan, Status, Step, StepResult
from quickstart.state import files
from quickstart.system import signals

Result = tuple[Status, str]
Parameters = Mapping[str, Any]
Handler = Callable[[Parameters, Progress], Result]


@dataclass(frozen=True)
class Entry:
    """A step that was begun and not undone, how often it was begun, and whether it ever ended."""

    step: Step
    begun: int = 1
    ended: bool = False


class Journal:
    """The journal of one connection: a file of JSON lines, each flushed to disk before the step that it announces.

    A line is {"event": "begin", "step": {...}}, {"event": "end", "id", "status"} or {"event": "undone", "id"}.
    """

    def __init__(self, name: str) -> None:
        self.name = files.validate_name(name)
        self.path = files.state_folder() / "journal" / f"{name}.jsonl"

    def run(self, plan: Plan, handlers: Mapping[str, Handler], progress: Progress) -> Iterator[StepResult]:
        """Run a plan's steps in order, each noted on disk first; if a handler raises, its step is noted as begun."""
        for step in plan.steps:
            signals.raise_if_stopped()
            self._write(event="begin", step=vars(step))
            begun = time.monotonic()
            status, detail = _act(handlers[step.kind], step.parameters, progress)
            self._write(event="end", id=step.id, status=status)
            yield StepResult(step.id, status, detail, time.monotonic() - begun)

    def adopt(self, steps: Iterable[Step]) -> None:
        """Note steps that were done earlier as begun, for an undo whose journal was lost."""
        for step in steps:
            self._write(event="begin", step=vars(step))

    def entries(self) -> list[Entry]:
        """Return the steps that are not undone, oldest first.

        A step that ran twice keeps its first inverse, which restores the state before quickstart.
        A step that found its work done is not undone, unless an earlier attempt may have been killed in it.

        Raises:
            QuickstartError: "state-damaged" if the file is not a journal.
        """
        try:
            return self._entries()
        except (KeyError, TypeError) as error:
            detail = f"{type(error).__name__}: {error}"
            raise QuickstartError("state-damaged", path=str(self.path), detail=detail) from error

    def _entries(self) -> list[Entry]:
        open_steps: dict[str, Entry] = {}
        for line in self._lines():
            key = line["step"]["id"] if line["event"] == "begin" else line["id"]
            entry = open_steps.get(key)
            if line["event"] == "begin":
                again = replace(entry, begun=entry.begun + 1) if entry else Entry(Step(**line["step"]))
                open_steps[key] = again
            elif entry and line["event"] == "end" and line["status"] == "skip" and entry == Entry(entry.step):
                del open_steps[key]
            elif entry and line["event"] == "end":
                open_steps[key] = replace(entry, ended=True)
            elif entry:
                del open_steps[key]
        return list(open_steps.values())

    def undo(
        self,
        handlers: Mapping[str, Handler],
        progress: Progress,
        options: Parameters,
        explain: Callable[[QuickstartError], str],
    ) -> Iterator[StepResult]:
        """Undo every open step, newest first; an inverse must accept that its step never happened.

        A step that fails stays open and does not stop the others.

        Args:
            options: added to the parameters of every inverse.
            explain: returns the words of an error.
        """
        waiting = [entry.step for entry in reversed(self.entries())]
        done: dict[str, Result] = {}
        while waiting:
            postponed: list[tuple[Step, QuickstartError]] = []
            for step in waiting:
                try:
                    if step.id not in done:
                        done[step.id] = _undo_step(step, handlers, progress, options)
                    self._write(event="undone", id=step.id)
                except QuickstartError as error:
                    if _needs_space(error):
                        postponed.append((step, error))
                    else:
                        yield StepResult(step.id, "fail", explain(error))
                    continue
                yield StepResult(step.id, *done[step.id])
            # On a full disk nothing can be written here before the runs are deleted.
            if len(postponed) == len(waiting):
                yield from (StepResult(step.id, "fail", explain(error)) for step, error in postponed)
                break
            waiting = [step for step, _ in postponed]
        if not self.entries():
            self.path.unlink(missing_ok=True)

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            written = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except PermissionError as error:
            raise files.unreadable(self.path) from error
        for line in written.splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                # A kill truncated the line, so the step did not run.
                continue

    def _write(self, **line: Any) -> None:
        files.private_folder(self.path.parent)
        line["at"] = datetime.now(UTC).isoformat(timespec="seconds")
        text = json.dumps(line) + "\n"
        with (
            files.wrap_write_errors(self.path),
            open(self.path, "a", encoding="utf-8", opener=files.private_opener) as file,
        ):
            # A truncated last line is ended first, or it would swallow this one.
            torn = os.fstat(file.fileno()).st_size and not self.path.read_bytes().endswith(b"\n")
            file.write(("\n" if torn else "") + text)
            file.flush()
            os.fsync(file.fileno())


def _needs_space(error: QuickstartError) -> bool:
    full = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))
    return error.code == "unwritable" and str(error.facts["detail"]) in full


def _undo_step(step: Step, handlers: Mapping[str, Handler], progress: Progress, options: Parameters) -> Result:
    if step.inverse is None:
        return "skip", f"{step.does}: {step.undo}"
    return _act(handlers[step.inverse["kind"]], {**step.inverse["parameters"], **options}, progress)


def _act(handler: Handler, parameters: Parameters, progress: Progress) -> Result:
    try:
        return handler(parameters, progress)
    except OSError as error:
        detail = error.strerror or str(error)
        raise QuickstartError("unwritable", path=str(error.filename or "a file"), detail=detail) from error


def journal_names() -> list[str]:
    """The connections that have steps to undo."""
    return files.list_names(files.state_folder() / "journal", ".jsonl")
