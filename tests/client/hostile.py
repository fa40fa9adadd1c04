"""A small service that behaves as it is told, call by call, and keeps what it took in."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Row = dict[str, Any]


class Call(BaseHTTPRequestHandler):
    """One POST; a `Misdeed` answers it instead of `take`."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        packed = self.rfile.read(int(self.headers["Content-Length"]))
        self.packed = self.headers.get("Content-Encoding") == "gzip"
        body = gzip.decompress(packed) if self.packed else packed
        self.rows: list[Row] = [json.loads(line) for line in body.splitlines()]
        hostile = self.server.hostile
        with hostile.lock:
            hostile.calls.append(self)
            misdeed = hostile.misdeeds.pop(0) if hostile.misdeeds else hostile.always
        misdeed(self)

    def take(self) -> None:
        """As Overread answers NDJSON: a result for each row."""
        with self.server.hostile.lock:
            results = [self._result(at, row) for at, row in enumerate(self.rows)]
        self.say(200, {"results": results})

    def _result(self, at: int, row: Row) -> Row:
        kept = self.server.hostile.kept
        name = row["inference_id"]
        if row["input"].get("bad"):
            return {
                "index": at,
                "status": 422,
                "code": "bad",
                "detail": "input.bad: no",
            }
        duplicate = name in kept
        kept.setdefault(name, row)
        return {"index": at, "inference_id": name, "duplicate": duplicate}

    def say(self, status: int, content: object, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self) -> None:
        """End the connection with a reset."""
        self.wfile.flush()
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests look at what the client says."""


Misdeed = Callable[[Call], None]


@dataclass
class Hostile:
    url: str = ""
    # what each of the next calls meets, then what all others meet
    misdeeds: list[Misdeed] = field(default_factory=list)
    always: Misdeed = Call.take
    calls: list[Call] = field(default_factory=list)
    kept: dict[str, Row] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Server(ThreadingHTTPServer):
    hostile: Hostile

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that was cut on purpose is no error of ours."""


@contextmanager
def serving(hostile: Hostile, port: int = 0) -> Iterator[Hostile]:
    server = _Server(("127.0.0.1", port), Call)
    server.hostile = hostile
    hostile.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hostile
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(status: int, content: object = b"", **headers: str) -> Misdeed:
    return lambda call: call.say(status, content, **headers)


def keeps_and_cuts(call: Call) -> None:
    """What was sent is taken in, and its answer never arrives whole."""
    with call.server.hostile.lock:
        for row in call.rows:
            call.server.hostile.kept.setdefault(row["inference_id"], row)
    call.send_response(200)
    call.send_header("Content-Length", "1000")
    call.end_headers()
    call.wfile.write(b'{"results": [')
    call.cut()


def takes_at_most(rows: int) -> Misdeed:
    def misdeed(call: Call) -> None:
        if len(call.rows) > rows:
            call.say(413, {"detail": "A call takes less."})
        else:
            call.take()

    return misdeed
