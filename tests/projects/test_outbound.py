"""Where this service calls for others: to public addresses, and to those alone."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects import outbound
from projects.outbound import Forbidden, Line, Rules

PUBLIC = Rules(private=False, switch="SWITCH")
PRIVATE = Rules(private=True, switch="SWITCH")
NOBODY = [
    "0.0.0.0",  # noqa: S104
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "ff02::1",
    "::7f00:1",
    "64:ff9b:1::7f00:1",
]
SECRET = [
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "fe80::1",
    "fd00:ec2::254",
    "fd20:ce::254",
]
INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.7",
    "198.18.0.1",
    "::1",
    "fd12::1",
    "fec0::1",
]
V4 = st.ip_addresses(v=4).map(ipaddress.IPv4Address)


def url_of(address: str) -> str:
    return f"http://[{address}]/" if ":" in address else f"http://{address}/"


def as_v6(address: ipaddress.IPv4Address) -> list[str]:
    """The clothes in which an IPv4 address may come."""
    low, high = int(address) & 0xFFFF, int(address) >> 16
    return [
        f"::ffff:{address}",
        f"64:ff9b::{high:x}:{low:x}",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:808:808:0:0:{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}",
    ]


@pytest.mark.parametrize("address", [*NOBODY, *SECRET, *INSIDE, "100.64.0.1"])
def test_only_public_addresses_are_called(address: str) -> None:
    assert outbound.wrong_with(url_of(address), PUBLIC)
    with pytest.raises(Forbidden):
        Line(url_of(address), PUBLIC, seconds=1)


@pytest.mark.parametrize("address", [*NOBODY, *SECRET, "100.100.100.200"])
def test_private_networks_may_be_allowed_and_nothing_else_with_them(
    address: str,
) -> None:
    assert outbound.wrong_with(url_of(address), PRIVATE)


@pytest.mark.parametrize("address", INSIDE)
def test_private_networks_are_called_once_they_are_allowed(address: str) -> None:
    assert outbound.wrong_with(url_of(address), PRIVATE) is None


@given(V4)
def test_an_address_in_other_clothes_is_judged_as_what_it_is(
    address: ipaddress.IPv4Address,
) -> None:
    for rules in (PUBLIC, PRIVATE):
        plain = outbound.wrong_with(url_of(str(address)), rules)
        dressed = {outbound.wrong_with(url_of(each), rules) for each in as_v6(address)}
        assert dressed == {plain}


@given(
    st.ip_addresses(network="127.0.0.0/8") | st.ip_addresses(network="169.254.0.0/16")
)
def test_however_a_number_is_spelled_it_leads_nowhere_inside(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    number = int(address)
    parts = str(address).split(".")
    spelled = [
        str(number),
        hex(number),
        ".".join(hex(int(part)) for part in parts),
        ".".join(f"0{int(part):o}" for part in parts),
        f"{parts[0]}.{number & 0xFFFFFF}",
    ]
    for each in spelled:
        with pytest.raises(Forbidden):
            Line(f"http://{each}/", PUBLIC, seconds=1)


@pytest.mark.parametrize(
    "url",
    [
        "http://user@example.org/",
        "http://:word@example.org/",
        "http://@example.org/",
        "gopher://example.org/",
        "//example.org/",
        "http://example.org:0/",
        "http://example.org:123456/",
        "http://exa mple.org/",
        "http://example.org/\r\nHost: other",
        "http://[::1/",
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    assert outbound.wrong_with(url, PRIVATE)


def test_one_bad_address_of_a_name_is_enough_to_refuse_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(_host: str, port: int, **_: Any) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (each, port)) for each in ("93.184.216.34", "169.254.169.254")]

    monkeypatch.setattr(socket, "getaddrinfo", answer)

    with pytest.raises(Forbidden, match=r"169\.254\.169\.254"):
        Line("http://two-faced.example.org/", PRIVATE, seconds=1)


def test_what_is_asked_for_is_the_path_and_the_query() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        base = f"http://127.0.0.1:{server.getsockname()[1]}"
        targets = []
        for rest in ("", "?a=1", "//other.example.org/x", "/a%20b?c#d"):
            with Line(base + rest, PRIVATE, seconds=1) as line:
                targets.append(line.target)

    assert targets == ["/", "/?a=1", "//other.example.org/x", "/a%20b?c"]
