"""What the machine knows of a workspace already: this shell's variables, and the az CLI's list, asked for once."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace

from quickstart.errors import QuickstartError
from quickstart.methods.azureml import az
from quickstart.methods.azureml.az import Listed
from quickstart.methods.base import LoginUI
from quickstart.prompts.fields import Field, Given
from quickstart.secret import Secret


class Known:
    """What can be found out without asking a person.

    Args:
        scene: is told what is looked for, and what did not work.
    """

    def __init__(self, scene: LoginUI) -> None:
        self._scene = scene
        self._listed: dict[str, tuple[Listed, ...]] = {}
        self._taken: set[str] = set()  # what was refused is not taken again

    def filled(self, need: Field) -> Field:
        """Return a need with what this shell's variable has for it, once."""
        value = os.environ.get(need.variable, "").strip() if need.variable else ""
        if not value or need.variable in self._taken or (need.key == "tracking_uri" and not _ours(value)):
            return need
        self._taken.add(need.variable)
        shown = f" ({Secret(value).masked})" if need.secret else ""
        return replace(need, known=value, known_from=f"{need.variable} in this shell{shown}")

    def workspaces(self, subscription: str = "") -> tuple[Listed, ...]:
        """Return what az lists in a subscription, by default that of its login; () where it cannot."""
        if subscription not in self._listed:
            self._listed[subscription] = self._looked_up(subscription)
        return self._listed[subscription]

    def _looked_up(self, subscription: str) -> tuple[Listed, ...]:
        if az.program() is None:
            return ()
        self._scene.progress("asking the az CLI for workspaces")
        try:
            return az.workspaces(subscription or None)
        except QuickstartError as fault:
            words = {
                "azure-not-logged-in": "nobody is logged in; az login would let it",
                "azure-login-expired": "its login has expired; az login renews it",
                "azure-cli-silent": f"it did not answer within {az.SECONDS:g} s",
            }
            said = words.get(fault.code) or str(fault.facts.get("detail", ""))[:120]
            self._scene.tell("warn", f"The az CLI could not list workspaces: {said}")
            return ()

    def cloud(self) -> str | None:
        """Return the cloud that az is logged in to, None where it cannot be told."""
        with suppress(QuickstartError):
            return az.account().cloud or None
        return None

    def region(self, given: Given) -> str:
        """Return the region that az has for a workspace, "" where it does not know it."""
        wanted = tuple(str(given[key]).lower() for key in ("subscription", "group", "workspace"))
        return next(
            (
                one.region
                for one in self.workspaces(given["subscription"])
                if (one.subscription.lower(), one.group.lower(), one.name.lower()) == wanted
            ),
            "",
        )


def _ours(uri: str) -> bool:
    return uri.startswith("azureml:")
