"""MLflow's stores, made fit for a room in which one participant may mean no good to the others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

STEPS = 2_000_000  # that one comparison with a pattern may take; Python's re holds up the whole server meanwhile
MANY = 500  # ids in one question to the database
REPEATED = re.compile(r"[*+?{]")
REPEATED_GROUP = re.compile(r"\)[*+?{]")


def matches(pattern: str | None, text: str | None) -> bool:
    """Tell whether a text holds a pattern; one that could take for ever is looked for as it stands.

    MLflow lets whoever searches traces give any regular expression, and `(a+)+$` would end the class.
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
    """Tell whether a search ends soon at the worst: each repetition may be tried at each place, each branch twice."""
    repeated, branches = len(REPEATED.findall(pattern)), pattern.count("|")
    if REPEATED_GROUP.search(pattern) or repeated > 8 or branches > 16:
        return False
    return int((len(text) + 1) ** (repeated + 1) * 2**branches) <= STEPS


def bound_patterns(engine: Any) -> None:
    """Give a database our own comparison with patterns in the place of MLflow's.

    Args:
        engine: SQLAlchemy's, for SQLite.
    """
    from sqlalchemy import event

    def connected(connection: Any, record: Any) -> None:
        connection.create_function("regexp", 2, matches)

    event.listen(engine, "connect", connected)
    engine.dispose()  # those that are open already have the other one


def keep_traces_apart(store: Any) -> None:
    """Let nobody bring a trace of one experiment into another.

    MLflow asks only whether one may write into the experiment that a request names, and then takes over whatever has
    the trace's id.

    Args:
        store: MLflow's of runs and traces.
    """
    start, log = store.start_trace, store.log_spans

    def start_trace(info: Any) -> Any:
        _must_be_of(store, info.experiment_id, [info.trace_id])
        return start(info)

    def log_spans(location: str, spans: Any, *rest: Any, **named: Any) -> Any:
        _must_be_of(store, location, {span.trace_id for span in spans})
        return log(location, spans, *rest, **named)

    store.start_trace, store.log_spans = start_trace, log_spans


def _must_be_of(store: Any, experiment: str, traces: Iterable[str]) -> None:
    """Raise MLflow's refusal where one of the traces is another experiment's."""
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import PERMISSION_DENIED
    from mlflow.store.tracking.dbmodels.models import SqlTraceInfo

    asked = sorted(traces)
    with store.ManagedSessionMaker(read_only=True) as session:
        for first in range(0, len(asked), MANY):
            known = session.query(SqlTraceInfo.experiment_id).filter(
                SqlTraceInfo.request_id.in_(asked[first : first + MANY])
            )
            if any(str(row[0]) != str(experiment) for row in known.all()):
                raise MlflowException("this trace belongs to another experiment", error_code=PERMISSION_DENIED)
