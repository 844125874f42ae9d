"""A polite OAI-PMH client: one host, bounded answers, XML without entities."""

import contextlib
import email.utils
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

from recordsvc.services.errors import InvalidRequest, Temporary

MAX_BYTES = 32 << 20
MAX_SECONDS = 180.0
SOCKET_TIMEOUT_S = 30.0
MAX_REDIRECTS = 3
TRIES = 6
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 600.0
_CHUNK = 1 << 16
_BUSY = frozenset({429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 307, 308})
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Politeness:
    """How a repository is asked.

    Parameters
    ----------
    pause_s
        Seconds between two requests.
    longest_pause_s
        A repository that asks for more patience than this is left for another time.
    private_hosts
        Hosts that may have an address inside the own network.
    sleep
        Waits some seconds.
    """

    pause_s: float = 0.5
    longest_pause_s: float = LONGEST_PAUSE_S
    first_pause_s: float = FIRST_PAUSE_S
    private_hosts: frozenset[str] = frozenset()
    sleep: Callable[[float], None] = time.sleep


class OaiClient:
    """Asks one repository.

    Parameters
    ----------
    url
        Its base address, http or https, without query.

    Raises
    ------
    InvalidRequest
        If the address is none, or carries a password.
    """

    def __init__(self, url: str, politeness: Politeness) -> None:
        self.url = url
        self._politeness = politeness
        try:
            split = urlsplit(url)
            self._host, port = split.hostname or "", split.port
        except ValueError:
            raise InvalidRequest(f"{url!r} is no address") from None
        del port
        if split.scheme not in {"http", "https"} or not self._host:
            raise InvalidRequest(f"{url!r} is no address of http or https")
        if split.username or split.password or split.query or split.fragment:
            raise InvalidRequest("the address is given without a password or a query")
        self._asked = False

    def ask(self, arguments: Mapping[str, str]) -> bytes:
        """Return the answer to a request, after as much patience as is asked for.

        Raises
        ------
        Temporary
            If the repository does not answer; the same harvest goes on later.
        InvalidRequest
            If it leads to another host or into a private network, or refuses.
        """
        pause = self._politeness.first_pause_s
        why = ""
        for _ in range(TRIES):
            if self._asked:
                self._politeness.sleep(self._politeness.pause_s)
            self._asked = True
            try:
                status, headers, body = self._fetch(arguments)
            except (OSError, http.client.HTTPException) as error:
                why = str(error) or type(error).__name__
                self._politeness.sleep(pause)
            else:
                if status == OK:
                    return body
                if status not in _BUSY:
                    raise InvalidRequest(
                        f"{self.url} answers {status}; check the address"
                    )
                why = f"it answers {status}"
                self._wait(headers.get("retry-after", ""), pause)
            pause = min(2 * pause, self._politeness.longest_pause_s)
        raise Temporary(f"{self.url} does not answer: {why}; harvest it again later")

    def _wait(self, asked_for: str, otherwise: float) -> None:
        pause = seconds_of(asked_for)
        if pause is None:
            pause = otherwise
        if pause > self._politeness.longest_pause_s:
            raise Temporary(
                f"{self.url} asks for {pause:.0f} s of patience; harvest it again then"
            )
        self._politeness.sleep(pause)

    def _fetch(
        self, arguments: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        address = f"{self.url}?{urlencode(arguments)}"
        for _ in range(MAX_REDIRECTS + 1):
            status, headers, body = self._get(address)
            if status not in _MOVED:
                return status, headers, body
            target = urljoin(address, headers.get("location", ""))
            split = urlsplit(target)
            if split.hostname != self._host or split.scheme not in {"http", "https"}:
                raise InvalidRequest(
                    f"{self.url} sends us to {split.hostname or 'nowhere'}; if that "
                    "is right, harvest that address"
                )
            address = target
        raise InvalidRequest(f"{self.url} sends us round in circles")

    def _get(self, address: str) -> tuple[int, Mapping[str, str], bytes]:
        split = urlsplit(address)
        port = split.port or (443 if split.scheme == "https" else 80)
        connection = http.client.HTTPConnection(
            self._host, port, timeout=SOCKET_TIMEOUT_S
        )
        # The address that was checked is the one that is connected to.
        line = self._connected(port, is_tls=split.scheme == "https")
        connection.sock = line
        # An answer that trickles is cut, whatever it is at.
        late = threading.Event()
        timer = threading.Timer(MAX_SECONDS, _cut, (line, late))
        timer.daemon = True
        timer.start()
        try:
            path = split.path or "/"
            connection.request(
                "GET",
                f"{path}?{split.query}" if split.query else path,
                headers={
                    "Host": split.netloc,
                    "User-Agent": "recordsvc (OAI-PMH harvester)",
                    "Accept": "text/xml, application/xml",
                    "Accept-Encoding": "identity",
                    "Connection": "close",
                },
            )
            response = connection.getresponse()
            body = bytearray()
            while chunk := response.read1(_CHUNK):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise InvalidRequest(
                        f"{self.url} answers with more than {MAX_BYTES} bytes"
                    )
            if late.is_set():
                raise TimeoutError("the answer takes too long")
            if response.length:
                raise http.client.IncompleteRead(bytes(body), response.length)
            headers = {name.lower(): value for name, value in response.getheaders()}
            return response.status, headers, bytes(body)
        finally:
            timer.cancel()
            connection.close()

    def _connected(self, port: int, *, is_tls: bool) -> socket.socket:
        last: OSError | None = None
        found = socket.getaddrinfo(self._host, port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, place in found:
            self._require_public(str(place[0]))
            plain = socket.socket(family, kind, protocol)
            plain.settimeout(SOCKET_TIMEOUT_S)
            try:
                plain.connect(place)
                if not is_tls:
                    return plain
                context = ssl.create_default_context()
                return context.wrap_socket(plain, server_hostname=self._host)
            except OSError as error:
                plain.close()
                last = error
        raise last or OSError("the name leads nowhere")

    def _require_public(self, address: str) -> None:
        if self._host in self._politeness.private_hosts:
            return
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise InvalidRequest(
                f"{self._host} lies inside a private network; if it may be harvested, "
                "name it in harvest.private_hosts"
            )


def _cut(line: socket.socket, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def seconds_of(retry_after: str) -> float | None:
    """Return the seconds that a Retry-After asks for, None when it says nothing.

    Examples
    --------
    >>> seconds_of("120"), seconds_of("soon")
    (120.0, None)
    """
    text = retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:  # noqa: PLR2004
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())
