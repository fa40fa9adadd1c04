"""Listens on 127.0.0.1 and hands every request to the stand-in, or on to moto."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.sagemaker.dispatch import Dispatch
from tests.sagemaker.errors import Dropped
from tests.sagemaker.wire import Answer, Request

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

# of one connection only, or set anew on the way
NOT_PASSED_ON = {"connection", "content-length", "transfer-encoding", "date", "server"}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, standin: Standin) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.standin, self.dispatch = standin, Dispatch(standin)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # header and body leave together
    wbufsize = -1

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = (
            self._chunks() if "chunked" in self._encoding() else self.rfile.read(length)
        )
        request = Request(self.command, self.path, self.headers, body)
        try:
            if request.service is None:
                answer = _from_moto(self.server.standin.aws_url, request)
            else:
                answer = self.server.dispatch.answer(request)
        except Dropped:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = (
            answer.headers.get("Content-Length") if self.command == "HEAD" else None
        )
        if length is None:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _encoding(self) -> str:
        return str(self.headers.get("Transfer-Encoding", ""))

    def _chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the stand-in keeps a record of its own."""

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _answer  # noqa: N815


def _from_moto(url: str, request: Request) -> Answer:
    """Pass on what is for another service, so that one address serves all of AWS."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    headers = {
        name: value
        for name, value in request.headers.items()
        if name.lower() not in {*NOT_PASSED_ON, "expect"}
    }
    try:
        connection.request(request.method, request.path, request.body, headers)
        found = connection.getresponse()
        passed = {
            name: value
            for name, value in found.headers.items()
            if name.lower() not in NOT_PASSED_ON
            or (request.method == "HEAD" and name.lower() == "content-length")
        }
        return Answer(found.status, found.read(), passed)
    finally:
        connection.close()
