"""Steps done, with their inverses, written before acting. Undo, also after a kill -9, is replaying it."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.models import Plan, Status, Step, StepResult
from quickstart.state import files, paths
from quickstart.system import signals

Handler = Callable[[Mapping[str, Any], Progress], tuple[Status, str]]


@dataclass(frozen=True)
class Entry:
    """A step that was begun and not yet taken back, how often it was begun, and whether it ever ended."""

    step: Step
    begun: int = 1
    ended: bool = False


class Journal:
    """The journal of one connection: a file of JSON lines, each flushed to disk before what it announces happens.

    A line is {"event": "begin", "step": {...}}, {"event": "end", "id", "status"} or {"event": "undone", "id"}.

    Args:
        name: the connection's name.
    """

    def __init__(self, name: str) -> None:
        self.name = paths.validate_name(name)
        self.path = paths.state_folder() / "journal" / f"{name}.jsonl"

    def run(self, plan: Plan, handlers: Mapping[str, Handler], progress: Progress) -> Iterator[StepResult]:
        """Run a plan's steps in order, each on disk before it acts.

        Args:
            plan: the steps.
            handlers: what runs each kind of step.
            progress: told what is at work.

        Yields:
            The result of each step as it ends.

        Raises:
            Fault: whatever a handler raises; the journal then knows that the step was begun.
        """
        for step in plan.steps:
            signals.raise_if_stopped()
            self._write(event="begin", step=_as_json(step))
            begun = time.monotonic()
            status, detail = _act(handlers[step.kind], step.parameters, progress)
            self._write(event="end", id=step.id, status=status)
            yield StepResult(step.id, status, detail, time.monotonic() - begun)

    def adopt(self, steps: Iterable[Step]) -> None:
        """Note steps as begun that were done before, for an undo whose journal was lost."""
        for step in steps:
            self._write(event="begin", step=_as_json(step))

    def entries(self) -> list[Entry]:
        """Return the steps not yet taken back, oldest first.

        A step run twice keeps its first inverse: that one leads back to where it was before quickstart came.
        A step that found its work done already is not ours to take back, unless an earlier one may have died at it.

        Raises:
            Fault: "state-damaged" where the file does not hold what we wrote.
        """
        try:
            return self._entries()
        except (KeyError, TypeError) as error:
            raise QuickstartError(
                "state-damaged", path=str(self.path), detail=f"{type(error).__name__}: {error}"
            ) from error

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
        options: Mapping[str, Any],
        explain: Callable[[QuickstartError], str],
    ) -> Iterator[StepResult]:
        """Take back every open step, newest first; inverses must bear being run on what never happened.

        Args:
            handlers: what runs each kind of inverse.
            progress: told what is at work.
            options: added to the parameters of every inverse.
            explain: says in words why one failed.

        Yields:
            The result for each step; one that fails is reported, stays open, and does not stop the others.
        """
        waiting = [entry.step for entry in reversed(self.entries())]
        done: dict[str, tuple[Status, str]] = {}
        while waiting:
            postponed: list[tuple[Step, QuickstartError]] = []
            for step in waiting:
                try:
                    if step.id not in done:
                        done[step.id] = _take_back(step, handlers, progress, options)
                    self._write(event="undone", id=step.id)
                except QuickstartError as fault:
                    if _wants_room(fault):
                        postponed.append((step, fault))
                    else:
                        yield StepResult(step.id, "fail", explain(fault))
                    continue
                yield StepResult(step.id, *done[step.id])
            # On a full disk nothing can be forgotten, nor noted here, before the runs are deleted.
            if len(postponed) == len(waiting):
                yield from (StepResult(step.id, "fail", explain(fault)) for step, fault in postponed)
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
                # A line is torn by a kill while it was written: what it announced did not happen.
                continue

    def _write(self, **line: Any) -> None:
        files.private_folder(self.path.parent)
        line["at"] = datetime.now(UTC).isoformat(timespec="seconds")
        text = json.dumps(line) + "\n"
        try:
            with _private_append(self.path) as descriptor:
                # A torn last line is ended first, or it would swallow this one.
                torn = os.fstat(descriptor.fileno()).st_size and not self.path.read_bytes().endswith(b"\n")
                descriptor.write(("\n" if torn else "") + text)
                descriptor.flush()
                os.fsync(descriptor.fileno())
        except OSError as error:
            raise QuickstartError("unwritable", path=str(self.path), detail=error.strerror or str(error)) from error


def _wants_room(fault: QuickstartError) -> bool:
    full = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))
    return fault.code == "unwritable" and str(fault.facts["detail"]) in full


def _take_back(
    step: Step, handlers: Mapping[str, Handler], progress: Progress, options: Mapping[str, Any]
) -> tuple[Status, str]:
    if step.inverse is None:
        return "skip", f"{step.does}: {step.undo}"
    return _act(handlers[step.inverse["kind"]], {**step.inverse["parameters"], **options}, progress)


def _act(handler: Handler, parameters: Mapping[str, Any], progress: Progress) -> tuple[Status, str]:
    """Run a handler; what the disk refuses becomes a coded fact."""
    try:
        return handler(parameters, progress)
    except OSError as error:
        detail = error.strerror or str(error)
        raise QuickstartError("unwritable", path=str(error.filename or "a file"), detail=detail) from error


def _private_append(path: Path) -> Any:
    return open(path, "a", encoding="utf-8", opener=files.private_opener)


def _as_json(step: Step) -> dict[str, Any]:
    return {name: getattr(step, name) for name in step.__dataclass_fields__}


def journal_names() -> list[str]:
    """Return the names of the connections that have something to take back."""
    return files.list_names(paths.state_folder() / "journal", ".jsonl")
