"""Many clients at once, each doing the foo/bar round trip over a connection of its own."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import requests

from tests.benchmarks import rest

DEADLINE = 150.0  # seconds for the whole crowd; a client that is not through by then has failed


@dataclass(frozen=True)
class Crowd:
    """How a crowd fared.

    Args:
        clients: how many there were.
        seconds: until the last of them was through, or had failed.
        failures: how many failed, by what they saw first.
    """

    clients: int
    seconds: float
    failures: Mapping[str, int]

    @property
    def succeeded(self) -> int:
        """How many logged foo and bar and read them back."""
        return self.clients - sum(self.failures.values())

    def __str__(self) -> str:
        seen = ", ".join(f"{count} x {kind}" for kind, count in sorted(self.failures.items()))
        return f"{self.succeeded} of {self.clients} in {self.seconds:.1f} s{f' ({seen})' if seen else ''}"


def rush(uri: str, clients: int) -> Crowd:
    """Let that many clients start at the same moment, and wait until the last is through."""
    failures: list[str] = []
    begun = 0.0

    def starts() -> None:
        nonlocal begun
        begun = time.perf_counter()

    barrier = threading.Barrier(clients, action=starts)

    def left() -> float:
        # No call may outlast the crowd's deadline; a timeout of 0 is an error of its own in requests.
        return max(0.1, min(rest.TIMEOUT, begun + DEADLINE - time.perf_counter()))

    def client() -> None:
        with rest.session() as conversation:
            barrier.wait()
            try:
                rest.round_trip(conversation, uri, left)
            except Exception as error:
                failures.append(_kind(error))

    # Daemons, so that Ctrl-C need not wait for the slowest of them.
    threads = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Crowd(clients, time.perf_counter() - begun, Counter(failures))


def _kind(error: Exception) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    return type(error).__name__
