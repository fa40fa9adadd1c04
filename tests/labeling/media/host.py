"""A host of pictures and texts over real HTTP, good or hostile as it is told."""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Says = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Host:
    url: str = ""
    says: dict[str, Says] = field(default_factory=dict)
    # paths, in the order they were asked for
    asked: list[str] = field(default_factory=list)

    def has(self, path: str, body: bytes, *, status: int = 200, **headers: str) -> str:
        """The address of what lies there now."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.says[path] = whole(status, body, named)
        return self.url + path

    def sends_on(self, path: str, to: str, status: int = 302) -> str:
        return self.has(path, b"", status=status, Location=to)

    def does(self, path: str, says: Says) -> str:
        self.says[path] = says
        return self.url + path


def whole(status: int, body: bytes, headers: dict[str, str]) -> Says:
    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return say


def unending(piece: bytes, *, pause: Callable[[], None] = lambda: None) -> Says:
    """Says no length and goes on until nobody listens."""

    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            pause()
            handler.wfile.write(piece)

    return say


@contextmanager
def hosting() -> Iterator[Host]:
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append(self.path)
            say = host.says.get(self.path.partition("?")[0], whole(404, b"", {}))
            try:
                say(self)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing on the console."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        host.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield host
        server.shutdown()
        thread.join()


def png(width: int = 8, height: int = 8, shade: int = 90) -> bytes:
    """A grey picture."""
    rows = b"".join(
        b"\0" + bytes((shade + x * 5) % 256 for x in range(width))
        for _ in range(height)
    )
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in parts
    )  # fmt: skip
