"""Hiding in a text what is nobody else's business: secrets, user names, home folders. Pure: what is known is given."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from quickstart.tracking.uri import OF_DATABASE

HIDDEN = "***"  # without a letter or digit, so that no name and no secret can be a part of it
SHORT = 8  # below that many characters a secret is hidden where it stands alone, not inside of other words
SHORTEST = 4  # what is shorter would be found in every sentence
LONG = 2000  # characters of a secret that are looked for; what follows goes with them
CUT = 12  # characters at either end by which a secret that was cut off is still known
IN_EVERY_REPORT = {"mlflow", "quickstart"}  # to hide these would tell more than it hides
SETTINGS = {"true", "false", "none", "null", "default"} | IN_EVERY_REPORT

ALONE = r"(?<![^\W_])(?:{})(?![^\W_])"
RUN = re.compile(r"[A-Za-z0-9]+")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]")

# What logs in, by its looks alone.
BY_SHAPE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)*"  # a JWT
    r"|\bd(?:api|kea|ose)[0-9a-f]{12,}(?:-\d+)?"
    r"|\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|hf_|sk-|xox[a-z]-|AIza|pypi-)[\w-]{16,}",
    re.DOTALL,
)
# user:password@ in an address; a password may hold / and @, a path after host and port may hold @.
IN_ADDRESS = re.compile(r"(?<=://)(?:[^\s/?#@'\"<>]*@(?:[^\s/?#@'\"<>]*@)*|[^\s/@:'\"<>]+:(?!\d*[/?#])[^\s'\"<>]*@)")
HEADER = re.compile(
    r"(?P<said>authorization[\"']?\s*[:=]\s*[\"']?(?:\w+\s+)?|\b(?:bearer|basic)\s+(?=[\w+/.~=-]*[\d=+/]|[\w+/.~=-]{16}))"
    r"[\w+/.~=-]{6,}",
    re.IGNORECASE,
)
ABOUT = r"token|secret|passw(?:or)?d|passphrase|(?:api|access|account|private)[_-]?key|signature|credential|cookie"
ASSIGNED = re.compile(
    rf"(?P<said>[\w.-]*(?:{ABOUT})[\w.-]*[\"']?\s*"
    r"(?:=\s*[\"']?|:\s*[\"']|:\s*(?=[^\s,;]*\d|[^\s,;]{16})))(?!\*\*\*)[^\s\"'&,;]+",
    re.IGNORECASE,
)
IN_QUERY = re.compile(
    r"(?P<said>[?&;](?:[\w.-]*(?:token|secret|pass|pwd|key|auth|credential|session|jwt|signature)[\w.-]*|sig|code|sas)=)"
    r"(?!\*\*\*)(?P<value>[^&\s#\"'<>]+)",
    re.IGNORECASE,
)
MAIL = re.compile(r"(?:[^\W_]|[.+%_-])+(?:@|%40)[^\W_](?:[^\W_]|-)*(?:\.(?:[^\W_]|-)+)+")
A_HOME = re.compile(
    r"(?P<said>(?:/home|/Users|\b[A-Za-z]:[\\/]+Users)[\\/]+)(?!\*\*\*|Shared\b|Public\b)[^\\/\s:;,\"'<>|)]+"
)


@dataclass(frozen=True)
class Confidential:
    """What is known to be confidential.

    Args:
        secrets: passwords, tokens, keys.
        names: of the person, here and at the places where they log in.
        homes: their home folder, in every form in which it is written.
    """

    secrets: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()


class Mask:
    """Hides what is confidential in a text, in whatever form it stands there.

    Args:
        known: what is confidential.
        within: every text that will be masked, so that only secrets that can be in there are looked for; None where
            that is not known yet. A pattern of thousands would take seconds.
    """

    def __init__(self, known: Confidential, within: str | None = None) -> None:
        within = None if within is None else " ".join(set(RUN.findall(within)))
        secrets = _largest_first(one for whole in known.secrets for one in _pieces(whole))
        self._secrets = _any(form for one in secrets for form in _secret(one, within))
        self._encoded = _any(_variants(core) for one in secrets for core in _base64(one) if _can_be(core, within))
        self._homes = _any(f"{_spelt(one)}(?![\\w-])" for one in _largest_first(known.homes))
        names = (one for one in known.names if len(one) > 1 and one.lower() not in IN_EVERY_REPORT)
        self._names = _any((ALONE.format(_spelt(one)) for one in _largest_first(names)), re.IGNORECASE)

    def secrets(self, text: str) -> str:
        """Return a text without secrets: those that are known, and what is one by its looks."""
        text = self._secrets.sub(HIDDEN, text)
        text = _whole_tokens(self._encoded, text)
        text = IN_ADDRESS.sub(f"{HIDDEN}@", text)
        text = OF_DATABASE.sub(rf"\g<said>{HIDDEN}", text)
        text = IN_QUERY.sub(rf"\g<said>{HIDDEN}", text)
        text = BY_SHAPE.sub(HIDDEN, text)
        return HEADER.sub(rf"\g<said>{HIDDEN}", text)

    def everything(self, text: str) -> str:
        """Return a text that can be shown to anybody: without secrets, user names, mail addresses and home folders."""
        text = self.secrets(text)
        text = ASSIGNED.sub(rf"\g<said>{HIDDEN}", text)
        text = MAIL.sub(HIDDEN, text)
        text = self._homes.sub("~", text)
        text = A_HOME.sub(rf"\g<said>{HIDDEN}", text)
        return self._names.sub(HIDDEN, text)


def _pieces(secret: str) -> Collection[str]:
    """Return a secret, and each of its lines where it has several, since a log may break it there."""
    whole = secret.strip()
    lines = {line.strip() for line in whole.splitlines() if len(line.strip()) >= SHORT}
    return {one for one in (whole, *lines) if len(one) >= SHORTEST and one.lower() not in SETTINGS}


def _can_be(part: str, runs: str | None) -> bool:
    """Tell by a text's runs of letters and digits, the same in every spelling, whether a part can be in there."""
    return runs is None or all(run in runs for run in RUN.findall(part))


def _largest_first(texts: Iterable[str]) -> list[str]:
    return sorted({one for one in texts if one}, key=lambda one: (-len(one), one))


def _any(patterns: Iterable[str], flags: int = 0) -> re.Pattern[str]:
    return re.compile("|".join(dict.fromkeys(patterns)) or r"(?!)", flags)


def _secret(secret: str, within: str | None) -> Iterable[str]:
    """Yield patterns for a secret, and for what is left where a message that quotes it was cut."""
    if _can_be(secret[:LONG], within):
        spelt = _spelt(secret[:LONG])
        yield ALONE.format(spelt) if len(secret) < SHORT else spelt
    if len(secret) < CUT + 4 or secret.startswith(("http://", "https://")):
        return
    if _can_be(secret[:CUT], within):
        yield rf"{_spelt(secret[:CUT])}[^\s\"'<>&,;)\]}}]*"
    if _can_be(secret[-CUT:], within):
        yield _spelt(secret[-CUT:])


def _spelt(text: str) -> str:
    """Return a pattern for a text in every mixture of plain, percent-encoded, and as JSON and HTML write it."""
    return "".join(map(_sign, text))


def _sign(sign: str) -> str:
    if sign.isascii() and sign.isalnum():
        return sign
    percent = "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "surrogatepass"))
    spellings = {sign, json.dumps(sign)[1:-1], html.escape(sign), quote(sign, safe="", errors="replace")}
    if not sign.isprintable() or sign.isspace():
        spellings |= {" ", "+"}
    if sign == "'":
        spellings |= {"&#39;", "\\'"}
    plain = "|".join(re.escape(one) for one in sorted(spellings, key=len, reverse=True))
    return f"(?:(?i:{percent})|{plain})"


def _base64(secret: str) -> Iterable[str]:
    """Yield what stays the same of a secret's base64, whatever stands before and after it in there."""
    data = secret[:LONG].encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode()
        settled = encoded[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]
        if len(settled) >= 5:
            yield settled


def _variants(settled: str) -> str:
    """Return a pattern for a part of a base64 token, up to its end, in both alphabets and percent-encoded."""
    signs = {"+": r"(?:\+|-|%2[Bb])", "/": r"(?:/|_|%2[Ff])"}
    return "".join(signs.get(sign, sign) for sign in settled) + r"[A-Za-z0-9+/_-]*(?:=|%3[Dd])*"


def _whole_tokens(pattern: re.Pattern[str], text: str) -> str:
    """Hide each match with what of the same token stands before it: there a user name may be encoded, too."""
    parts, done = [], 0
    for found in pattern.finditer(text):
        start = found.start()
        while start > done and BASE64.match(text[start - 1]):
            start -= 1
        parts += [text[done:start], HIDDEN]
        done = found.end()
    return "".join((*parts, text[done:]))
