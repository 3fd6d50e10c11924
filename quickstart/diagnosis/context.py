"""What the checks work on: a tracking URI, where it is set, and what is known about it."""

from __future__ import annotations

import os
import re
import string
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from quickstart.diagnosis.effective_uri import VARIABLE, EffectiveUri
from quickstart.errors import QuickstartError
from quickstart.methods.catalog import check_for, method_for_scheme
from quickstart.models import Connection, Machine
from quickstart.net.http import Answer
from quickstart.net.tcp import is_loopback
from quickstart.runtime import find
from quickstart.runtime.find import Runtime
from quickstart.server import records
from quickstart.server.records import Server, same_place
from quickstart.system import machine
from quickstart.system.shell import FORMATS, set_line
from quickstart.tracking.check import UNREADABLE, ConnectionCheck, Found, unreadable

T = TypeVar("T")
# Around a pasted address: blanks, quotes as word processors set them, and signs that cannot be seen.
PASTED = string.whitespace + "'\"`\u00a0\u200b\u200e\u2018\u2019\u201c\u201d\ufeff"


class Context:
    """One run of the doctor. Facts that take time to find are found once, on demand.

    Args:
        experiment: to check; by default the one that this shell sets, else MLflow's "Default".
    """

    def __init__(
        self,
        origin: EffectiveUri,
        *,
        python: str | None = None,
        experiment: str | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.origin = origin
        self.python = python
        self.experiment = experiment
        self.environment: Mapping[str, str] = os.environ if environment is None else environment
        self.folder = folder or Path.cwd()
        self._line = threading.RLock()  # one conversation with the server at a time

    @property
    def uri(self) -> str:
        return self.origin.uri

    @property
    def saved(self) -> Connection | None:
        return self.origin.saved

    @property
    def tidy(self) -> str:
        """The tracking URI without what was pasted with it: blanks, quotes, invisible characters."""
        return self.uri.strip(PASTED)

    @property
    def is_store(self) -> bool:
        """Whether MLflow opens files or a database itself, and calls no server."""
        return not self.is_called and method_for_scheme(self.tidy) is None

    @property
    def is_called(self) -> bool:
        """Whether it is, or is meant to be, the URL of a server that speaks HTTP."""
        return bool(re.match(r"https?:", self.tidy, re.IGNORECASE)) or self.looks_like_an_address

    @property
    def looks_like_an_address(self) -> bool:
        """Whether it is host and port without a scheme: MLflow takes that for a folder, a person does not."""
        host, colon, port = self.tidy.partition("/")[0].rpartition(":")
        return (
            "://" not in self.tidy and bool(host and colon) and port.isdigit() and method_for_scheme(self.tidy) is None
        )

    def correction(self, better: str) -> dict[str, Any]:
        """Return the command that sets a corrected tracking URI, or the line for the .env file as a note."""
        if self.origin.source == "dotenv":
            line = FORMATS["dotenv"](VARIABLE, better)
            return {"line": "", "note": f"Put this line into {self.folder / '.env'}: {line}"}
        return {"line": set_line(self.environment, VARIABLE, better), "note": ""}

    @cached_property
    def machine(self) -> Machine:
        return machine.detect()

    @cached_property
    def runtime(self) -> Runtime:
        """The interpreter that has MLflow; raises the error for one that does not run."""
        return find.find_runtime(self.python or (self.saved.python if self.saved else None))

    @cached_property
    def check(self) -> ConnectionCheck:
        """The verification, whose stages lead to the server."""
        return check_for(self.uri, self.saved, self.experiment, self.python)

    @cached_property
    def server(self) -> Server | None:
        """The local server that answers, or should, at this URL."""
        with suppress(QuickstartError):  # a damaged file of ours has a row of its own
            return next((one for one in records.load_all() if same_place(one, self.uri)), None)
        return None

    @property
    def local(self) -> bool:
        return self.check.resolved.local if self.check.resolved else is_loopback(urlsplit(self.uri).hostname or "")

    def stage(self, act: Callable[[], Found]) -> Found:
        """Run a stage of the verification; only one check talks to the server at a time."""
        with self._line:
            return act()

    def ask(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request over the verification's own session, with its credentials; see Http.request()."""
        with self._line:
            assert self.check.http is not None  # noqa: S101 - the stages before opened it
            return self.check.http.request(method, path, **options)

    def call(self, method: str, endpoint: str, **fields: Any) -> Any:
        with self._line:
            return self.check.rest.call(method, endpoint, **fields)

    def experiment_named(self, name: str) -> dict[str, Any] | None:
        """Return an experiment, even a deleted one; see Rest.experiment()."""
        with self._line:
            return self.check.rest.experiment(name)

    def close(self) -> None:
        if self.check.http:
            self.check.http.close()


def read_answer(look: Callable[[Context], T], context: Context) -> T:
    """Run a check that reads a server's answer; one that MLflow would not give is the server's error, not ours."""
    try:
        return look(context)
    except UNREADABLE as error:
        raise unreadable(context.check.shown, error) from error
