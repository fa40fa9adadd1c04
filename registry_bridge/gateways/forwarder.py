"""The stable address of every endpoint: passes calls on to the server in use."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from registry_bridge.gateways.hosted_endpoint import HostedEndpoint, say
from registry_bridge.gateways.model_server import Answer, ModelServer, ServerGone
from registry_bridge.gateways.serving import VERSION_HEADER

LARGEST_BODY = 8 * 1024 * 1024
LARGEST_SKIPPED = 4 * LARGEST_BODY
# How long a call waits for a model server that is being started again.
PATIENCE_SECONDS = 15.0
LOOK_SECONDS = 0.05
PATH = re.compile(r"/endpoints/([A-Za-z0-9-]{1,63})/(ping|invocations)")
PASSED_ON = ("Content-Type", "Accept")


@dataclass(frozen=True)
class Call:
    """What somebody asks; `version`: of that one only, "": of what is in use."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    @property
    def parts(self) -> tuple[str, str, bytes, Mapping[str, str]]:
        return self.method, self.path, self.body, self.headers


class Forwarder(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, endpoints: Mapping[str, HostedEndpoint]) -> None:
        self.endpoints = endpoints
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, _request: object, client_address: object) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            # whoever called went away before the answer
            return
        say("call failed", caller=str(client_address), reason=repr(error))

    def pass_on(self, name: str, call: Call) -> tuple[Answer, str]:
        """Return a model's answer and its version."""
        if call.version:
            return self._of_version(name, call)
        endpoint = self.endpoints.get(name)
        if endpoint is None or call.method != "POST":
            return self._in_use(name, call)
        return self._shared(endpoint, name, call)

    def _shared(
        self, endpoint: HostedEndpoint, name: str, call: Call
    ) -> tuple[Answer, str]:
        """A trial gets its share; what it cannot answer, the version in use is asked."""
        with endpoint.borrow_trial() as (server, trial):
            began = time.monotonic()
            if server is None or trial is None:
                answer, version = self._in_use(name, call)
                if trial is not None and trial.asked.share and answer.is_good:
                    trial.other_answered(time.monotonic() - began)
                return answer, version
            tried = _tried(server, call)
            if tried is not None:
                trial.answered(time.monotonic() - began)
                return tried, server.order.version
        answer, version = self._in_use(name, call)
        trial.missed(failed=answer.is_good)
        return answer, version

    def _of_version(self, name: str, call: Call) -> tuple[Answer, str]:
        endpoint = self.endpoints.get(name)
        if endpoint is not None:
            with endpoint.borrow_version(call.version) as server:
                if server is not None:
                    return _asked(server, call), server.order.version
        return refusal(503, f"No version {call.version} answers {name} now."), ""

    def _in_use(self, name: str, call: Call) -> tuple[Answer, str]:
        """The version in use; wait a little for one that restarts."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while endpoint := self.endpoints.get(name):
            with endpoint.borrow() as server:
                if server is not None:
                    try:
                        answer = server.ask(*call.parts)
                    except TimeoutError:
                        return refusal(504, "The model took too long."), ""
                    except ServerGone:
                        pass
                    else:
                        return answer, server.order.version
            if endpoint.last_good is None or time.monotonic() > deadline:
                return refusal(503, f"No model serves {name} now."), ""
            time.sleep(LOOK_SECONDS)
        return refusal(404, f"There is no endpoint {name}."), ""


def _tried(server: ModelServer, call: Call) -> Answer | None:
    """Its answer, if it is one; None where another version must be asked."""
    answer = _asked(server, call)
    return answer if answer.is_good else None


def _asked(server: ModelServer, call: Call) -> Answer:
    try:
        return server.ask(*call.parts)
    except TimeoutError:
        return refusal(504, "The model took too long.")
    except ServerGone:
        return refusal(503, "The model server ended.")


def refusal(status: int, message: str) -> Answer:
    # the shape of MLflow's own errors
    words = HTTPStatus(status).name
    body = json.dumps({"error_code": words, "message": message}).encode()
    return Answer(status, "application/json", body)


class _Handler(BaseHTTPRequestHandler):
    server: Forwarder
    protocol_version = "HTTP/1.1"
    server_version = "Overread"
    sys_version = ""
    timeout = 75.0
    # head and body leave as one packet, at once
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        found = PATH.fullmatch(self.path)
        if self.path == "/ping":
            self._answer(Answer(200, "application/json", b"{}"))
        elif found and found[2] == "ping":
            self._answer(*self.server.pass_on(found[1], Call("GET", "/ping")))
        else:
            self._answer(refusal(404, "There is nothing here."))

    def do_POST(self) -> None:
        refused, length = self._length()
        if refused:
            # what is left unread would be taken for the next call
            self.close_connection = True
            self._skip(length)
            self._answer(refused)
            return
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        found = PATH.fullmatch(self.path)
        if not found or found[2] != "invocations":
            self._answer(refusal(404, "There is nothing here."))
            return
        headers = {
            name: self.headers[name] for name in PASSED_ON if name in self.headers
        }
        version = self.headers.get(VERSION_HEADER, "")
        call = Call("POST", "/invocations", body, headers, version)
        self._answer(*self.server.pass_on(found[1], call))

    def _length(self) -> tuple[Answer | None, int]:
        given = self.headers.get("Content-Length", "")
        if not given.isdecimal() or "Transfer-Encoding" in self.headers:
            return refusal(411, "Send the body with its Content-Length."), 0
        if int(given) > LARGEST_BODY:
            message = f"A call holds at most {LARGEST_BODY} bytes."
            return refusal(413, message), int(given)
        return None, int(given)

    def _skip(self, length: int) -> None:
        """Read a body that is too long, within reason: else its sender sees no answer."""
        left = min(length, LARGEST_SKIPPED)
        while left > 0 and (chunk := self.rfile.read(min(left, 1 << 16))):
            left -= len(chunk)

    def handle_expect_100(self) -> bool:
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def _answer(self, answer: Answer, version: str = "") -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type or "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        if version:
            self.send_header(VERSION_HEADER, version)
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            self.send_header("Retry-After", "1")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Say nothing: one line a prediction fills disks."""
