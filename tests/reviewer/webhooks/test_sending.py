"""Messages go to receivers, never to where only this machine may go."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from reviewer.webhooks import sending
from tests.reviewer.webhooks.receiver import Receiver, receiving, slow

INSIDE = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://10.1.2.3/",
    "http://192.168.0.7:8080/",
    "http://172.16.0.1/",
    "http://100.64.0.1/",
    "http://[::1]/",
    "http://[fd12::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[64:ff9b::a00:1]/",
    "http://[2002:a00:1::]/",
    "http://0.0.0.0/",
]
SECRETS = [
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[fd00:ec2::254]/",
    "http://224.0.0.1/",
]


def post(url: str, *, private: bool = False) -> sending.Heard:
    return sending.post(url, b"{}", {}, private=private)


@pytest.mark.parametrize("url", INSIDE)
def test_private_addresses_are_refused_before_and_when_sending(url: str) -> None:
    assert sending.wrong_with(url, private=False)
    heard = post(url)

    assert heard.status is None
    assert "which" in heard.text


@pytest.mark.parametrize("url", SECRETS)
@pytest.mark.parametrize("private", [False, True])
def test_where_machines_are_told_secrets_nothing_is_ever_sent(
    url: str, private: bool
) -> None:
    assert sending.wrong_with(url, private=private)
    assert post(url, private=private).status is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https://user:word@example.org/",
        "https://example.org:99999/",
        "https://example.org/a b",
        "https://example.org/ü",
        f"https://example.org/{'a' * 500}",
        "no address",
    ],
)
def test_what_is_no_address_of_a_receiver_is_refused(url: str) -> None:
    assert sending.wrong_with(url, private=True)


def test_a_public_name_that_leads_inside_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _resolves_to(monkeypatch, "93.184.216.34", "10.0.0.1")

    heard = post("http://rebinding.example.org/")

    assert heard.status is None
    assert "10.0.0.1" in heard.text


def test_the_judged_address_is_called_whatever_the_name_says_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = _resolves_to(monkeypatch, "127.0.0.1")
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "name.example.org")

        heard = post(url, private=True)

    assert heard.status == 204
    assert receiver.got[0].headers["host"].startswith("name.example.org:")
    assert receiver.got[0].path == "/hooks?of=us"
    assert len(asked) == 1


def test_an_address_that_does_not_take_it_is_followed_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _resolves_to(monkeypatch, "127.0.0.9", "127.0.0.1")
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "name.example.org")

        assert post(url, private=True).status == 204


def test_nothing_is_followed(receiver: Receiver) -> None:
    receiver.says((307, {"Location": "http://169.254.169.254/"}, b""))

    heard = post(receiver.url, private=True)

    assert (heard.status, heard.well) == (307, False)
    assert "169.254.169.254" in heard.text
    assert len(receiver.got) == 1


def test_a_long_answer_is_read_in_part(receiver: Receiver) -> None:
    receiver.says((500, {}, b"x" * 1_000_000))

    assert post(receiver.url, private=True).text == "x" * 500


@pytest.mark.parametrize(("given", "seconds"), [("120", 120), ("soon", None)])
def test_retry_after_is_read(
    receiver: Receiver, given: str, seconds: int | None
) -> None:
    receiver.says((503, {"Retry-After": given}, b""))

    assert post(receiver.url, private=True).retry_after == seconds


def test_a_receiver_that_is_not_there_is_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    heard = post(f"http://127.0.0.1:{port}/", private=True)

    assert heard.status is None
    assert "cannot be reached" in heard.text


def test_a_slow_receiver_is_left_in_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    receiver.before = slow(1)

    heard = post(receiver.url, private=True)

    assert heard.status is None
    assert "within" in heard.text


def test_one_that_answers_byte_by_byte_is_left_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip, args=(server,), daemon=True).start()
        began = time.monotonic()

        heard = post(f"http://127.0.0.1:{server.getsockname()[1]}/", private=True)

    assert heard.status is None
    assert time.monotonic() - began < 3


def _drip(server: socket.socket) -> None:
    line, _ = server.accept()
    with line:
        for _ in range(100):
            try:
                line.sendall(b"H")
            except OSError:
                return
            time.sleep(0.1)


def test_https_needs_a_certificate_of_that_name(receiver: Receiver) -> None:
    heard = post(receiver.url.replace("http:", "https:"), private=True)

    assert heard.status is None


def _resolves_to(patch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let names mean these addresses; which names were asked for."""
    asked: list[str] = []

    def answer(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (each, port)) for each in addresses]

    patch.setattr(socket, "getaddrinfo", _only_for_names(answer))
    return asked


def _only_for_names(answer: Any) -> Any:
    """Numbers stay numbers: connecting to one asks as well."""
    real = socket.getaddrinfo

    def asked(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host.endswith("example.org"):
            return answer(host, port, **options)
        return real(host, port, *args, **options)

    return asked
