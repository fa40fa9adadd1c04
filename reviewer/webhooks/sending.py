"""Sends one message to a receiver, and never to where only this machine may go.

The name is resolved once, every address is judged, and the connection is made to an
address that was judged: a name that changes in between gains nothing. Nothing is
followed. Knows no Django.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SECONDS = 10.0
# To connect, to each of so many addresses of a name.
CONNECT_SECONDS, ADDRESSES = 5.0, 3
EXCERPT = 500
LONGEST_URL = 500
LONGEST_BODY = 2**20
PORTS = {"http": 80, "https": 443}
# Networks through which an IPv4 address is reached in the clothes of an IPv6 one.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Where clouds tell their machines secrets, besides the link-local addresses.
METADATA = frozenset({ipaddress.ip_address("fd00:ec2::254")})


class Forbidden(Exception):
    """An address to which nothing is sent; the message says why."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a receiver answered; no status: nothing was heard of it, and why."""

    status: int | None
    text: str
    retry_after: int | None = None

    @property
    def well(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def wrong_with(url: str, *, private: bool) -> str | None:
    """What can be seen to be wrong with an address before it is used; None: nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        return "must start with https:// or http:// and name a host"
    if parts.username or parts.password:
        return "must not hold a password; the signature proves who sends"
    if len(url) > LONGEST_URL or not url.isascii() or any(c <= " " for c in url):
        return f"must be at most {LONGEST_URL} plain characters without spaces"
    with suppress(ValueError):
        return _why_not(ipaddress.ip_address(parts.hostname), private=private)
    if parts.hostname.rstrip(".") == "localhost" and not private:
        return "is this machine itself; name a host that others reach too"
    return None


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> Heard:
    """Send it and hear the answer, within SECONDS once there is a connection."""
    parts = urlsplit(url)
    try:
        with _Line(parts, _resolve(parts, private=private)) as line:
            return line.ask(body, headers)
    except Forbidden as forbidden:
        return Heard(None, str(forbidden)[:EXCERPT])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Heard(None, f"It cannot be reached: {_said(error)}"[:EXCERPT])


class _Line:
    """A connection to an address that was judged, cut when its time is up."""

    def __init__(self, parts: SplitResult, where: Sequence[str]) -> None:
        self._parts, self._late = parts, False
        self._socket = _connect(where, parts.port or PORTS[parts.scheme])
        self._watch = threading.Timer(SECONDS, self._hang_up)
        self._watch.daemon = True

    def __enter__(self) -> _Line:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.cancel()
        self._socket.close()

    def ask(self, body: bytes, headers: Mapping[str, str]) -> Heard:
        try:
            return _ask(self._connection(), self._parts, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self._late or isinstance(error, TimeoutError):
                return Heard(None, f"It did not answer within {SECONDS:.0f} s.")
            return Heard(None, f"It did not answer well: {_said(error)}"[:EXCERPT])

    def _connection(self) -> http.client.HTTPConnection:
        """The certificate must be the name's, whatever the address is."""
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
        else:
            context = ssl.create_default_context()
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
            connection = http.client.HTTPSConnection(host, port, context=context)
        connection.sock = self._socket
        return connection

    def _hang_up(self) -> None:
        """A receiver that answers a byte now and then would never run into a timeout."""
        self._late = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


def _ask(
    connection: http.client.HTTPConnection,
    parts: SplitResult,
    body: bytes,
    headers: Mapping[str, str],
) -> Heard:
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    given = {"Content-Type": "application/json", "User-Agent": "Overread", **headers}
    connection.request("POST", path, body=body, headers=given)
    answer = connection.getresponse()
    text = answer.read(EXCERPT).decode(errors="replace").replace("\0", "")
    if 300 <= answer.status < 400:
        text = f"It sends on to {answer.getheader('Location', '?')}; name that address."
    wait = _seconds(answer.getheader("Retry-After", ""))
    return Heard(answer.status, text.strip()[:EXCERPT], wait)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _seconds(given: str) -> int | None:
    """Retry-After in seconds: a number, or a date."""
    if given.isascii() and given.isdecimal():
        return int(given[:7])
    with suppress(ValueError, TypeError):
        return max(0, int(parsedate_to_datetime(given).timestamp() - time.time()))
    return None


def _connect(where: Sequence[str], port: int) -> socket.socket:
    """To the first address that takes us."""
    *others, last = where
    for each in others:
        with suppress(OSError):
            return _connect([each], port)
    line = socket.create_connection((last, port), CONNECT_SECONDS)
    line.settimeout(SECONDS)
    return line


def _resolve(parts: SplitResult, *, private: bool) -> list[str]:
    """Addresses of the host; Forbidden when any of them is not for us to call."""
    host = parts.hostname or ""
    port = parts.port or PORTS[parts.scheme]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for each in addresses:
        why = _why_not(ipaddress.ip_address(each.partition("%")[0]), private=private)
        if why:
            raise Forbidden(f"{host} is {each}, which {why}.")
    return addresses[:ADDRESSES]


def _why_not(given: Address, *, private: bool) -> str | None:
    """Why nothing is sent to an address; None: it may be called."""
    address = _real(given)
    if address.is_link_local or address in METADATA:
        return "tells machines secrets: nothing is sent there"
    if address.is_multicast or address.is_unspecified:
        return "is not the address of one machine"
    if address.is_global or (private and (address.is_private or address.is_loopback)):
        return None
    return "is in a private network; OVERREAD_WEBHOOK_PRIVATE=1 allows those"


def _real(address: Address) -> Address:
    """The IPv4 address behind an IPv6 one, where that is what would be called."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
