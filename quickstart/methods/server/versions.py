"""What an MLflow client misses at an older server, and which client fits it."""

from __future__ import annotations

import re

# (major, minor) of the server from which on it works: what a client of that version, or a later one, calls.
# Source: MLflow's release notes of 2.3, 2.14 and 3.0, and the paths of mlflow.protos.service_pb2; row 29 of 3.0.
SINCE: tuple[tuple[tuple[int, int], str], ...] = (
    ((2, 3), "aliases of registered models"),
    ((2, 14), "traces"),
    ((3, 0), "log_model(), which calls logged-models"),
)


def release(version: str) -> tuple[int, int] | None:
    """Return (major, minor) of a version, or None where it is none."""
    found = re.match(r"([0-9]{1,4})\.([0-9]{1,4})", version)
    return (int(found[1]), int(found[2])) if found else None


def missing_features(client: str, server: str) -> tuple[str, ...]:
    """Return what will not work from a client at a server, in words; () where both go together.

    Args:
        client: the version of MLflow in the runtime.
        server: the version that the server tells; "" where it does not.
    """
    own, theirs = release(client), release(server)
    if own is None or theirs is None:
        return ()
    return tuple(words for since, words in SINCE if theirs < since <= own)


def matching_client(server: str) -> tuple[str, ...]:
    """Return what to install for a light client of a server's version; without a version, any."""
    theirs = release(server)
    if theirs is None:
        return ("mlflow-skinny",)
    # The newest of that minor version: the index may lack the very one.
    client = f"mlflow-skinny~={theirs[0]}.{theirs[1]}.0"
    # Before 3 it imports pkg_resources, which newer setuptools and new environments lack.
    return (client, "setuptools<81") if theirs < (3, 0) else (client,)
