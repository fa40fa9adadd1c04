"""Connects to addresses that others wrote, and never to where only this machine may go.

The name is resolved once, every address is judged, and the connection is made to an
address that was judged: a name that changes in between gains nothing. Knows no Django.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# To connect, to each of so many addresses of a name.
CONNECT_SECONDS, ADDRESSES = 5.0, 3
LONGEST_URL = 500
PORTS = {"http": 80, "https": 443}
# Networks through which an IPv4 address is reached in the clothes of an IPv6 one.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Where clouds tell their machines secrets, besides the link-local addresses.
METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"),
    )
)


class Forbidden(Exception):
    """An address that is not called; the message says why."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Whether private networks may be called, and which setting says so."""

    private: bool
    switch: str


def wrong_with(url: str, rules: Rules, *, longest: int = LONGEST_URL) -> str | None:
    """What can be seen to be wrong with an address before it is used; None: nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        return "must start with https:// or http:// and name a host"
    if parts.username is not None or parts.password is not None:
        return "must not hold a name or password"
    if len(url) > longest or not url.isascii() or any(c <= " " for c in url):
        return f"must be at most {longest} plain characters without spaces"
    with suppress(ValueError):
        return _why_not(ipaddress.ip_address(parts.hostname), rules)
    if parts.hostname.rstrip(".") == "localhost" and not rules.private:
        return "is this machine itself; name a host that others reach too"
    return None


def judge(url: str, rules: Rules) -> None:
    """For who connects by other means: Forbidden when an address of the host is not for us.

    OSError when the name is not known. The name may say something else a moment later:
    where that matters, connect by a `Line`.
    """
    wrong = wrong_with(url, rules)
    if wrong:
        raise Forbidden(f"{url} {wrong}.")
    _resolve(urlsplit(url), rules)


class Line:
    """A connection to an address that was judged, cut when its time is up.

    Forbidden when any address of the host is not for us to call; OSError when none of
    them takes us.
    """

    def __init__(self, url: str, rules: Rules, *, seconds: float) -> None:
        self._parts, self.seconds, self.late = urlsplit(url), seconds, False
        where = _resolve(self._parts, rules)
        self._socket = _connect(where, _port(self._parts))
        self._socket.settimeout(seconds)
        self._watch = threading.Timer(seconds, self._hang_up)
        self._watch.daemon = True

    def __enter__(self) -> Line:
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watch.cancel()
        self._socket.close()

    @property
    def target(self) -> str:
        """What is asked for at the host."""
        query = f"?{self._parts.query}" if self._parts.query else ""
        return f"{self._parts.path or '/'}{query}"

    def connection(self) -> http.client.HTTPConnection:
        """The certificate must be the name's, whatever the address is."""
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            plain = http.client.HTTPConnection(host, port, timeout=self.seconds)
            plain.sock = self._socket
            return plain
        context = ssl.create_default_context()
        self._socket = context.wrap_socket(self._socket, server_hostname=host)
        secure = http.client.HTTPSConnection(host, port, context=context)
        secure.sock = self._socket
        return secure

    def _hang_up(self) -> None:
        """One that answers a byte now and then would never run into a timeout."""
        self.late = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]


def _connect(where: Sequence[str], port: int) -> socket.socket:
    """To the first address that takes us."""
    *others, last = where
    for each in others:
        with suppress(OSError):
            return _connect([each], port)
    return socket.create_connection((last, port), CONNECT_SECONDS)


def _resolve(parts: SplitResult, rules: Rules) -> list[str]:
    """Addresses of the host; Forbidden when any of them is not for us to call."""
    host = parts.hostname or ""
    found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for each in addresses:
        why = _why_not(ipaddress.ip_address(each.partition("%")[0]), rules)
        if why:
            raise Forbidden(f"{host} is {each}, which {why}.")
    return addresses[:ADDRESSES]


def _why_not(given: Address, rules: Rules) -> str | None:
    """Why an address is not called; None: it may be."""
    address = _real(given)
    if address.is_link_local or address in METADATA:
        return "tells machines secrets: nothing is sent there"
    if address.is_multicast or address.is_unspecified or _is_reserved(address):
        return "is not the address of one machine"
    if address.is_global and not _is_local(address):
        return None
    if rules.private and (address.is_private or _is_local(address)):
        return None
    return f"is in a private network; {rules.switch}=1 allows those"


def _is_reserved(address: Address) -> bool:
    # ::1 lies in a reserved network and is this machine all the same
    return address.is_reserved and not address.is_loopback


def _is_local(address: Address) -> bool:
    """Private networks that Python takes for public ones."""
    if isinstance(address, ipaddress.IPv4Address):
        return False
    return address.is_site_local


def _real(address: Address) -> Address:
    """The IPv4 address behind an IPv6 one, where that is what would be called."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    behind = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or behind or address
