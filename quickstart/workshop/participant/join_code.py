"""The join code of a workshop: the secret that lets participants in, and the fingerprint of the server's certificate;
and the QR code of the command with it.

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

PORT = 5443  # default
HTTPS_PORT = 443  # default of an address with https://, such as that of a tunnel
SECRET, FINGERPRINT, GROUP = 8, 12, 4  # characters
LENGTH = SECRET + FINGERPRINT
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
MISREAD = str.maketrans("018", "OIB")  # digits that the alphabet lacks, for the letters that they look like
# Separators of a code that was typed, pasted or typeset.
SEPARATORS = re.compile(r"[\s_.,:\u00ad\u200b\u2010-\u2015\u2212\ufe58\ufe63-]+")
COMMAND = re.compile(r"^(?:.*\bquickstart(?:\.exe)?\s+)?join\s+", re.IGNORECASE)
CALL = re.compile(r"""^(?:!\s*)?quickstart\.join\(\s*(?P<quote>["'])(?P<inside>.*?)(?P=quote)""")
OPTION = re.compile(r"\s--?[a-z].*$", re.IGNORECASE)
QUOTES = "\"'`\u2018\u2019\u201c\u201d<> \t\r\n"
NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?", re.IGNORECASE)
QUIET = 4  # modules of white around a code; scanners need them
MAX_LENGTH = 300  # characters; no join command is that long


@dataclass(frozen=True)
class Code:
    """A join code: `secret` (40 bits) lets participants in, `fingerprint` (60 bits) is of the server's certificate."""

    secret: str
    fingerprint: str

    @property
    def text(self) -> str:
        """The code in groups of four."""
        signs = self.secret + self.fingerprint
        return "-".join(signs[at : at + GROUP] for at in range(0, len(signs), GROUP))

    def __repr__(self) -> str:
        return f"Code(..., {self.fingerprint!r})"


@dataclass(frozen=True)
class Invitation:
    """What a participant types: the address and the join code of a workshop. An IPv6 `host` has no brackets."""

    host: str
    port: int
    code: Code

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The server URL, without the default port of https."""
        return f"https://{self.address.removesuffix(f':{HTTPS_PORT}')}"

    @property
    def text(self) -> str:
        return f"{self.address}/{self.code.text}"

    @property
    def line(self) -> str:
        """The command that joins the workshop."""
        return f"quickstart join {self.text}"


def new_secret() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(SECRET))


def fingerprint_of(der: bytes) -> str:
    """Return the fingerprint of a certificate in DER form."""
    return base64.b32encode(hashlib.sha256(der).digest()).decode("ascii")[:FINGERPRINT]


def read(text: str) -> Invitation:
    """Parse what a participant typed or pasted: ADDRESS/CODE, or the whole join command. Nothing is sent.

    The address may start with https:// and lack the port; the code may have lower-case letters, blanks instead of
    dashes or none, and digits instead of similar letters.

    Raises:
        QuickstartError: "bad-code" with what is wrong. It does not repeat the text, which contains the secret.
    """
    typed, secure = _bare(text)
    address, code = _halves(typed)
    host, port = _place(address, HTTPS_PORT if secure else PORT)
    return Invitation(host, port, _code(code))


def _bare(text: str) -> tuple[str, bool]:
    """Return address and code without what surrounds them, and whether the address has https://."""
    if len(text) > MAX_LENGTH:
        raise _bad("it is too long")
    plain = unicodedata.normalize("NFKC", text).strip(QUOTES)
    if call := CALL.match(plain):
        plain = call["inside"]
    plain = OPTION.sub("", COMMAND.sub("", plain)).strip(QUOTES)
    found = re.match(r"(?i)(https?)://+", plain)
    if found and found[1].lower() == "http":
        raise _bad("the address must start with https:// or have no scheme")
    return (plain[found.end() :], True) if found else (plain, False)


def _halves(typed: str) -> tuple[str, str]:
    parts = [part.strip() for part in re.split(r"[/\\]+", typed) if part.strip()]
    if not parts:
        raise _bad("it is empty")
    if len(parts) == 1:
        # A blank instead of the slash; but a code without an address may have blanks between its groups.
        address, _, code = parts[0].partition(" ")
        if code and not _like_code(parts[0]):
            return address, code
        if _like_code(parts[0]):
            raise _bad("the address is missing; type ADDRESS/CODE")
        raise _bad("the code is missing; type ADDRESS/CODE")
    if len(parts) > 2:
        raise _bad("it has more than one slash")
    if _like_code(parts[0]) and not _like_code(parts[1]):
        raise _bad("the code must come after the address")
    return parts[0], parts[1]


def _like_code(text: str) -> bool:
    """Tell whether a text is a code, complete or nearly so, rather than an address."""
    signs = _signs(text)
    near = LENGTH - 3 <= len(signs) <= LENGTH + 3
    return near and set(signs) <= set(ALPHABET) and not re.search(r":\d+$|[.]", text)


def _signs(text: str) -> str:
    return SEPARATORS.sub("", text).upper().translate(MISREAD)


def _code(text: str) -> Code:
    signs = _signs(text)
    if wrong := sorted(set(signs) - set(ALPHABET)):
        named = ", ".join(sign if sign.isprintable() else "an invisible character" for sign in wrong[:3])
        raise _bad(f"a code has only the letters A to Z and the digits 2 to 7, not {named}")
    if not signs:
        raise _bad("the code is missing; type ADDRESS/CODE")
    if missing := LENGTH - len(signs):
        how = f"{missing} too few" if missing > 0 else f"{-missing} too many"
        raise _bad(f"the code has {len(signs)} characters ({how}); it must have five groups of four")
    return Code(signs[:SECRET], signs[SECRET:])


def _place(address: str, usual: int) -> tuple[str, int]:
    found = re.fullmatch(r"\[(?P<six>[^\]]*)\](?::(?P<port>.*))?|(?P<host>[^:]*)(?::(?P<other>.*))?", address)
    if found is None or (found["six"] is None and address.count(":") > 1):
        raise _bad(f'invalid address "{address}"; put an IPv6 address in brackets, such as [fd00::20]:{PORT}')
    if "@" in address:
        raise _bad("the address must not contain a user name")
    host, port = found["six"] or found["host"] or "", found["port"] or found["other"]
    if port is not None and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise _bad(f'invalid port "{port}"; use a number, such as {PORT}')
    return _host(host, in_brackets=found["six"] is not None), int(port) if port else usual


def _host(host: str, *, in_brackets: bool) -> str:
    try:
        return str(ipaddress.IPv6Address(host) if in_brackets else ipaddress.IPv4Address(host))
    except ValueError:
        pass
    # Numbers alone are not a name: 192.168.1 would be looked up in vain.
    if in_brackets or not NAME.fullmatch(host) or re.fullmatch(r"[0-9.]+", host):
        raise _bad(f'invalid host "{host}"')
    return host.lower().rstrip(".")


def _bad(detail: str) -> QuickstartError:
    return QuickstartError("bad-code", ExitCode.USAGE, detail=detail)


def qr_matrix(text: str, level: str = "M") -> list[list[bool]]:
    """Return the modules of a text's QR code with its quiet zone, True for dark; `level` is of error correction."""
    import segno  # noqa: PLC0415 - 70 ms, and most commands draw no code

    code = segno.make_qr(text, error=level)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET)]


def qr_svg(text: str, level: str = "M") -> str:
    """Return a text's QR code as an SVG image, black on white in every theme because scanners expect it."""
    rows = qr_matrix(text, level)
    size = len(rows)
    dark = "".join(
        f"M{column} {row}h1v1h-1z" for row, line in enumerate(rows) for column, module in enumerate(line) if module
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{dark}"/></svg>'
    )


def qr_half_blocks(text: str, level: str = "M") -> list[str]:
    """Return a text's QR code as lines for a terminal, two modules in the height of one character.

    The blocks are the light modules: the code is meant for light letters on a dark background.
    """
    rows = qr_matrix(text, level)
    rows += [[False] * len(rows)] * (len(rows) % 2)
    blocks = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(blocks[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]
