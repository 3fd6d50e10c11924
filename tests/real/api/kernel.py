"""A notebook without its page: a real kernel that runs cells, and whose prompts the test answers."""

from __future__ import annotations

import os
import queue
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from tests.conftest import Home

PATIENCE = 60.0  # seconds that a cell gets; a server is up after three, on a busy machine after ten
ENTER = ""
INTERRUPT = "the button that interrupts the kernel"
REMOTE = ("COLAB_RELEASE_TAG", "KAGGLE_KERNEL_RUN_TYPE", "DATABRICKS_RUNTIME_VERSION", "JUPYTERHUB_SERVICE_PREFIX")


class Pick(str):
    """An answer that names an option of the list by how its label begins; its number is typed."""


@dataclass
class Told:
    """What a cell gave.

    Args:
        text: what it wrote, stdout and stderr, in order.
        displays: what it displayed, by MIME type.
        prompts: what it asked.
        error: the name of the exception that ended it; "" where none did.
        traceback: what the page shows of that.
        status: "ok", "error", or "aborted" where it did not run at all.
    """

    text: str = ""
    displays: list[dict[str, Any]] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    error: str = ""
    traceback: str = ""
    status: str = ""

    @property
    def html(self) -> str:
        """What was displayed as HTML."""
        return "".join(display.get("text/html", "") for display in self.displays)


class Kernel:
    """A running kernel, and the page that talks to it.

    Args:
        manager: started it.
        client: connected to it.
    """

    def __init__(self, manager: Any, client: Any) -> None:
        self._manager = manager
        self._client = client

    def run(self, code: str, *answers: str, attended: bool = True) -> Told:
        """Run a cell to its end.

        Args:
            code: of the cell.
            answers: to its prompts, one each: text to type, ENTER, a Pick, or INTERRUPT. A prompt more fails the test.
            attended: whether somebody could answer; nbconvert and papermill say that nobody can.
        """
        return self.run_all([code], *answers, attended=attended)[0]

    def run_all(self, cells: Sequence[str], *answers: str, attended: bool = True) -> list[Told]:
        """Send several cells at once, as "Run All" does, and return what each gave."""
        sent = [self._client.execute(code, allow_stdin=attended, stop_on_error=True) for code in cells]
        left = list(answers)
        told = [self._follow(message, left) for message in sent]
        assert not left, f"never asked for: {left}\n{told[0].text}"
        return told

    def value(self, expression: str) -> Any:
        """Return the value of an expression in the kernel; it must be made of plain literals."""
        import ast

        told = self.run(f"print(repr({expression}))")
        assert told.status == "ok", told.traceback
        return ast.literal_eval(told.text)

    def _follow(self, message: str, answers: list[str]) -> Told:
        told, deadline = Told(), time.monotonic() + PATIENCE
        while not self._heard(message, told):
            self._answer(told, answers, deadline)
            if time.monotonic() > deadline:
                pytest.fail(f"the cell does not end:\n{told.text}\n{told.prompts}")
        while (reply := self._client.get_shell_msg(timeout=PATIENCE))["parent_header"]["msg_id"] != message:
            pass
        told.status = reply["content"]["status"]
        return told

    def _heard(self, message: str, told: Told) -> bool:
        """Take in one thing that the kernel tells of a cell; return whether it was the last."""
        try:
            news = self._client.get_iopub_msg(timeout=0.02)
        except queue.Empty:
            return False
        if news["parent_header"].get("msg_id") != message:
            return False
        content = news["content"]
        if news["msg_type"] == "stream":
            told.text += content["text"]
        elif news["msg_type"] in ("display_data", "execute_result"):
            told.displays.append(content["data"])
        elif news["msg_type"] == "error":
            told.error, told.traceback = content["ename"], "\n".join(content["traceback"])
        return bool(news["msg_type"] == "status" and content["execution_state"] == "idle")

    def _answer(self, told: Told, answers: list[str], deadline: float) -> None:
        """Answer a prompt, if there is one."""
        try:
            asked = self._client.get_stdin_msg(timeout=0.01)
        except queue.Empty:
            return
        told.prompts.append(asked["content"]["prompt"])
        if not answers:
            self._manager.interrupt_kernel()  # it would wait on, and with it every test that shares it
            pytest.fail(f"an answer too few, after {told.prompts}:\n{told.text}")
        answer = answers.pop(0)
        if answer == INTERRUPT:
            self._manager.interrupt_kernel()
            return
        if isinstance(answer, Pick):
            answer = self._number(asked["parent_header"]["msg_id"], answer, told, deadline)
        self._client.input(answer)

    def _number(self, message: str, label: str, told: Told, deadline: float) -> str:
        """Return the number before a label in the newest list; what is written may come after its prompt."""
        option = re.compile(rf"^  (\d+)\. {re.escape(label)}", re.MULTILINE)
        # All that a cell writes before its prompt is on the way by now: read until nothing more comes.
        length = -1
        while len(told.text) != length or not option.search(told.text):
            length = len(told.text)
            self._heard(message, told)
            if time.monotonic() > deadline:
                pytest.fail(f"no option {label!r}:\n{told.text}")
        return str(option.findall(told.text)[-1])


@contextmanager
def kernel_of(home: Home, **environment: str) -> Iterator[Kernel]:
    """Start a kernel on a person's machine, and end it with all that it holds.

    Args:
        home: whose machine it is; `!quickstart` is on its PATH.
        environment: further variables, such as those that tell a cloud notebook.
    """
    here = {key: value for key, value in home.environment.items() if key not in (*REMOTE, "KUBERNETES_SERVICE_HOST")}
    path = os.pathsep.join((str(Path(sys.executable).parent), here.get("PATH", "")))
    manager: Any = KernelManager(connection_file=str(home.path / f"kernel-{time.monotonic_ns()}.json"))
    manager.start_kernel(env={**here, "PATH": path, **environment}, cwd=str(home.cwd))
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
