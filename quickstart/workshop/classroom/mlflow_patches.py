"""Patches of MLflow's stores that keep a malicious participant from harming the others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

STEPS = 2_000_000  # of one comparison with a pattern; Python's re blocks the whole server meanwhile
MANY = 500  # ids in one query
REPEATED = re.compile(r"[*+?{]")
REPEATED_GROUP = re.compile(r"\)[*+?{]")


def matches(pattern: str | None, text: str | None) -> bool:
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
    """Replace a database's function for regular expressions by matches()."""
    from sqlalchemy import event

    def on_connect(connection: Any, record: Any) -> None:
        connection.create_function("regexp", 2, matches)

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
