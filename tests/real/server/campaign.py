"""Kill, restart, back up and restore by chance under a seed, while clients log; after each round nothing is missing."""

from __future__ import annotations

import http.client
import json
import random
import shutil
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.conftest import Home, ours
from tests.real.helpers import begin, port_of, record_of, server_of, whole_tree

ARTIFACT_EVERY = 4  # runs
SOON = 60.0  # seconds until a client must have got through again
Answer = dict[str, dict[str, dict[str, str]]]


@dataclass
class Client:
    """Somebody who logs run after run, and notes what the server acknowledged.

    Args:
        port: of the server.
        number: of the client; it is the metrics' value.
        pause: seconds between two runs, so that a machine of two cores gets to restart the server, too.
    """

    port: int
    number: int
    pause: float
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        """Log until told to stop; whatever fails is tried again with a new run, as a person would."""
        while not self.stopped.is_set():
            with suppress(OSError, http.client.HTTPException, KeyError, ValueError, AssertionError):
                self._one_run()
            self.stopped.wait(self.pause)

    def _one_run(self) -> None:
        caller = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            made = self._call(caller, "runs/create", experiment_id="0", start_time=1)
            run_id = made["run"]["info"]["run_id"]
            self.acknowledged[run_id] = set()
            for key in ("foo", "bar"):
                self._call(caller, "runs/log-metric", run_id=run_id, key=key, value=self.number, timestamp=1)
                self.acknowledged[run_id].add(key)
            if len(self.acknowledged) % ARTIFACT_EVERY == 1:
                path = f"/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/note.txt"
                caller.request("PUT", path, run_id.encode())
                if (answer := caller.getresponse()).status == 200 and answer.read() is not None:
                    self.acknowledged[run_id].add("note.txt")
        finally:
            caller.close()

    @staticmethod
    def _call(
        caller: http.client.HTTPConnection, endpoint: str, **fields: object
    ) -> dict[str, dict[str, dict[str, str]]]:
        caller.request("POST", f"/api/2.0/mlflow/{endpoint}", json.dumps(fields), {"Content-Type": "application/json"})
        answer = caller.getresponse()
        body = answer.read()
        assert answer.status == 200
        found: Answer = json.loads(body)
        return found


class Campaign:
    """A server under attack.

    Args:
        home: in which all of it happens.
        port: of the server.
        seed: of all that is left to chance.
        clients: how many log meanwhile.
        pause: seconds between two runs of each.
    """

    def __init__(self, home: Home, port: int, seed: int, clients: int, pause: float) -> None:
        self.home, self.chance = home, random.Random(seed)
        self.clients = [Client(port, number, pause) for number in range(clients)]
        self.store = home.quickstart_home / "data" / "local"
        self.done: Counter[str] = Counter()
        home.run("server", "start", "--port", str(port))
        self.threads = [threading.Thread(target=client.work, daemon=True) for client in self.clients]
        for thread in self.threads:
            thread.start()

    ROUNDS: tuple[tuple[str, int], ...] = (
        ("kill_root", 3),
        ("kill_starting_server", 1),
        ("kill_starter", 1),
        ("kill_both", 1),
        ("lose_record", 1),
        ("restart", 1),
        ("wizard", 1),
        ("backup_and_restore", 4),
        ("kill_backup", 5),
        ("kill_restore", 5),
    )

    def play(self, rounds: int) -> None:
        """Play so many rounds, each checked."""
        names = [name for name, weight in self.ROUNDS for _ in range(weight)]
        # Every kind comes first once, in a short campaign too.
        order = [name for name, _ in self.ROUNDS]
        self.chance.shuffle(order)
        order += [self.chance.choice(names) for _ in range(rounds - len(order))]
        for number, name in enumerate(order[:rounds]):
            try:
                getattr(self, f"_{name}")()
                self.check()
            except BaseException as error:
                error.add_note(f"round {number} of {rounds}: {name}; before it {dict(self.done)}")
                raise
            self.done[name] += 1

    def end(self) -> None:
        """Stop the clients, and check once more what they were told."""
        for client in self.clients:
            client.stopped.set()
        for thread in self.threads:
            thread.join(30)
        self.check()

    @property
    def acknowledged(self) -> dict[str, set[str]]:
        """What all clients were told is stored."""
        return {run: set(what) for client in self.clients for run, what in list(client.acknowledged.items())}

    def check(self) -> None:
        """One server and no other process of ours is there, it serves, and holds all that was acknowledged."""
        server = server_of(self.home)
        assert server["running"]
        assert {one.pid for one in ours(self.home.path)} == {one.pid for one in whole_tree(server["pid"])}
        before = len(self.acknowledged)
        deadline = time.monotonic() + SOON
        while len(self.acknowledged) == before and not self.clients[0].stopped.is_set():
            assert time.monotonic() < deadline, "no client gets through"
            time.sleep(0.02)
        missing = lost(self.acknowledged, self.store)
        assert not missing, f"{len(missing)} of what was acknowledged is gone: {missing[:5]}"

    # The rounds.

    def _kill_root(self) -> None:
        psutil.Process(server_of(self.home)["pid"]).kill()
        self.home.run("server", "start")

    def _lose_record(self) -> None:
        port = port_of(server_of(self.home)["url"])
        record_of(self.home).unlink()
        self.home.run("server", "start", "--port", str(port))

    def _restart(self) -> None:
        self.home.run("server", "restart")

    def _wizard(self) -> None:
        psutil.Process(server_of(self.home)["pid"]).kill()
        assert self.home.json("--yes")["data"]["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}

    def _begin_start(self) -> subprocess.Popen[str]:
        self.home.run("server", "stop")
        starter = begin(self.home, "server", "start")
        time.sleep(self.chance.uniform(0.05, 3.0))
        return starter

    def _kill_starter(self) -> None:
        starter = self._begin_start()
        killed(starter)
        self.home.run("server", "start")

    def _kill_starting_server(self) -> None:
        starter = self._begin_start()
        self._kill_recorded()
        starter.communicate(timeout=60)
        self.home.run("server", "start")

    def _kill_both(self) -> None:
        starter = self._begin_start()
        killed(starter)
        self._kill_recorded()
        self.home.run("server", "start")

    def _kill_recorded(self) -> None:
        pid = json.loads(record_of(self.home).read_text(encoding="utf-8"))["pid"]
        with suppress(psutil.NoSuchProcess):
            if pid:
                psutil.Process(pid).kill()

    def _backup_and_restore(self) -> None:
        before = self.acknowledged
        told = self.home.json("server", "backup", "whole.tar.gz")
        assert told["data"]["runs"] >= len(before)
        store = self._restored_store()
        self.home.run("server", "restore", "whole.tar.gz", "--name", "restored", "--store", str(store))
        missing = lost(before, store)
        assert not missing, f"not in the backup: {missing[:5]}"
        self._forget(store, "whole.tar.gz")

    def _kill_backup(self) -> None:
        archive = self.home.cwd / "killed.tar.gz"
        writer = begin(self.home, "server", "backup", str(archive))
        time.sleep(self.chance.uniform(0.1, 1.2))
        killed(writer)
        if archive.exists():  # then it is whole
            store = self._restored_store()
            self.home.run("server", "restore", str(archive), "--name", "restored", "--store", str(store))
            self._forget(store, archive.name)
        self.home.run("server", "backup", "next.tar.gz")
        assert left(self.home.cwd) == {"next.tar.gz"}
        (self.home.cwd / "next.tar.gz").unlink()

    def _kill_restore(self) -> None:
        before = self.acknowledged
        self.home.run("server", "backup", "whole.tar.gz")
        store = self._restored_store()
        command = ("server", "restore", "whole.tar.gz", "--name", "restored", "--store", str(store))
        writer = begin(self.home, *command)
        time.sleep(self.chance.uniform(0.2, 1.2))
        killed(writer)
        if not (store / "mlflow.db").exists():
            assert not left(store), "half a store"
            self.home.run(*command)
        assert not lost(before, store)
        assert left(store.parent) == {store.name}
        self._forget(store, "whole.tar.gz")

    def _restored_store(self) -> Path:
        return self.home.path / "stores" / "restored"

    def _forget(self, store: Path, archive: str) -> None:
        self.home.run("undo", "restored", "--yes", "--delete-data")
        shutil.rmtree(store, ignore_errors=True)
        (self.home.cwd / archive).unlink(missing_ok=True)


def killed(process: subprocess.Popen[str]) -> None:
    """Kill a command as kill -9 does, and wait until it is gone."""
    process.kill()
    process.communicate(timeout=60)


def left(folder: Path) -> set[str]:
    """Return what is in a folder, if it is there."""
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def lost(acknowledged: dict[str, set[str]], store: Path) -> list[str]:
    """Return what was acknowledged and is not in a store."""
    with closing(sqlite3.connect(f"file:{store / 'mlflow.db'}?mode=ro", uri=True, timeout=30)) as database:
        runs = {run for (run,) in database.execute("SELECT run_uuid FROM runs")}
        metrics = set(database.execute("SELECT run_uuid, key FROM metrics"))
    missing = [run for run in acknowledged if run not in runs]
    for run, what in acknowledged.items():
        for key in what - {"note.txt"}:
            if (run, key) not in metrics:
                missing.append(f"{run}: {key}")
        if "note.txt" in what:
            note = store / "artifacts" / "0" / run / "artifacts" / "note.txt"
            if not note.exists() or note.read_text(encoding="utf-8") != run:
                missing.append(f"{run}: note.txt")
    return missing
