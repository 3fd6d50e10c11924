"""A stock `mlflow server --app-name basic-auth` with TLS and a user for each participant, and the room that comes."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.tracking.rest import Rest
from quickstart.workshop.participant.connection import WorkshopConnection, pin
from quickstart.workshop.participant.join_code import Invitation
from quickstart.workshop.participant.seats import verify_seat
from tests.benchmarks import sides
from tests.benchmarks.crowd import DEADLINE, Crowd
from tests.conftest import PATIENCE

ADMIN = ("admin", "a-long-enough-password")
HANDS = 8  # that make users side by side


@dataclass(frozen=True)
class StockClass:
    """A stock server that is ready for a room.

    Args:
        invitation: its address, and the fingerprint of its certificate.
        users: name and password of each participant, who has an experiment of that name.
        seconds: from the start of its command until it was healthy.
    """

    invitation: Invitation
    users: Sequence[tuple[str, str]]
    seconds: float


@contextlib.contextmanager
def stock_class(folder: Path, invitation: Invitation, files: tuple[str, str], users: int) -> Iterator[StockClass]:
    """Run a stock server with a login, in a new folder.

    Args:
        folder: new; gone afterwards.
        invitation: a free port of this machine, and the fingerprint of the certificate.
        files: the certificate and its key.
        users: how many participants there are.
    """
    with sides.fresh(folder) as home, contextlib.ExitStack() as cleanup:
        certificate, key = files
        log = cleanup.enter_context((folder / "server.log").open("wb"))
        begun = time.perf_counter()
        process = subprocess.Popen(
            [
                *(sides.console_script("mlflow"), "server", "--app-name", "basic-auth"),
                *("--host", "127.0.0.1", "--port", str(invitation.port)),
                *("--uvicorn-opts", f"--ssl-certfile {certificate} --ssl-keyfile {key}"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=home.cwd,
            env={
                **home.environment,
                "MLFLOW_FLASK_SERVER_SECRET_KEY": os.urandom(16).hex(),
                "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN[1],
            },
            start_new_session=True,
        )
        cleanup.callback(sides.end_tree, process, home)
        _wait_until_healthy(invitation, process, folder / "server.log")
        seconds = time.perf_counter() - begun
        names = [(f"seat-{number:03}", os.urandom(16).hex()) for number in range(1, users + 1)]
        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(lambda user: _make(invitation, *user), names))
        yield StockClass(invitation, names, seconds)


def _wait_until_healthy(invitation: Invitation, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(QuickstartError), _wire(invitation) as wire:
            if wire.request("GET", "/health").status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the stock server did not become healthy:\n{log.read_text(errors='replace')[-3000:]}")


@contextlib.contextmanager
def _wire(invitation: Invitation, *login: str) -> Iterator[WorkshopConnection]:
    pinned, first = pin(invitation)
    with WorkshopConnection(pinned, first, read_timeout=DEADLINE) as wire:
        if login:
            pair = base64.b64encode(":".join(login).encode()).decode()
            wire.authorize({"Authorization": f"Basic {pair}"})
        yield wire


def _make(invitation: Invitation, name: str, password: str) -> None:
    """Make a user, and the experiment that is theirs since they made it."""
    with _wire(invitation, *ADMIN) as wire:
        Rest(wire).call("POST", "users/create", username=name, password=password)
    with _wire(invitation, name, password) as wire:
        Rest(wire).call("POST", "experiments/create", name=name)


def attend(stock: StockClass, user: tuple[str, str]) -> float:
    """Do what a participant does there, over a connection of their own, and return the seconds.

    They look up their experiment and do the proof of `quickstart join`: five calls, one less than joining ours is.

    Raises:
        RuntimeError: the proof failed.
        QuickstartError: a call failed.
    """
    begun = time.perf_counter()
    with _wire(stock.invitation, *user) as wire:
        found: Mapping[str, Any] = Rest(wire).call("GET", "experiments/get-by-name", experiment_name=user[0])
        own = {"id": str(found["experiment"]["experiment_id"]), "name": user[0]}
        if failed := verify_seat(wire, own).failed:
            raise RuntimeError(failed.code)
    return time.perf_counter() - begun


def room(stock: StockClass) -> Crowd:
    """Let all participants come in the same second, and wait until the last is through."""
    failures: list[str] = []
    begun = 0.0

    def starts() -> None:
        nonlocal begun
        begun = time.perf_counter()

    barrier = threading.Barrier(len(stock.users), action=starts)

    def participant(user: tuple[str, str]) -> None:
        barrier.wait()
        try:
            attend(stock, user)
        except Exception as error:
            failures.append(getattr(error, "code", "") or str(error) or type(error).__name__)

    threads = [threading.Thread(target=participant, args=(user,), daemon=True) for user in stock.users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * DEADLINE)
    return Crowd(len(stock.users), time.perf_counter() - begun, Counter(failures))
