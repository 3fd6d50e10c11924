"""Which profile a login is kept in: one of our own is written anew, nobody else's without their saying so."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from itertools import chain, count
from typing import Any

from quickstart.config_files.ini import fingerprint
from quickstart.errors import QuickstartError
from quickstart.methods.databricks import profiles
from quickstart.server import records
from quickstart.state.connections import Connections
from quickstart.state.journal import Journal

SAVE, REMOVE = "save-profile", "remove-profile"


def connection_name(method: str, profile: str | None) -> str:
    """Return the name of the connection that a profile makes: the method's own, unless the person named a profile.

    A name that belongs to a server, to another profile or to another file gets a number: undo goes by names.
    """
    slug = re.sub(r"[^a-z0-9_-]+", "-", (profile or "").lower()).strip("-_")[:36]
    base = slug if profile and slug and profile != "DEFAULT" else method
    numbered = (f"{base}-{number}" for number in count(2))
    return next(name for name in chain((base,), numbered) if _free_for(name, profile))


def _free_for(name: str, profile: str | None) -> bool:
    """Tell whether a connection's name is free, or that of the same login."""
    saved = Connections().all().get(name)
    if saved is None:
        steps = [entry.step for entry in Journal(name).entries()]
        written = {step.parameters["profile"] for step in steps if step.kind == SAVE}
        return records.load(name) is None and (profile is None or written <= {profile})
    file = str(profiles.config_file(os.environ))
    same_file = saved.env.get(profiles.FILE, file) == file
    return profiles.PROFILE in saved.env and same_file and profile in (None, saved.env[profiles.PROFILE])


def all_profiles() -> dict[str, dict[str, str]]:
    """Return the profiles in the file, none where it cannot be read: whoever writes to it finds that out."""
    try:
        return profiles.read(profiles.config_file(os.environ))
    except QuickstartError:
        return {}


def last_written(connection: str, profile: str) -> Mapping[str, Any] | None:
    """Return what would take back our last writing of a profile, or None where we wrote none."""
    path = str(profiles.config_file(os.environ))
    for entry in reversed(Journal(connection).entries()):
        given = entry.step.inverse["parameters"] if entry.step.inverse else {}
        if entry.step.kind == SAVE and given["profile"] == profile and given["path"] == path:
            return dict(given)
    return None


def is_ours(connection: str, profile: str) -> bool:
    """Tell whether a profile is as we wrote it."""
    written, now = last_written(connection, profile), all_profiles().get(profile)
    return bool(written and now and fingerprint(now, written["salt"]) == written["fingerprint"])


def is_foreign(method: str, profile: str) -> bool:
    """Tell whether a profile is there that somebody else wrote, or changed."""
    return profile in all_profiles() and not is_ours(connection_name(method, profile), profile)


def own_name(method: str) -> str:
    """Return the profile that is written where the person named none: the method's name, with a number if need be."""
    taken = all_profiles()
    number, name = 1, method
    while name in taken and not is_ours(method, name):
        number += 1
        name = f"{method}-{number}"
    return name
