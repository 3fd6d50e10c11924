"""Seats in MLflow's stores: a user, an experiment and permissions for each; and what keeps one from harming the others.

They are made through the stores and in the background: over HTTP, and with MLflow's slow password hash, 200 seats would
take minutes.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import sqlite3
from collections.abc import Iterable
from typing import Any

from .passwords import INSTRUCTOR
from .roster import Roster, Seat
from .server import Settings

UNUSABLE = "!"  # not a hash: MLflow's own passwords let no user in
STEPS = 2_000_000  # of one comparison with a pattern; Python's re blocks the whole server meanwhile
MANY = 500  # ids in one query
REPEATED = re.compile(r"[*+?{]")
REPEATED_GROUP = re.compile(r"\)[*+?{]")
SHARED = {"read": "READ", "edit": "EDIT"}


class Provisioner:
    """Makes seats; every act can be repeated after a crash."""

    def __init__(self, settings: Settings, roster: Roster) -> None:
        self.auth, self.tracking = _stores()
        self.settings = settings
        self.roster = roster
        self.class_experiment: dict[str, str] | None = None

    def start(self) -> None:
        """Create the shared experiment, or restore it."""
        if name := self.settings.experiment:
            existing = self.tracking.get_experiment_by_name(name)
            if existing is not None and existing.lifecycle_stage != "active":
                self.tracking.restore_experiment(existing.experiment_id)
            identifier = (
                existing.experiment_id if existing is not None else self.tracking.create_experiment(name, None, [])
            )
            self.class_experiment = {"id": str(identifier), "name": name}

    def make(self, seat: Seat) -> None:
        """Make a seat from scratch: its next holder gets nothing of the previous one's."""
        user = self._user(seat.username)
        self._revoke_permissions(user)
        self._rename_existing(seat.username)
        experiment = str(self.tracking.create_experiment(seat.username, None, []))
        self.auth.grant_user_permission(seat.username, "experiment", experiment, "MANAGE")
        self._share(seat)
        self.roster.set_experiment(seat, experiment)

    def repair(self, seat: Seat) -> None:
        """Restore a seat's experiment if its holder deleted or renamed it."""
        experiment = self.tracking.get_experiment(seat.experiment)
        if experiment.lifecycle_stage != "active":
            self.tracking.restore_experiment(seat.experiment)
        if experiment.name != seat.username:
            self._rename_existing(seat.username)
            self.tracking.rename_experiment(seat.experiment, seat.username)

    def share(self) -> None:
        """Give all seats their permission for the shared experiment; it may differ from the last start."""
        for seat in list(self.roster.seats.values()):
            if seat.experiment:
                self._share(seat)

    def _share(self, seat: Seat) -> None:
        if not self.class_experiment:
            return
        identifier = self.class_experiment["id"]
        if permission := SHARED.get(self.settings.shared):
            self.auth.grant_user_permission(seat.username, "experiment", identifier, permission)
        else:
            from mlflow.exceptions import MlflowException

            try:
                self.auth.revoke_user_resource_permission(seat.username, "experiment", identifier)
            except MlflowException:  # it has none
                return

    def _user(self, username: str) -> int:
        from mlflow.server.auth.db.models import SqlUser

        with self.auth.ManagedSessionMaker(read_only=False) as session:
            user = session.query(SqlUser).filter(SqlUser.username == username).one_or_none()
            if user is None:
                user = SqlUser(username=username, password_hash=UNUSABLE, is_admin=False)
                session.add(user)
                session.flush()
            return int(user.id)

    def _revoke_permissions(self, user: int) -> None:
        from mlflow.server.auth.db.models import SqlRolePermission, SqlUserRoleAssignment

        with self.auth.ManagedSessionMaker(read_only=False) as session:
            roles = session.query(SqlUserRoleAssignment.role_id).filter(SqlUserRoleAssignment.user_id == user)
            role_ids = [row[0] for row in roles.all()]
            if role_ids:
                permissions = session.query(SqlRolePermission).filter(SqlRolePermission.role_id.in_(role_ids))
                permissions.delete(synchronize_session=False)

    def _rename_existing(self, name: str) -> None:
        """Rename the experiment that has this name: an earlier holder's, a crash's, or another seat's."""
        existing = self.tracking.get_experiment_by_name(name)
        if existing is None:
            return
        stage = existing.lifecycle_stage
        if stage != "active":  # only an active one can be renamed
            self.tracking.restore_experiment(existing.experiment_id)
        self.tracking.rename_experiment(existing.experiment_id, f"{name} (earlier {secrets.token_hex(3)})")
        if stage != "active":
            self.tracking.delete_experiment(existing.experiment_id)


def speed_up() -> None:
    """Make MLflow's stores faster.

    MLflow queries the user several times in each request; a seat's user never changes (a seventh of the time of 200
    participants). A write-ahead log waits for the disk once, a journal three times.
    """
    store, _ = _stores()
    query_user, cache = store.get_user, {}

    def get_user(username: str) -> Any:
        if username not in cache:
            cache[username] = query_user(username)
        return cache[username]

    store.get_user = get_user
    for engine in _engines():
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def protect() -> None:
    keep_traces_apart(_stores()[1])
    for engine in _engines():
        bound_patterns(engine)


def merge_logs() -> None:
    """Merge each database's write-ahead log into its one file, so that a copy of the file is complete."""
    for engine in _engines():
        path = engine.url.database
        engine.dispose()
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path, timeout=2)) as database:
            database.execute("PRAGMA journal_mode=DELETE")


def _stores() -> tuple[Any, Any]:
    """Return MLflow's stores of users and of runs."""
    from mlflow.server.auth import store
    from mlflow.server.handlers import _get_tracking_store

    return store, _get_tracking_store()


def _engines() -> list[Any]:
    engines = [getattr(store, "engine", None) for store in _stores()]
    return [engine for engine in engines if engine is not None and engine.dialect.name == "sqlite"]


def restrict_admin() -> None:
    """Disable the admin's password in MLflow, because ours applies, and see that no seat of an archive is an admin."""
    from mlflow.server.auth import store
    from mlflow.server.auth.db.models import SqlUser

    with store.ManagedSessionMaker(read_only=False) as session:
        session.query(SqlUser).filter(SqlUser.username == INSTRUCTOR).update({SqlUser.password_hash: UNUSABLE})
        session.query(SqlUser).filter(SqlUser.username != INSTRUCTOR).update({SqlUser.is_admin: False})


def matches_pattern(pattern: str | None, text: str | None) -> bool:
    """Tell whether a text matches a pattern; a pattern that could run for ever is searched literally.

    MLflow accepts any regular expression in a search for traces, and `(a+)+$` would block the server.
    """
    if pattern is None or text is None:
        return False
    if not _is_quick(pattern, text):
        return pattern in text
    try:
        return re.search(pattern, text) is not None
    except (re.error, RecursionError, OverflowError):
        return False


def _is_quick(pattern: str, text: str) -> bool:
    """Tell whether a search ends soon in the worst case: every repetition at every position, every branch twice."""
    repeated, branches = len(REPEATED.findall(pattern)), pattern.count("|")
    if REPEATED_GROUP.search(pattern) or repeated > 8 or branches > 16:
        return False
    return int((len(text) + 1) ** (repeated + 1) * 2**branches) <= STEPS


def bound_patterns(engine: Any) -> None:
    from sqlalchemy import event

    def on_connect(connection: Any, record: Any) -> None:
        connection.create_function("regexp", 2, matches_pattern)

    event.listen(engine, "connect", on_connect)
    engine.dispose()  # open connections still have MLflow's function


def keep_traces_apart(store: Any) -> None:
    """Keep a seat from moving another seat's trace into its own experiment.

    MLflow checks only the permission for the experiment that a request names, and then overwrites any trace that has
    the id.
    """
    start, log = store.start_trace, store.log_spans

    def start_trace(info: Any) -> Any:
        _check_experiment(store, info.experiment_id, [info.trace_id])
        return start(info)

    def log_spans(location: str, spans: Any, *rest: Any, **named: Any) -> Any:
        _check_experiment(store, location, {span.trace_id for span in spans})
        return log(location, spans, *rest, **named)

    store.start_trace, store.log_spans = start_trace, log_spans


def _check_experiment(store: Any, experiment: str, traces: Iterable[str]) -> None:
    """Raise MLflow's error for a denied permission if one of the traces is another experiment's."""
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import PERMISSION_DENIED
    from mlflow.store.tracking.dbmodels.models import SqlTraceInfo

    ids = sorted(traces)
    with store.ManagedSessionMaker(read_only=True) as session:
        for first in range(0, len(ids), MANY):
            some: Any = SqlTraceInfo.request_id.in_(ids[first : first + MANY])
            rows = session.query(SqlTraceInfo.experiment_id).filter(some).all()
            if any(str(row[0]) != str(experiment) for row in rows):
                raise MlflowException("this trace belongs to another experiment", error_code=PERMISSION_DENIED)
