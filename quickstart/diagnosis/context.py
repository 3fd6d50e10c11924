"""What the checks work on: a tracking URI, where it is set, and what is known about it."""

from __future__ import annotations

import os
import re
import string
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from quickstart.errors import QuickstartError
from quickstart.explain.probes_local import own_server_at
from quickstart.methods.catalog import check_for, method_for_scheme
from quickstart.models import Connection, Machine
from quickstart.net.http import Answer
from quickstart.net.tcp import is_loopback
from quickstart.runtime import find
from quickstart.runtime.find import Runtime
from quickstart.server.records import Server
from quickstart.state.connections import Connections
from quickstart.system import machine
from quickstart.system.shell import FORMATS, set_line
from quickstart.tracking.check import UNREADABLE, ConnectionCheck, Found, unreadable
from quickstart.tracking.uri import resolve, without_secret

Source = Literal["argument", "variable", "connection", "dotenv", "default"]
VARIABLE = "MLFLOW_TRACKING_URI"
OLD_RUNS = "mlruns"  # MLflow goes on with the folder of its former default where that holds an experiment
DATABASE_FILE = "mlflow.db"
MOST_OF_DOTENV = 100_000  # bytes that are looked at


@dataclass(frozen=True)
class EffectiveUri:
    """A tracking URI as it is written, and where it is set.

    Args:
        words: the source, for a person.
        saved: the saved connection with this URI, no matter how the URI was given.
    """

    uri: str
    source: Source
    words: str
    saved: Connection | None = None

    @property
    def shown(self) -> str:
        """The URI without what may be secret in it."""
        return without_secret(self.uri)


def find_effective_uri(
    named: str | None,
    environment: Mapping[str, str],
    folder: Path,
    connections: Mapping[str, Connection],
    in_use: Connection | None,
) -> EffectiveUri:
    """Find the tracking URI to check.

    `named`, from the command line, precedes everything. A variable of this shell precedes the connection in use,
    because MLflow uses it; a .env file and MLflow's default follow.
    """
    if named:
        return EffectiveUri(named, "argument", "from the command line", _of(named, connections, in_use))
    if variable := environment.get(VARIABLE):
        saved = _of(variable, connections, in_use)
        return EffectiveUri(variable, "variable", f"{VARIABLE} in this shell", saved)
    if in_use:
        return EffectiveUri(in_use.tracking_uri, "connection", f'the connection in use, "{in_use.name}"', in_use)
    if written := dotenv(folder).get(VARIABLE):
        words = f"{VARIABLE} in {folder / '.env'}, for programs that read that file"
        return EffectiveUri(written, "dotenv", words, _of(written, connections, in_use))
    return EffectiveUri(default_uri(folder), "default", "MLflow's default in this folder; nothing else is set")


def _of(uri: str, connections: Mapping[str, Connection], in_use: Connection | None) -> Connection | None:
    """Return the saved connection with a URI; the one in use if there are several."""
    candidates = (*([in_use] if in_use else []), *connections.values())
    return next((one for one in candidates if one.tracking_uri == uri.strip().rstrip("/")), None)


def same_uri(one: str, other: str) -> bool:
    """Return whether two tracking URIs lead to the same place, under any name of this machine."""
    try:
        first, second = resolve(one), resolve(other)
    except QuickstartError:  # no address of a server
        return one.strip() == other.strip()
    if first.local and second.local:
        return (first.port, urlsplit(first.uri).path) == (second.port, urlsplit(second.uri).path)
    return first.uri == second.uri


def default_uri(folder: Path) -> str:
    """Return what MLflow uses if nothing is set.

    Source: mlflow.tracking._tracking_service.utils of 3.17; before 3.7 it was always the mlruns folder.
    """
    if holds_experiments(folder / OLD_RUNS):
        return (folder / OLD_RUNS).as_uri()
    return f"sqlite:///{(folder / DATABASE_FILE).as_posix()}"


def holds_experiments(mlruns: Path) -> bool:
    """Return whether a folder holds runs in the form of MLflow's former default."""
    try:
        return any(one.name.isdigit() and (one / "meta.yaml").exists() for one in mlruns.iterdir())
    except OSError:
        return False


def dotenv(folder: Path) -> dict[str, str]:
    """Return what a .env file sets for MLflow or Databricks; {} if it cannot be read."""
    found: dict[str, str] = {}
    path = folder / ".env"
    try:
        if not path.is_file():  # a pipe of that name would never end
            return found
        with path.open("rb") as file:
            data = file.read(MOST_OF_DOTENV)
    except OSError:
        return found
    for name, value in read_lines(data):
        # Only the program that reads the file knows the value of ${...}.
        if name.startswith(("MLFLOW_", "DATABRICKS_")) and "${" not in value:
            found[name] = value
    return found


# Not python-dotenv: only the Python that has MLflow may have it, and that may be missing or broken.
LINE = re.compile(
    rb"\s*(?:export\s+)?(?P<name>[\w.-]+)\s*=[ \t]*"
    rb"(?:(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)(?=\s*(?:#|$))|(?P<plain>.*?)(?=\s*$|\s+#)).*",
    re.DOTALL,
)


def read_lines(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.splitlines():
        if found := LINE.match(line):
            value = found["quoted"] if found["quote"] else found["plain"]
            yield found["name"].decode("ascii", "replace"), value.decode("utf-8", "replace")


def working_folder() -> Path:
    """Return the working directory, even if it was deleted."""
    try:
        return Path.cwd()
    except OSError:
        return Path(os.environ.get("PWD", "/"))


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
        return own_server_at(self.uri)

    @cached_property
    def in_use(self) -> Connection | None:
        with suppress(QuickstartError):  # another check reports a damaged file of ours
            return Connections().in_use()
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
