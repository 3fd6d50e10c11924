"""Make seats where MLflow keeps its things: a user, an experiment of their own, and what they may do.

Straight through MLflow's stores, in the background: over HTTP, and with the slow password hash that nobody needs here,
200 seats would take minutes.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from typing import Any

from . import mlflow_patches
from .passwords import INSTRUCTOR
from .roster import Roster, Seat
from .settings import Settings

UNUSABLE = "!"  # no hash at all: nobody comes in through MLflow's own passwords
SHARED = {"read": "READ", "edit": "EDIT"}


class Provisioner:
    """Makes seats; every act can be repeated after a crash.

    Args:
        settings: what the class experiment is, and what seats may do in it.
        roster: where the seats are noted.
    """

    def __init__(self, settings: Settings, roster: Roster) -> None:
        from mlflow.server.auth import store
        from mlflow.server.handlers import _get_tracking_store

        self.users: Any = store
        self.runs: Any = _get_tracking_store()
        self.settings = settings
        self.roster = roster
        self.class_experiment: dict[str, str] | None = None

    def start(self) -> None:
        """See that the class experiment is there."""
        if name := self.settings.experiment:
            found = self.runs.get_experiment_by_name(name)
            if found is not None and found.lifecycle_stage != "active":
                self.runs.restore_experiment(found.experiment_id)
            identifier = found.experiment_id if found is not None else self.runs.create_experiment(name, None, [])
            self.class_experiment = {"id": str(identifier), "name": name}

    def make(self, seat: Seat) -> None:
        """Make a seat afresh: nothing of who held it before is left to whoever comes next."""
        user = self._user(seat.username)
        self._forget_grants(user)
        self._put_aside(seat.username)
        experiment = str(self.runs.create_experiment(seat.username, None, []))
        self.users.grant_user_permission(seat.username, "experiment", experiment, "MANAGE")
        self._share(seat)
        self.roster.made(seat, experiment)

    def fix(self, seat: Seat) -> None:
        """Give a seat its experiment back where its holder deleted or renamed it, and who comes again needs it."""
        found = self.runs.get_experiment(seat.experiment)
        if found.lifecycle_stage != "active":
            self.runs.restore_experiment(seat.experiment)
        if found.name != seat.username:
            self._put_aside(seat.username)
            self.runs.rename_experiment(seat.experiment, seat.username)

    def share(self) -> None:
        """Give all seats what they may do in the class experiment; it may differ from the last time."""
        for seat in list(self.roster.seats.values()):
            if seat.experiment:
                self._share(seat)

    def _share(self, seat: Seat) -> None:
        if not self.class_experiment:
            return
        identifier = self.class_experiment["id"]
        if permission := SHARED.get(self.settings.shared):
            self.users.grant_user_permission(seat.username, "experiment", identifier, permission)
        else:
            from mlflow.exceptions import MlflowException

            try:
                self.users.revoke_user_resource_permission(seat.username, "experiment", identifier)
            except MlflowException:  # there is none
                return

    def _user(self, username: str) -> int:
        from mlflow.server.auth.db.models import SqlUser

        with self.users.ManagedSessionMaker(read_only=False) as session:
            user = session.query(SqlUser).filter(SqlUser.username == username).one_or_none()
            if user is None:
                user = SqlUser(username=username, password_hash=UNUSABLE, is_admin=False)
                session.add(user)
                session.flush()
            return int(user.id)

    def _forget_grants(self, user: int) -> None:
        from mlflow.server.auth.db.models import SqlRolePermission, SqlUserRoleAssignment

        with self.users.ManagedSessionMaker(read_only=False) as session:
            roles = session.query(SqlUserRoleAssignment.role_id).filter(SqlUserRoleAssignment.user_id == user)
            ours = [row[0] for row in roles.all()]
            if ours:
                held = session.query(SqlRolePermission).filter(SqlRolePermission.role_id.in_(ours))
                held.delete(synchronize_session=False)

    def _put_aside(self, name: str) -> None:
        """Rename whatever has this name: of an earlier holder, of a crash halfway, or of somebody who was quick."""
        found = self.runs.get_experiment_by_name(name)
        if found is None:
            return
        stage = found.lifecycle_stage
        if stage != "active":  # only an active one can be renamed
            self.runs.restore_experiment(found.experiment_id)
        self.runs.rename_experiment(found.experiment_id, f"{name} (earlier {secrets.token_hex(3)})")
        if stage != "active":
            self.runs.delete_experiment(found.experiment_id)


def speed_up() -> None:
    """Spare MLflow's stores what costs a class time.

    MLflow asks for the user several times in each request; a seat's user never changes (a seventh of the time of 200
    participants). A write-ahead log needs one wait for the disk where a journal needs three.
    """
    from mlflow.server.auth import store

    ask, known = store.get_user, {}

    def get_user(username: str) -> Any:
        if username not in known:
            known[username] = ask(username)
        return known[username]

    store.get_user = get_user  # type: ignore[method-assign]
    for engine in _engines():
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def protect() -> None:
    """Make MLflow's stores fit for participants who mean no good."""
    from mlflow.server.handlers import _get_tracking_store

    mlflow_patches.keep_traces_apart(_get_tracking_store())
    for engine in _engines():
        mlflow_patches.bound_patterns(engine)


def remove_unfinished() -> None:
    """Leave each database in its one file: what is copied later has no log beside it."""
    for engine in _engines():
        path = engine.url.database
        engine.dispose()
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path, timeout=2)) as database:
            database.execute("PRAGMA journal_mode=DELETE")


def _engines() -> list[Any]:
    from mlflow.server.auth import store
    from mlflow.server.handlers import _get_tracking_store

    engines = [store.engine, getattr(_get_tracking_store(), "engine", None)]
    return [engine for engine in engines if engine is not None and engine.dialect.name == "sqlite"]


def instructor_only() -> None:
    """Give MLflow's admin a hash that no password has: the instructor comes in through ours. No seat is one.

    An archive that somebody else made may say otherwise.
    """
    from mlflow.server.auth import store
    from mlflow.server.auth.db.models import SqlUser

    with store.ManagedSessionMaker(read_only=False) as session:
        session.query(SqlUser).filter(SqlUser.username == INSTRUCTOR).update({SqlUser.password_hash: UNUSABLE})
        session.query(SqlUser).filter(SqlUser.username != INSTRUCTOR).update({SqlUser.is_admin: False})
