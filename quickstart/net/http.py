"""HTTP as quickstart speaks it: the only importer of requests. Every call has a connect and a read timeout."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from quickstart.errors import QuickstartError
from quickstart.net.tcp import CONNECT_TIMEOUT, in_time, is_loopback

if TYPE_CHECKING:
    import requests

READ_TIMEOUT = 10.0  # seconds
MOST_CHUNKS = 1000  # of 64 kB; no answer of the tracking API is that long
SKEW = 120.0  # seconds between two clocks; more makes servers reject credentials


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return None if the body is not JSON."""
        import json  # noqa: PLC0415 - start-up: only this function needs it

        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def clock_skew(answer: Answer) -> int:
    """Return by how many seconds our clock differs from an answer's Date header; 0 if they are close."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - start-up: only this function needs it

    try:
        theirs = parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return 0
    return int(time.time() - theirs) if abs(time.time() - theirs) > SKEW else 0


def environment_proxies(url: str) -> dict[str, str]:
    """Return the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY set for a URL, by scheme."""
    from requests.utils import get_environ_proxies  # noqa: PLC0415 - start-up: slow to import

    return dict(get_environ_proxies(url))


def proxy_problem(proxy: str) -> str:
    """Return why requests cannot use a proxy's URL, "" if it can."""
    from urllib3.exceptions import LocationParseError  # noqa: PLC0415 - start-up: slow to import
    from urllib3.util import parse_url  # noqa: PLC0415 - start-up: slow to import

    try:
        parts = parse_url(proxy if "://" in proxy else f"http://{proxy}")
    except (LocationParseError, ValueError):
        return "it is not a URL"
    if not parts.host:
        return "it names no host"
    if parts.scheme in ("http", "https") or str(parts.scheme).startswith("socks"):
        return ""
    return f"{parts.scheme} is not a supported kind of proxy"


def netrc_user(url: str) -> str | None:
    """Return the user whose credentials in a netrc file requests would send to a URL."""
    from requests.utils import get_netrc_auth  # noqa: PLC0415 - start-up: slow to import

    named = os.environ.get("NETRC")
    for path in [named] if named else ["~/.netrc", "~/_netrc"]:
        where = os.path.expanduser(path)  # noqa: PTH111 - as requests does
        if os.path.exists(where) and not os.path.isfile(where):  # noqa: PTH110, PTH113 - to open a pipe is to wait
            return None
    found = get_netrc_auth(url)
    return found[0] if found else None


class Conversation(Protocol):
    """What the tracking API needs of Http, so that something else can take its place."""

    @property
    def base(self) -> str:
        """Scheme, host, port and path prefix of every request."""

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request and return the answer, whatever its status; `options` are "params", "json" or "data"."""


class Http:
    """A kept-alive connection to one server.

    `trust_env` is off: REQUESTS_CA_BUNDLE would silently override `verify`, and a netrc entry could replace an
    Authorization header. Proxies come from the environment, but are not used for this machine.

    Args:
        base: scheme, host, port and path prefix of every request.
        read_timeout: seconds to wait for an answer once connected.
        ca_file: authorities to trust instead of the usual ones.
        direct: whether to bypass every proxy.
        as_client: whether to use proxies even for this machine, as MLflow's own client does.
        fingerprint: SHA-256 in hex of the only certificate to trust, whatever its issuer and names.
    """

    def __init__(
        self,
        base: str,
        read_timeout: float = READ_TIMEOUT,
        ca_file: str | None = None,
        *,
        direct: bool = False,
        as_client: bool = False,
        fingerprint: str = "",
    ) -> None:
        # Imported only now: it takes 80 ms, while a server that was just launched imports its own modules.
        import requests  # noqa: PLC0415 - start-up: slow to import

        self.base = base.rstrip("/")
        self._timeout = (CONNECT_TIMEOUT, read_timeout)
        self._session = requests.Session()
        self._session.trust_env = False
        # As MLflow's own client trusts; passed with each request, because it would silently override the session's.
        usual = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        self._verify = ca_file or usual
        secure = base.startswith("https:")
        if secure and isinstance(self._verify, str) and not os.path.exists(self._verify):  # noqa: PTH110 - as requests does
            raise QuickstartError("ca-missing", url=base, path=self._verify)
        host = urlsplit(base).hostname or ""
        self._proxies = {} if direct or (is_loopback(host) and not as_client) else environment_proxies(base)
        if fingerprint:
            self._verify = False  # no authority; the handshake fails with any other certificate
            self._session.mount("https://", _pinned(fingerprint))

    @property
    def proxied(self) -> bool:
        return urlsplit(self.base).scheme in self._proxies or "all" in self._proxies

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def authorize(self, headers: Mapping[str, str], *, allow_http: bool = False) -> None:
        """Send credentials with every request from now on.

        Args:
            allow_http: whether the person accepts that others can listen.

        Raises:
            QuickstartError: "plain-http" if others could listen.
        """
        parts = urlsplit(self.base)
        if parts.scheme != "https" and not is_loopback(parts.hostname or "") and not allow_http:
            raise QuickstartError("plain-http", url=self.base, secure=self.base.replace("http://", "https://", 1))
        self._session.headers.update(headers)

    def sign(self, sign: Callable[[str, str, Mapping[str, str], bytes], Mapping[str, str]]) -> None:
        """Sign every request from now on.

        Args:
            sign: returns the headers for a request's method, URL, headers and body.
        """

        def signed(request: requests.PreparedRequest) -> requests.PreparedRequest:
            body = request.body or b""
            data = body.encode() if isinstance(body, str) else bytes(body)
            # A space in a query may be + or %20; AWS signs it as written and reads + as a plus sign.
            path, mark, query = str(request.url).partition("?")
            request.url = path + mark + query.replace("+", "%20")
            request.headers.update(sign(str(request.method), str(request.url), dict(request.headers), data))
            return request

        self._session.auth = signed

    def _ask(self, method: str, path: str, options: Mapping[str, Any]) -> tuple[requests.Response, bytes]:
        deadline = time.monotonic() + sum(self._timeout)
        answer = self._session.request(
            method,
            self.base + path,
            timeout=self._timeout,
            proxies=self._proxies,
            verify=self._verify,
            allow_redirects=False,
            stream=True,
            **options,
        )
        return answer, _read(answer, deadline)

    def close(self) -> None:
        self._session.close()

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request and return the answer, whatever its status; redirects are not followed.

        Raises:
            QuickstartError: "no-answer" (connected, then timed out), "tls-failed", "proxy-failed" or "unreachable".
        """
        from requests import exceptions  # noqa: PLC0415 - start-up: slow to import

        facts: dict[str, Any] = {"url": self.base, "path": path}
        try:
            answer, body = in_time(partial(self._ask, method, path, options), sum(self._timeout))
        except exceptions.SSLError as error:
            raise QuickstartError("tls-failed", **facts, detail=str(error)) from error
        except (exceptions.ProxyError, exceptions.InvalidProxyURL, exceptions.InvalidSchema) as error:
            raise QuickstartError("proxy-failed", **facts, detail=str(error)) from error
        except (exceptions.ReadTimeout, TimeoutError) as error:
            raise QuickstartError("no-answer", **facts, seconds=self._timeout[1]) from error
        except (exceptions.RequestException, ValueError) as error:  # ValueError: a redirect to an invalid URL
            raise QuickstartError("unreachable", **facts, detail=type(error).__name__) from error
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, headers, body)


def _pinned(fingerprint: str) -> requests.adapters.HTTPAdapter:
    """Connect only to the server with this certificate, even through a proxy."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415 - start-up: slow to import

    class Pinned(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:
            super().init_poolmanager(*arguments, assert_fingerprint=fingerprint, **settings)

        def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
            return super().proxy_manager_for(proxy, assert_fingerprint=fingerprint, **settings)

    return Pinned()


def _read(answer: requests.Response, deadline: float) -> bytes:
    """Return the body unless it trickles past the deadline."""
    with answer:
        chunks = []
        for chunk in answer.iter_content(65536):
            chunks.append(chunk)
            if time.monotonic() > deadline or len(chunks) > MOST_CHUNKS:
                raise TimeoutError
        return b"".join(chunks)
