"""Whoever visits the stand-in in its own tests: the real SDK, a browser, and somebody with a bare HTTP client."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.oauth import Consent, OAuthClient, OidcEndpoints, get_endpoints_from_url, get_host_metadata

from tests.standins.databricks.state import CLI, Workspace

NO_MLFLOW = "http://127.0.0.1:9"  # for tests in which nobody gets that far
ME = "/api/2.0/preview/scim/v2/Me"
REDIRECT = "http://localhost:8020"


def live_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the SDK, which reads the environment and the home folder, away from the developer's."""
    for name in [name for name in os.environ if name.startswith(("DATABRICKS_", "MLFLOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))


def sdk(place: Workspace, **credentials: Any) -> WorkspaceClient:
    """Return the real SDK, with patience for seconds instead of minutes."""
    return WorkspaceClient(
        config=Config(host=place.url, http_timeout_seconds=5, retry_timeout_seconds=5, **credentials)
    )


def get(place: Workspace, path: str, *, token: str | None = None, timeout: float = 5) -> requests.Response:
    """Ask for a path, and follow no redirect."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.get(place.url + path, headers=headers, allow_redirects=False, timeout=timeout)


def begin_to_sign_in(place: Workspace) -> tuple[OidcEndpoints, Consent]:
    """Do the SDK's part of signing in, up to the browser."""
    metadata = get_host_metadata(place.url)
    endpoints = get_endpoints_from_url(f"{metadata.oidc_endpoint}/.well-known/oauth-authorization-server")
    return endpoints, OAuthClient(endpoints, REDIRECT, CLI).initiate_consent()


def browse(consent: Consent) -> dict[str, str]:
    """Open the authorization address as a browser does, and return what comes back to the redirect address."""
    answer = requests.get(consent.authorization_url, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    location = answer.headers["Location"]
    assert location.startswith(f"{REDIRECT}?")
    return dict(parse_qsl(urlsplit(location).query))
