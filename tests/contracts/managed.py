"""Stands in for SageMaker: checks each signature, hands calls on to a real MLflow server."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlsplit

ACCESS_KEY, SECRET = "AKIATEST", "a known secret"
REGION = "eu-central-1"
SERVER_ARN = f"arn:aws:sagemaker:{REGION}:123456789012:mlflow-tracking-server/gold"
APP_ARN = f"arn:aws:sagemaker:{REGION}:123456789012:mlflow-app/app-AB12CD34EF56"
LINK = "https://gold.example.org/auth?authToken=only-once"


@dataclass
class Standin:
    mlflow: str = ""
    url: str = ""
    # the ARN of each call that was let in, and what was asked of SageMaker itself
    arns: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    # what every call is answered with instead: status, code, message
    refuses: tuple[int, str, str] | None = None


class _Call(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        standin = self.server.standin
        target = self.headers.get("X-Amz-Target", "")
        arn = self.headers.get("x-mlflow-sm-tracking-server-arn", "")
        app = self.headers.get("x-sm-mlflow-app-arn", "")
        service = "sagemaker-mlflow" if arn else "sagemaker"
        if wrong := self._wrong_with_signature(service):
            self._say(403, {"message": wrong}, "InvalidSignatureException")
        elif standin.refuses is not None:
            status, code, message = standin.refuses
            self._say(status, {"message": message}, code)
        elif target:
            name = target.partition(".")[2]
            standin.asked.append((name, json.loads(self.body)))
            self._say(200, {"AuthorizedUrl": LINK})
        elif arn or app:
            standin.arns.append(arn or app)
            self._hand_on()
        else:
            self._say(400, {"message": "no ARN"}, "ValidationException")

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 (the server looks for these)

    def _wrong_with_signature(self, service: str) -> str:
        """Signature Version 4 as AWS describes it, from the bytes that came."""
        scheme, _, rest = self.headers.get("Authorization", "").partition(" ")
        parts = dict(each.strip().split("=", 1) for each in rest.split(",") if each)
        if scheme != "AWS4-HMAC-SHA256":
            return "The request is not signed."
        names = parts["SignedHeaders"].split(";")
        amazons = {name.lower() for name in self.headers if self._is_amazons(name)}
        if not {"host", *amazons} <= set(names):
            return f"Not signed: {amazons - set(names)}"
        digest = hashlib.sha256(self.body).hexdigest()
        if self.headers.get("X-Amz-Content-SHA256", digest) != digest:
            return "The digest is not that of the body."
        path, _, query = self.path.partition("?")
        if "+" in query:
            return "A space is %20 in a signed request."
        headers = "".join(f"{n}:{' '.join(self.headers[n].split())}\n" for n in names)
        canonical = "\n".join(
            [
                self.command,
                quote(path, safe="/~"),
                "&".join(sorted(query.split("&"))),
                headers,
                ";".join(names),
                digest,
            ]
        )
        day = self.headers["X-Amz-Date"][:8]
        scope = f"{day}/{REGION}/{service}/aws4_request"
        if parts["Credential"] != f"{ACCESS_KEY}/{scope}":
            return f"The scope is {parts['Credential']}."
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"{scheme}\n{self.headers['X-Amz-Date']}\n{scope}\n{hashed}"
        key = f"AWS4{SECRET}".encode()
        for part in (*scope.split("/"), text):
            key = hmac.digest(key, part.encode(), "sha256")
        return "" if key.hex() == parts["Signature"] else "The signature is wrong."

    @staticmethod
    def _is_amazons(name: str) -> bool:
        return name.lower().startswith(("x-amz-", "x-mlflow-sm-", "x-sm-"))

    def _hand_on(self) -> None:
        connection = HTTPConnection(urlsplit(self.server.standin.mlflow).netloc)
        kept = ("content-type", "accept")
        headers = {k: v for k, v in self.headers.items() if k.lower() in kept}
        connection.request(self.command, self.path, self.body, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type") or "")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    def _say(self, status: int, content: object, code: str = "") -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("x-amzn-ErrorType", code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the screen of the tests."""


class _Server(ThreadingHTTPServer):
    standin: Standin
    daemon_threads = True


@contextmanager
def standing_in(mlflow: str = "") -> Iterator[Standin]:
    with _Server(("127.0.0.1", 0), _Call) as server:
        standin = server.standin = Standin(mlflow)
        standin.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield standin
        server.shutdown()
        thread.join()


REFUSALS = {
    "permission": (
        (
            403,
            "AccessDeniedException",
            "User: arn:aws:sts::123456789012:assumed-role/overread/i-1 is not authorized "
            "to perform: sagemaker-mlflow:SearchExperiments on resource: x",
        ),
        "lack the permission sagemaker-mlflow:SearchExperiments",
    ),
    "expired": (
        (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        "credentials have expired",
    ),
    "unknown": (
        (
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        "AWS refused the credentials",
    ),
}
