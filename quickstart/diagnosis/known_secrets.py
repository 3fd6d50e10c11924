"""What is confidential on this machine: looked up wherever a login is kept, so that it can be hidden in a text."""

from __future__ import annotations

import getpass
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from quickstart.diagnosis.checks import select_checks
from quickstart.diagnosis.redact import IN_QUERY, SHORT, Confidential
from quickstart.methods.catalog import METHODS
from quickstart.state import paths
from quickstart.tracking.uri import OF_DATABASE

LARGEST = 1_000_000  # bytes of a file that are looked at
SECRET = re.compile(
    r"token|secret|passw|passphrase|credential|webhook|connection_?string|(?:api|access|account|private|auth)_?key"
    r"|(?:^|[_.-])(?:keys?|pass|pwd|auth|cookie|jwt|sas|pat|sig|signature|bearer|dsn)(?:$|[_.-]|\d)",
    re.IGNORECASE,
)
# What tells of a secret without being one: where it is kept, whose it is, of what kind.
NO_SECRET = re.compile(
    r"(?:_|^)(?:file|path|dir|folder|sock|socket|type|url|uri|host|port|ttl|timeout|name|scopes?|provider|region|endpoint"
    r"|profile|method|expir\w*|(?<!access_key_)(?<!accesskey_)id)$|^(?:old)?pwd$|^mlflow_tracking_auth$",
    re.IGNORECASE,
)
# A value of any of these is one that logs in; of others, such as CACHE_KEY, it may as well be a word.
LOGS_IN = re.compile(
    r"token|secret|passw|passphrase|credential|(?:^|[_.-])(?:pass|pwd|pw)(?:$|[_.-]|\d)", re.IGNORECASE
)
STATUSES = {"ok", "warn", "fail", "skip"}
A_WORD = 16  # letters, from which on small letters alone are no word any more
# Of the query of a database's address; to hide these values everywhere would garble the words around them.
OPTION = re.compile(
    r"driver|charset|client_encoding|encrypt|trust\w*|mode|cache|uri|timeout|\w+_timeout|ssl\w*", re.IGNORECASE
)
A_NAME = re.compile(r"(?:^|[_.-])(?:user(?:_?name)?|login|logname)$", re.IGNORECASE)
ADDRESS = re.compile(r"[A-Za-z][\w+.-]*://[^\s'\"<>]*@[^\s'\"<>]*")
LINE = re.compile(r"\s*(?:export\s+)?([\w.-]+)\s*[=:]\s*(.*?)\s*")
NETRC = re.compile(r"\b(login|account|password)\s+(\S+)")
OF_OTHER_TOOLS = (
    *("~/.netrc", "~/_netrc", "$NETRC"),
    *("~/.aws/config", "$AWS_CONFIG_FILE"),
    *("~/.config/pip/pip.conf", "~/.pip/pip.conf", "$PIP_CONFIG_FILE"),
)  # beside those of the methods: a path, or $ and the variable that holds one

Found = Iterator[tuple[str, str]]


def is_secret(name: str) -> bool:
    """Tell by the name of a variable or a key whether its value is a secret."""
    return bool(SECRET.search(name)) and not NO_SECRET.search(name)


def _may_be_hidden(name: str, value: str) -> bool:
    """Tell whether a secret is more than a plain word, that would be hidden all over a text."""
    plain, value = value.isalpha(), value.strip()
    if LOGS_IN.search(name):
        return not (plain and len(value) < 6) and value.lower() not in _contract()
    return len(value) >= SHORT and not (plain and value.islower() and len(value) < A_WORD)


@cache
def _contract() -> frozenset[str]:
    """Return the words that a document's reader goes by."""
    checks = select_checks((), deep=True, write=True)
    return frozenset({*STATUSES, *(one.id for one in checks), *(one.layer for one in checks)})


def found(environment: Mapping[str, str], folder: Path, address: str = "") -> Confidential:
    """Return what is confidential here.

    Args:
        environment: of this shell.
        folder: the working directory, whose .env file is looked at, too.
        address: the tracking URI that is examined, wherever it comes from.
    """
    named = [*environment.items(), *_written(environment, folder), ("uri", address)]
    secrets = {value for name, value in named if is_secret(name) and _may_be_hidden(name, value)}
    names = {value for name, value in named if A_NAME.search(name)}
    for _, value in named:
        for key, part in _inside(value):
            if A_NAME.search(key):
                names.add(part)
            elif _may_be_hidden(key, part):
                secrets.add(part)
    return Confidential(frozenset(secrets), frozenset(names | _logins()), frozenset(_homes(environment)))


def _written(environment: Mapping[str, str], folder: Path) -> Found:
    """Yield what the files hold in which a login may be kept, by name; a damaged file gives what can be read of it."""
    for path in (*_files(environment), folder / ".env"):
        content = _read(path)
        yield from _in_json(content)
        yield from NETRC.findall(content)
        for line in content.splitlines():
            if pair := LINE.fullmatch(line):
                yield pair[1], pair[2].strip("'\"")
                yield pair[1], pair[2].partition(" #")[0].rstrip().strip("'\"")


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    for method in METHODS:
        with suppress(OSError, RuntimeError):
            yield from method.actions.secret_files(environment)
    named = (environment.get(text[1:], "") if text.startswith("$") else text for text in OF_OTHER_TOOLS)
    for text in filter(None, named):
        with suppress(RuntimeError):  # no home
            yield Path(text).expanduser()
    with suppress(OSError):
        yield from (paths.state_folder() / "secrets").glob("*.json")


def _read(path: Path) -> str:
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return file.read(LARGEST).decode("utf-8", "replace")
    return ""


def _in_json(text: str) -> Found:
    if text.lstrip().startswith(("{", "[")):
        with suppress(ValueError, RecursionError):
            yield from _leaves(json.loads(text), "")


def _leaves(value: Any, name: str) -> Found:
    if isinstance(value, str):
        if is_secret(name) or A_NAME.search(name):
            yield name, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, str(key))
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, name)


def _inside(text: str) -> Found:
    """Yield what a value holds that is confidential by itself."""
    yield from (*_in_address(text), *_in_query(text), *_in_database(text))
    yield from (*_in_json(text), *_in_connection_string(text))


def _in_database(text: str) -> Found:
    for address in OF_DATABASE.finditer(text):
        for key, value in parse_qsl(address["query"]):
            if not OPTION.fullmatch(key):
                yield "secret", value
            yield from _in_connection_string(value)


def _in_address(text: str) -> Found:
    for address in ADDRESS.findall(text):
        with suppress(ValueError):
            user, _, password = urlsplit(address).netloc.rpartition("@")[0].partition(":")
            # Without a password, what stands there is a token as often as a name.
            for name, part in (("user" if password else "token", user), ("password", password)):
                yield name, part
                yield name, unquote(part)


def _in_query(text: str) -> Found:
    for part in IN_QUERY.finditer(text):
        yield "secret", part["value"]
        yield "secret", unquote(part["value"])


def _in_connection_string(text: str) -> Found:
    for part in text.split(";") if ";" in text else ():
        name, equals, value = part.partition("=")
        if equals and (is_secret(name.strip()) or name.strip().lower() == "pwd"):
            yield "secret", value.strip()


def _logins() -> set[str]:
    """Return the person's name on this machine, as the system and the shell have it."""
    names = set()
    with suppress(Exception):  # no entry for this user, and no variable: each Python raises something else then
        names.add(getpass.getuser())
    with suppress(ImportError, KeyError):
        import pwd

        entry = pwd.getpwuid(os.getuid())
        names |= {entry.pw_name, entry.pw_gecos.partition(",")[0].strip()}
    return names - {""}


def _homes(environment: Mapping[str, str]) -> set[str]:
    """Return the home folder in every form in which it is written."""
    texts = {environment.get(name, "") for name in ("HOME", "USERPROFILE")}
    with suppress(RuntimeError):
        texts.add(str(Path.home()))
    with suppress(ImportError, KeyError):
        import pwd

        texts.add(pwd.getpwuid(os.getuid()).pw_dir)
    with suppress(OSError):
        texts |= {os.path.realpath(text) for text in texts if text}
    homes = {text.rstrip("/\\") for text in texts}
    return {form for home in homes if len(home) > 1 for form in (home, home.replace("\\", "/"))}
