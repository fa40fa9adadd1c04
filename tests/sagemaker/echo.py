"""A model server that says what its model archive tells it to. Stdlib only.

`answer.json` in the model folder: {"body": …, "status": 200, "seconds": 0, "ping": 200,
"content_type": "application/json"}; without a body, the answer is what was sent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
MODEL = BASE / "model"
# a multi-model server's: which model lies where
loaded: dict[str, Path] = {}


def told(folder: Path) -> dict[str, Any]:
    path = folder / "answer.json"
    return dict(json.loads(path.read_text())) if path.is_file() else {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._send(told(MODEL).get("ping", 200), b"", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/models":
            return self._load(json.loads(body))
        folder = MODEL
        if self.path.startswith("/models/"):
            folder = loaded[self.path.split("/")[2]]
        return self._say(told(folder), body)

    def _load(self, asked: dict[str, str]) -> None:
        status = 409 if asked["model_name"] in loaded else 200
        loaded[asked["model_name"]] = Path(asked["url"])
        self._send(status, b"{}", "application/json")

    def _say(self, answer: dict[str, Any], body: bytes) -> None:
        time.sleep(answer.get("seconds", 0))
        said = json.dumps(answer["body"]).encode() if "body" in answer else body
        content_type = answer.get("content_type", "application/json")
        self._send(answer.get("status", 200), said, content_type)

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        attributes = self.headers.get("X-Amzn-SageMaker-Custom-Attributes")
        if attributes:
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", attributes)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if "exit" in told(MODEL):
        sys.exit(told(MODEL)["exit"])
    port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
