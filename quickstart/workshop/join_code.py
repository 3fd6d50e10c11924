"""The code of a class: the secret that lets one in, and the fingerprint that tells whether it is the right server.

Twenty characters of RFC 4648's base32, in groups of four: eight of secret, twelve of fingerprint.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import secrets
import unicodedata
from dataclasses import dataclass

from quickstart.errors import ExitCode, QuickstartError

PORT = 5443  # of a class, where none is named
SECURE = 443  # where the address is a web address without a port, as that of a tunnel
SECRET, FINGERPRINT, GROUP = 8, 12, 4  # characters
LENGTH = SECRET + FINGERPRINT
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
MISREAD = str.maketrans("018", "OIB")  # digits that the alphabet lacks, for the letters that they look like
# Whatever stands between groups when a code was typed, pasted or set in type.
BETWEEN = re.compile(r"[\s_.,:\u00ad\u200b\u2010-\u2015\u2212\ufe58\ufe63-]+")
COMMAND = re.compile(r"^(?:.*\bquickstart(?:\.exe)?\s+)?join\s+", re.IGNORECASE)
CALL = re.compile(r"""^(?:!\s*)?quickstart\.join\(\s*(?P<quote>["'])(?P<inside>.*?)(?P=quote)""")
OPTION = re.compile(r"\s--?[a-z].*$", re.IGNORECASE)
QUOTES = "\"'`\u2018\u2019\u201c\u201d<> \t\r\n"
NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.IGNORECASE)
LONGEST = 300  # characters; no line to join is that long


@dataclass(frozen=True)
class Code:
    """The code of a class.

    Args:
        secret: what lets one in, 40 bits.
        fingerprint: of the server's certificate, 60 bits.
    """

    secret: str
    fingerprint: str

    @property
    def text(self) -> str:
        """The code in groups of four, as it is shown."""
        signs = self.secret + self.fingerprint
        return "-".join(signs[at : at + GROUP] for at in range(0, len(signs), GROUP))

    def __repr__(self) -> str:
        return f"Code(..., {self.fingerprint!r})"


@dataclass(frozen=True)
class Invitation:
    """What a participant types: where the class is, and its code.

    Args:
        host: name or address, an IPv6 address without brackets.
        port: TCP port.
        code: of the class.
    """

    host: str
    port: int
    code: Code

    @property
    def address(self) -> str:
        """Host and port, as an address has them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address of the server; the port that https has anyway is left out, as in every other address of it."""
        return f"https://{self.address.removesuffix(f':{SECURE}')}"

    @property
    def text(self) -> str:
        """Address and code, as they are typed."""
        return f"{self.address}/{self.code.text}"

    @property
    def line(self) -> str:
        """The line that joins the class."""
        return f"quickstart join {self.text}"


def new_secret() -> str:
    """Return a random secret: 40 bits, from the system's own source."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SECRET))


def fingerprint_of(der: bytes) -> str:
    """Return the fingerprint of a certificate.

    Args:
        der: the certificate.
    """
    return base64.b32encode(hashlib.sha256(der).digest()).decode("ascii")[:FINGERPRINT]


def read(text: str) -> Invitation:
    """Read what a participant typed or pasted; nothing is sent for it.

    Args:
        text: ADDRESS/CODE, or the whole line that joins. The address may have https:// before it and lack the port;
            the code may be in small letters, without dashes, with blanks, or with digits for letters.

    Raises:
        Fault: "bad-code" with what is wrong. What was typed is not repeated: the secret is in it.
    """
    typed, secure = _bare(text)
    address, code = _halves(typed)
    host, port = _place(address, SECURE if secure else PORT)
    return Invitation(host, port, _code(code))


def _bare(text: str) -> tuple[str, bool]:
    """Return the text without what stands around it, and whether https:// stood before the address."""
    if len(text) > LONGEST:
        raise _bad("it is far too long")
    plain = unicodedata.normalize("NFKC", text).strip(QUOTES)
    if call := CALL.match(plain):
        plain = call["inside"]
    plain = OPTION.sub("", COMMAND.sub("", plain)).strip(QUOTES)
    found = re.match(r"(?i)(https?)://+", plain)
    if found and found[1].lower() == "http":
        raise _bad("a class has an address that begins with https://, or with nothing at all")
    return (plain[found.end() :], True) if found else (plain, False)


def _halves(typed: str) -> tuple[str, str]:
    """Return address and code."""
    parts = [part.strip() for part in re.split(r"[/\\]+", typed) if part.strip()]
    if not parts:
        raise _bad("there is nothing in it")
    if len(parts) == 1:
        # A blank in the place of the slash, but none between the groups of a code that stands alone.
        address, _, code = parts[0].partition(" ")
        if code and not _like_code(parts[0]):
            return address, code
        if _like_code(parts[0]):
            raise _bad("the address of the class is missing: it stands before the code, with a slash between them")
        raise _bad("the code is missing: it stands behind the address, with a slash between them")
    if len(parts) > 2:
        raise _bad("there is more than one slash in it")
    if _like_code(parts[0]) and not _like_code(parts[1]):
        raise _bad("the code stands before the address; it must stand behind it")
    return parts[0], parts[1]


def _like_code(text: str) -> bool:
    """Tell whether something is a code, whole or nearly so, and no address."""
    signs = _signs(text)
    near = LENGTH - 3 <= len(signs) <= LENGTH + 3
    return near and set(signs) <= set(ALPHABET) and not re.search(r":\d+$|[.]", text)


def _signs(text: str) -> str:
    return BETWEEN.sub("", text).upper().translate(MISREAD)


def _code(text: str) -> Code:
    signs = _signs(text)
    if wrong := sorted(set(signs) - set(ALPHABET)):
        named = ", ".join(sign if sign.isprintable() else "one that cannot be seen" for sign in wrong[:3])
        raise _bad(f"a code has only the letters A to Z and the digits 2 to 7, but there is: {named}")
    if not signs:
        raise _bad("the code is missing: it stands behind the address, with a slash between them")
    if missing := LENGTH - len(signs):
        how = f"{missing} too few" if missing > 0 else f"{-missing} too many"
        raise _bad(f"the code has {len(signs)} characters, {how}: it has five groups of four")
    return Code(signs[:SECRET], signs[SECRET:])


def _place(address: str, usual: int) -> tuple[str, int]:
    """Return host and port of an address."""
    found = re.fullmatch(r"\[(?P<six>[^\]]*)\](?::(?P<port>.*))?|(?P<host>[^:]*)(?::(?P<other>.*))?", address)
    if found is None or (found["six"] is None and address.count(":") > 1):
        # Without brackets nobody can tell where an IPv6 address ends.
        raise _bad(f'"{address}" is no address; one with colons stands in brackets, such as [fd00::20]:{PORT}')
    if "@" in address:
        raise _bad("there is no user name in the address of a class")
    host, port = found["six"] or found["host"] or "", found["port"] or found["other"]
    if port is not None and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise _bad(f'"{port}" is no port: it is a number, such as {PORT}')
    return _host(host, in_brackets=found["six"] is not None), int(port) if port else usual


def _host(host: str, *, in_brackets: bool) -> str:
    try:
        return str(ipaddress.IPv6Address(host) if in_brackets else ipaddress.IPv4Address(host))
    except ValueError:
        pass
    # What consists of numbers alone is no name: 192.168.1 would be looked up in vain.
    if in_brackets or not NAME.fullmatch(host) or re.fullmatch(r"[0-9.]+", host):
        raise _bad(f'"{host}" is no address of a machine')
    return host.lower().rstrip(".")


def _bad(detail: str) -> QuickstartError:
    return QuickstartError("bad-code", ExitCode.USAGE, detail=detail)
