"""A login to a workspace that works, as it goes from the login to the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from quickstart.methods.azureml.place import Workspace
from quickstart.secret import Secret

PLACEHOLDER = Workspace("<region>.api.azureml.ms", "<subscription>", "<resource-group>", "<workspace>")


@dataclass(frozen=True)
class LoginResult:
    """A login that works, in memory.

    Args:
        workspace: where.
        me: who we are there, as the token says.
        way: one of ways.WAYS.
        packages: "here", "own" (an environment of its own) or "leave".
        settings: what the connection sets beside the tracking URI; never a secret.
        secret: of the service principal.
    """

    workspace: Workspace
    me: str
    way: str
    packages: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secret: Secret | None = None
