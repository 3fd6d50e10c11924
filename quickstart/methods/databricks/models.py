"""A login to a workspace that works, as it goes from the login to the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from quickstart.secret import Secret


@dataclass(frozen=True)
class LoginResult:
    """A login that works, in memory.

    Args:
        host: the workspace.
        me: the user name, or a service principal's id, there.
        way: how; "profile" is one that was there already, "notebook" that of a Databricks notebook.
        connection: what the connection to it is called.
        profile: name of the profile in the file.
        values: what the profile holds beside the secret; {} where it is there already.
        secret_key: which key of the profile the secret is.
        secret: the token or client secret.
        tokens: what OAuth gave, for the SDK's own cache.
        tokens_file: where the SDK keeps them.
        folder: where experiments go.
        session: whether nothing is to be saved: it ends with this process.
    """

    host: str
    me: str
    way: Literal["token", "machine", "browser", "profile", "notebook"]
    connection: str
    profile: str
    values: Mapping[str, str] = field(default_factory=dict)
    secret_key: str = ""
    secret: Secret | None = None
    tokens: Secret | None = None
    tokens_file: str = ""
    folder: str = ""
    session: bool = False
