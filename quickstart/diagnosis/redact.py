"""What a result may show to others: values of a known form. No file is opened to find out what to hide."""

from __future__ import annotations

import getpass
import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from quickstart.errors import QuickstartError

HIDDEN = "***"
SHORTEST = 6  # characters; a shorter value occurs in any text
CUT = 12  # characters by which a value is known if its end was cut off

# Facts of an error that a server, an installer or an exception worded.
FREE_TEXT = ("aside", "detail", "last", "message", "said", "seen", "tail", "text", "value", "words")

SECRET = re.compile(
    r"token|secret|passw|passphrase|credential|webhook|connection_?string|(?:api|access|account|private|auth)_?key"
    r"|(?:^|[_.-])(?:keys?|pass|pwd?|pw|auth|cookie|jwt|sas|pat|sig|signature|bearer|dsn)(?:$|[_.-]|\d)",
    re.IGNORECASE,
)
# Where a secret is, who owns it, or of what kind it is.
NO_SECRET = re.compile(
    r"(?:_|^)(?:file|path|dir|folder|sock|socket|type|url|uri|host|port|ttl|timeout|name|scopes?|provider|region|endpoint"
    r"|profile|method|expir\w*|(?<!access_key_)(?<!accesskey_)id)$|^(?:old)?pwd$|^mlflow_tracking_auth$",
    re.IGNORECASE,
)
USER_NAME = re.compile(r"(?:^|[_.-])(?:user(?:_?name)?|login|logname)$", re.IGNORECASE)
LOGIN_IN_URL = re.compile(r"://(?P<user>[^\s/:@]*):?(?P<password>[^\s@]*)@")

# A word, a number or version, a name such as psycopg2 or mlflow.exceptions, a host and port, or a path.
HARMLESS = re.compile(
    r"[^\W\d]{1,40}(?:\d?[.'/-][^\W\d]{1,40})*\d{0,2}|python\d(?:\.\d{1,2})*|HTTP/\d(?:\.\d)?|_ssl\.c:\d{1,5}"
    r"|={0,2}\d{1,9}(?:\.\d{1,6}){0,3}(?:\.?(?:dev|post|rc|a|b)\d{1,4})?(?::\d{1,5})?%?"
    r"|(?:[A-Za-z0-9-]{1,40}\.)+[A-Za-z]{2,20}(?::\d{1,5})?|[A-Za-z-]{1,40}:\d{1,5}|[a-z_]{1,40}=\d{0,9}|--[a-z-]{1,40}"
    r"|https?://(?:\*\*\*@)?[\w.-]+(?::\d{1,5})?[\w./-]*|(?:~|[A-Za-z]:)?[/\\][\w./\\-]*|[^\w\s]{1,3}"
)
LONGEST, LONGEST_TEXT = 300, 4000  # characters of a token, of a text from outside
IN_BASE64 = re.compile(r"(?<![a-z])[a-z](?=[A-Z])")  # one small letter before a capital: rare in words, usual in base64
TOKEN = re.compile(r"https?://[^\s\"'()<>]+|[^\s\"'()\[\]{}<>,;]+")

# Signs of a secret in a text. A password may hold / and @, and a path after host and port may hold @.
IN_USERINFO = re.compile(r"(?<=://)(?:[^\s/?#@'\"<>]*@(?:[^\s/?#@'\"<>]*@)*|[^\s/@:'\"<>]+:(?!\d*[/?#])[^\s'\"<>]*@)")
IN_QUERY = re.compile(r"(?P<before>(?:://|/)[^\s?'\"<>]*)\?[^\s#'\"<>]*=[^\s#'\"<>]*")
IN_HEADER = re.compile(
    r"(?P<name>authorization[\"']?\s*[:=]\s*[\"']?(?:\w+\s+)?|\b(?:bearer|basic)\s+(?=[\w+/.~=-]*[\d=+/]|[\w+/.~=-]{16}))"
    r"[\w+/.~=-]{6,}",
    re.IGNORECASE,
)
ASSIGNED = re.compile(
    r"(?P<name>[\w.-]{0,40}(?:token|secret|passw(?:or)?d|passphrase|(?:api|access|account|private)[_-]?key|signature"
    r"|credential|cookie)[\w.-]{0,40}[\"']?\s*(?:=\s*[\"']?|:\s*[\"']|:\s*(?=[^\s,;]*\d|[^\s,;]{16})))(?!\*\*\*)[^\s\"'&,;]+",
    re.IGNORECASE,
)
BY_FORM = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)*"  # a JWT
    r"|\bd(?:api|kea|ose)[0-9a-f]{12,}(?:-\d+)?"
    r"|\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|hf_|sk-|xox[a-z]-|AIza|pypi-)[\w-]{16,}",
    re.DOTALL,
)
MAIL = re.compile(r"(?:[^\W_]|[.+%_-])+(?:@|%40)[^\W_](?:[^\W_]|-)*(?:\.(?:[^\W_]|-)+)+")
A_HOME = re.compile(
    r"(?P<parent>(?:/home|/Users|\b[A-Za-z]:[\\/]+Users)[\\/]+)(?!\*\*\*|Shared\b|Public\b)[^\\/\s:;,\"'<>|)]+"
)
NEVER_A_NAME = {"mlflow", "quickstart"}


def is_secret(name: str) -> bool:
    """Return whether a variable's value is a secret, judging by its name."""
    return bool(SECRET.search(name)) and not NO_SECRET.search(name)


def allow_facts(error: QuickstartError) -> QuickstartError:
    """Return an error whose free texts hold only words, numbers, names and paths."""
    facts: dict[str, Any] = {}
    for name, value in error.facts.items():
        if name in FREE_TEXT and isinstance(value, str):
            facts[name] = allow_text(value)
        elif name in FREE_TEXT and isinstance(value, list):
            facts[name] = [allow_text(str(one)) for one in value]
    return error.replace(**facts)


def allow_text(text: str) -> str:
    """Return a text from outside with everything hidden that is no word, number, name or path."""
    return TOKEN.sub(lambda found: _allow_token(found[0]), _hide_assigned(hide_by_form(text[:LONGEST_TEXT])))


def _allow_token(token: str) -> str:
    bare = token.rstrip(".,;:!?")
    is_name = (
        len(bare) <= LONGEST and HARMLESS.fullmatch(bare) and (set(bare) & set(":/\\") or not IN_BASE64.search(bare))
    )
    return token if not bare or is_name else HIDDEN + token[len(bare) :]


def hide_by_form(text: str) -> str:
    """Return a text without what logs in by its form: in URLs, in headers, and well-known tokens."""
    text = IN_USERINFO.sub(f"{HIDDEN}@", text)
    text = IN_QUERY.sub(rf"\g<before>?{HIDDEN}", text)
    text = BY_FORM.sub(HIDDEN, text)
    return IN_HEADER.sub(rf"\g<name>{HIDDEN}", text)


def _hide_assigned(text: str) -> str:
    return ASSIGNED.sub(rf"\g<name>{HIDDEN}", text)


class Redactor:
    """Hides the secrets and the names of the person that the environment holds; words in `keep` are never hidden."""

    def __init__(self, environment: Mapping[str, str], keep: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        logins = [found.groupdict() for value in environment.values() for found in LOGIN_IN_URL.finditer(value)]
        values = [value.strip() for name, value in environment.items() if is_secret(name)]
        # Without a password, what precedes the @ is a token.
        values += [unquote(one["password"] or one["user"]) for one in logins]
        kept = set(keep)
        secrets = {one for one in values if len(one) >= SHORTEST and one.lower() not in kept}
        self._secrets = _any_of(form for one in secrets for form in _forms(one))
        accounts, homes = _account()
        users = {value for name, value in environment.items() if USER_NAME.search(name)}
        users |= {unquote(one["user"]) for one in logins if one["password"]} | accounts | set(names)
        users = {one for one in users if len(one) > 1 and one.lower() not in NEVER_A_NAME}
        self._users = _any_of((rf"(?<![^\W_]){re.escape(one)}(?![^\W_])" for one in users), re.IGNORECASE)
        folders = _folders(homes | {environment.get(name, "") for name in ("HOME", "USERPROFILE")})
        forms = {form for home in folders for form in (home, quote(home), home.replace("\\", "/"))}
        self._homes = _any_of(rf"{re.escape(one)}(?![\w-])" for one in forms)

    def hide_secrets(self, text: str) -> str:
        # URLs first: a secret whose end seems to be cut off would take the host with it.
        return hide_by_form(self._secrets.sub(HIDDEN, IN_USERINFO.sub(f"{HIDDEN}@", text)))

    def hide_person(self, text: str) -> str:
        """Return a text without secrets, user names, mail addresses and home folders."""
        text = MAIL.sub(HIDDEN, _hide_assigned(self.hide_secrets(text)))
        text = A_HOME.sub(rf"\g<parent>{HIDDEN}", self._homes.sub("~", text))
        return self._users.sub(HIDDEN, text)


def _any_of(patterns: Iterable[str], flags: int = 0) -> re.Pattern[str]:
    longest_first = sorted(set(patterns), key=lambda one: (-len(one), one))
    return re.compile("|".join(longest_first) or r"(?!)", flags)


def _forms(secret: str) -> Iterable[str]:
    """Yield patterns for a secret as texts spell it, and for one whose end was cut off."""
    for form in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}:
        alone = rf"(?<![^\W_]){re.escape(form)}(?![^\W_])"
        yield re.escape(form) if len(secret) >= CUT else alone
        if len(secret) >= CUT + 4 and not secret.startswith(("http://", "https://")):
            yield rf"{re.escape(form[:CUT])}[^\s\"'<>&,;)\]}}]*"


def _account() -> tuple[set[str], set[str]]:
    """Return the user names and the home folders that the system has for this user; reads none of their files."""
    users, homes = set(), set()
    with suppress(Exception):  # without variables and without an entry for this user; each Python raises another error
        users.add(getpass.getuser())
    with suppress(RuntimeError):
        homes.add(str(Path.home()))
    with suppress(ImportError, KeyError):
        import pwd  # noqa: PLC0415 - not on every operating system

        entry = pwd.getpwuid(os.getuid())
        users.add(entry.pw_name)
        homes.add(entry.pw_dir)
    return users, homes


def _folders(homes: Iterable[str]) -> set[str]:
    found = set(homes)
    with suppress(OSError):
        found |= {os.path.realpath(one) for one in found if one}
    return {one.rstrip("/\\") for one in found if len(one.rstrip("/\\")) > 1}
