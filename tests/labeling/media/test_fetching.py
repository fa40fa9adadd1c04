"""Fetching: whole things from where it is allowed, and words for everything else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pytest_django import Settings

from labeling.media import fetching, sources
from labeling.media.refused import Busy, Gone, Heavy, NotOurs, Unfetched, Unfit
from labeling.media.sources import Source
from projects.refused import Refused
from tests.labeling.media.host import Host, unending

MB = 1024 * 1024


def fetch(url: str, *, most: int = MB, look: fetching.Look = lambda _: None) -> bytes:
    sources.refuse_host(url)
    with fetching.fetch(Source(url, "the host"), most=most, look=look).file as file:
        return file.read()


def refused(url: str, kind: type[Refused], **more: Any) -> str:
    with pytest.raises(kind) as found:
        fetch(url, **more)
    return found.value.detail


def test_what_lies_there_comes_whole_with_its_size_digest_and_charset(
    host: Host,
) -> None:
    url = host.has("/a", b"x" * 300_000, Content_Type="text/plain; charset=KOI8-R")

    found = fetching.fetch(Source(url, "the host"), most=MB, look=lambda _: None)

    with found.file as file:
        assert file.read() == b"x" * 300_000
    assert (found.size, found.charset) == (300_000, "koi8-r")
    assert found.digest == sha256(b"x" * 300_000).hexdigest()


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (404, Gone, r"404"),
        (410, Gone, r"410"),
        (403, Unfetched, r"says no \(403\)"),
        (401, Unfetched, r"says no \(401\)"),
        (500, Unfetched, r"answers 500"),
        (206, Unfetched, r"answers 206"),
        (204, Unfetched, r"answers 204"),
        (304, Unfetched, r"answers 304"),
    ],
)
def test_what_the_host_answers_instead_is_told(
    host: Host, status: int, kind: type[Refused], words: str
) -> None:
    url = host.has("/a", b"", status=status)

    with pytest.raises(kind, match=words):
        fetch(url)


def test_two_hundred_megabytes_are_refused_unread_where_they_are_announced(
    host: Host,
) -> None:
    url = host.does("/large", _announcing(200 * MB))

    assert "1 MB" in refused(url, Heavy)


def test_what_is_not_announced_is_refused_as_soon_as_it_is_too_much(
    host: Host,
) -> None:
    url = host.does("/endless", unending(b"x" * 65_536))

    assert "1 MB" in refused(url, Heavy)


def test_the_first_bytes_decide_whether_the_rest_is_read(host: Host) -> None:
    url = host.does("/endless", unending(b"<svg>" * 10_000))

    def look(head: bytes) -> None:
        raise Unfit(head[:5].decode())

    assert refused(url, Unfit, look=look) == "<svg>"


def test_less_than_was_announced_is_told(host: Host) -> None:
    url = host.does("/part", _announcing(500))

    assert "only a part" in refused(url, Unfetched)


def test_a_host_that_sends_byte_by_byte_is_left_in_time(
    host: Host, settings: Settings
) -> None:
    settings.MEDIA_SECONDS = 0.5
    url = host.does("/loris", unending(b"x", pause=lambda: time.sleep(0.1)))
    began = time.monotonic()

    told = refused(url, Unfetched)

    assert "within" in told
    assert time.monotonic() - began < 4


def test_one_that_never_ends_its_head_is_left_in_time(settings: Settings) -> None:
    settings.MEDIA_PRIVATE, settings.MEDIA_SECONDS = True, 0.5
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip_head, args=(server,), daemon=True).start()

        told = refused(f"http://127.0.0.1:{server.getsockname()[1]}/", Unfetched)

    assert "within" in told


def test_redirects_are_followed_three_times(host: Host) -> None:
    host.has("/end", b"here")
    for at, to in enumerate(["/end", "/0", "/1", "/2"]):
        host.sends_on(f"/{at}", to, status=(301, 302, 307, 308)[at])

    assert fetch(f"{host.url}/2") == b"here"
    assert "again and again" in refused(f"{host.url}/3", Unfetched)
    assert host.asked.count("/end") == 1


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://0.0.0.0/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://user:word@127.0.0.1/",
        "http://[",
        "",
    ],
)
def test_redirects_lead_nowhere_that_could_not_be_named(host: Host, to: str) -> None:
    url = host.sends_on("/a", to)

    with pytest.raises((NotOurs, Unfetched)):
        fetch(url)
    assert len(host.asked) <= fetching.HOPS + 1


def test_a_redirect_from_a_public_place_into_a_private_one_is_not_followed(
    host: Host, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_PRIVATE = False
    there = host.has("/secret", b"inside")
    monkeypatch.setattr(fetching, "_ask", lambda *_, **__: there)

    assert "not followed" in refused("https://example.org/a", NotOurs)
    assert host.asked == []


def test_signed_addresses_of_buckets_are_not_sent_on(host: Host) -> None:
    url = host.sends_on("/a", "/b")
    host.has("/b", b"other")

    with pytest.raises(Unfetched):
        fetching.fetch(Source(url, "x", follows=False), most=MB, look=lambda _: None)
    assert host.asked == ["/a"]


def test_without_the_switch_nothing_is_fetched_from_inside(
    host: Host, settings: Settings
) -> None:
    settings.MEDIA_PRIVATE = False
    url = host.has("/a", b"inside")

    assert "OVERREAD_MEDIA_PRIVATE=1" in refused(url, NotOurs)
    assert host.asked == []


def test_a_name_that_changes_its_mind_gains_nothing(
    host: Host, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"], ["127.0.0.1"]])
    _resolves(monkeypatch, lambda: next(answers))
    host.has("/a", b"judged")
    url = host.url.replace("127.0.0.1", "fickle.example.org") + "/a"

    first = fetch(url)

    assert first == b"judged"
    assert "private" in refused(url, NotOurs)
    assert len(host.asked) == 1


def test_hosts_may_be_limited_to_a_list(host: Host, settings: Settings) -> None:
    settings.MEDIA_HOSTS = ["Images.example.org", "*.cdn.example.org"]

    sources.refuse_host("https://images.example.org./a")
    sources.refuse_host("https://a.b.cdn.example.org/a")
    for other in ("cdn.example.org", "evilcdn.example.org", "images.example.org.evil"):
        with pytest.raises(NotOurs, match="OVERREAD_MEDIA_HOSTS"):
            sources.refuse_host(f"https://{other}/a")


def test_redirects_stay_on_the_list_of_hosts(host: Host, settings: Settings) -> None:
    settings.MEDIA_HOSTS = ["127.0.0.1"]
    url = host.sends_on("/a", host.url.replace("127.0.0.1", "localhost") + "/b")

    assert "localhost" in refused(url, NotOurs)
    assert host.asked == ["/a"]


def test_what_is_stored_compressed_is_told(host: Host) -> None:
    url = host.has("/a", b"\x1f\x8b", Content_Encoding="gzip")

    assert "compressed" in refused(url, Unfetched)


def test_a_host_that_is_not_there_or_speaks_otherwise_is_told(host: Host) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    tls = host.has("/a", b"").replace("http:", "https:")
    rude = host.does("/rude", lambda handler: _raw(handler, b"HELO\r\n\r\n"))

    for url in (f"http://127.0.0.1:{port}/", tls, rude):
        assert "cannot be reached, or does not answer well" in refused(url, Unfetched)


def test_slow_hosts_take_only_their_share_of_the_threads(
    host: Host, settings: Settings
) -> None:
    settings.MEDIA_AT_ONCE = 1
    held, free = threading.Event(), threading.Event()
    slow = host.does("/slow", _holding(held, free))
    quick = host.has("/quick", b"quick")
    waiting = threading.Thread(target=fetch, args=(slow,))
    waiting.start()
    held.wait(5)

    told = refused(quick, Busy)
    free.set()
    waiting.join()

    assert "Try again" in told
    assert fetch(quick) == b"quick"


def test_a_turn_is_given_back_whatever_happened(host: Host, settings: Settings) -> None:
    settings.MEDIA_AT_ONCE = 1

    for _ in range(3):
        refused(f"{host.url}/absent", Gone)


def _announcing(size: int) -> Callable[[BaseHTTPRequestHandler], None]:
    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        handler.wfile.write(b"x" * 100)
        handler.close_connection = True

    return say


def _holding(
    held: threading.Event, free: threading.Event
) -> Callable[[BaseHTTPRequestHandler], None]:
    def say(handler: BaseHTTPRequestHandler) -> None:
        held.set()
        free.wait(5)
        _raw(handler, b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nslow")

    return say


def _raw(handler: BaseHTTPRequestHandler, said: bytes) -> None:
    handler.wfile.write(said)
    handler.close_connection = True


def _drip_head(server: socket.socket) -> None:
    line, _ = server.accept()
    with line:
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        for at in range(100):
            try:
                line.sendall(b"X-%d: y\r\n" % at)
            except OSError:
                return
            time.sleep(0.1)


def _resolves(patch: pytest.MonkeyPatch, answer: Callable[[], list[str]]) -> None:
    real = socket.getaddrinfo

    def asked(host: str, port: int, *args: Any, **options: Any) -> Any:
        if not host.endswith("example.org"):
            return real(host, port, *args, **options)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (each, port)) for each in answer()]

    patch.setattr(socket, "getaddrinfo", asked)
