"""Data capture: what went in and out, as JSON lines in S3, a minute or so later."""

from __future__ import annotations

import base64
import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.sagemaker.fleet import Fleet

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

# seconds of SageMaker's until a file appears
LAG = 60.0


@dataclass(frozen=True)
class Content:
    body: bytes
    content_type: str


class Capture:
    def __init__(self, standin: Standin) -> None:
        self._standin = standin
        self._lines: dict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()
        self._is_writing = False

    def keep(
        self,
        endpoint: str,
        fleet: Fleet,
        variant: str,
        params: Mapping[str, Any],
        sent: Content,
        answered: Content,
    ) -> None:
        """Keep one call if its configuration wants that, and chance does."""
        config = fleet.config.get("DataCaptureConfig", {})
        if not config.get("EnableCapture"):
            return
        if not fleet.is_sampled(variant, config["InitialSamplingPercentage"]):
            return
        modes = {each["CaptureMode"] for each in config["CaptureOptions"]}
        data = {}
        if modes & {"Input", "InputAndOutput"}:
            data["endpointInput"] = _shown(sent, "INPUT", config)
        if modes & {"Output", "InputAndOutput"}:
            data["endpointOutput"] = _shown(answered, "OUTPUT", config)
        self._add(config["DestinationS3Uri"], f"{endpoint}/{variant}", data, params)

    def flush(self) -> None:
        """Write what is kept: a file for each endpoint, variant and hour."""
        with self._lock:
            waiting, self._lines = self._lines, defaultdict(list)
        for folder, lines in waiting.items():
            name = f"{self._standin.clock.now():%M-%S}-{uuid.uuid4()}.jsonl"
            data = "".join(f"{line}\n" for line in lines).encode()
            self._standin.store.put(f"{folder}/{name}", data)

    def _add(
        self, top: str, place: str, data: dict[str, Any], params: Mapping[str, Any]
    ) -> None:
        now = self._standin.clock.now()
        about: dict[str, Any] = {"eventId": str(uuid.uuid4())}
        if "InferenceId" in params:
            about["inferenceId"] = params["InferenceId"]
        if "CustomAttributes" in params:
            about["customAttributes"] = [params["CustomAttributes"]]
        about["inferenceTime"] = f"{now:%Y-%m-%dT%H:%M:%SZ}"
        record = {"captureData": data, "eventMetadata": about, "eventVersion": "0"}
        folder = f"{top.rstrip('/')}/{place}/{now:%Y/%m/%d/%H}"
        with self._lock:
            self._lines[folder].append(json.dumps(record))
            started, self._is_writing = self._is_writing, True
        if not started:
            self._standin.go(self._write)

    def _write(self) -> None:
        while True:
            self._standin.clock.sleep(LAG)
            self.flush()


def _shown(content: Content, mode: str, config: Mapping[str, Any]) -> dict[str, str]:
    types = config.get("CaptureContentTypeHeader", {})
    encoding = "BASE64"
    if _is_among(content.content_type, types.get("CsvContentTypes", [])):
        encoding = "CSV"
    elif _is_among(content.content_type, types.get("JsonContentTypes", [])):
        encoding = "JSON"
    text = (
        base64.b64encode(content.body).decode()
        if encoding == "BASE64"
        else content.body.decode()
    )
    return {
        "observedContentType": content.content_type,
        "mode": mode,
        "data": text,
        "encoding": encoding,
    }


def _is_among(content_type: str, listed: Sequence[str]) -> bool:
    """Tell whether a type is listed, whatever its parameters."""
    return content_type.partition(";")[0].strip() in listed
