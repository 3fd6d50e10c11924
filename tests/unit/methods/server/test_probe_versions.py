"""What a client misses at an older server."""

from __future__ import annotations

import pytest

from quickstart.methods.server.probe import matching_client, missing_features

TABLE = [
    ("3.17.2", "3.17.2", 0),
    ("3.17.2", "3.0.0", 0),
    ("3.17.2", "2.22.1", 1),
    ("3.17.2", "2.9.2", 2),
    ("3.17.2", "2.2.1", 3),
    ("2.10.0", "2.9.2", 0),
    ("2.20.0", "2.9.2", 1),
    ("2.9.2", "3.17.2", 0),
    ("", "2.9.2", 0),
    ("3.17.2", "", 0),
    ("3.0.0rc1", "2.22.0", 1),
]


@pytest.mark.parametrize(("client", "server", "lost"), TABLE)
def test_what_is_missing_is_what_came_after_the_server(client: str, server: str, lost: int) -> None:
    assert len(missing_features(client, server)) == lost


@pytest.mark.parametrize(
    ("server", "requirement"),
    [
        ("2.9.2", ("mlflow-skinny~=2.9.0", "setuptools<81")),
        ("3.17.2", ("mlflow-skinny~=3.17.0",)),
        ("", ("mlflow-skinny",)),
        ("9" * 5000, ("mlflow-skinny",)),
    ],
)
def test_the_matching_client_is_the_newest_of_that_minor_version(server: str, requirement: tuple[str, ...]) -> None:
    assert matching_client(server) == requirement
