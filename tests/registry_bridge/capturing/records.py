"""Records, messages and sources, as small as a test needs them."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote_plus

from registry_bridge.models import CaptureSource
from reviewer.models import Endpoint
from tests import makers

BUCKET = "captures"
PREFIX = "capture/tickets"
URI = f"s3://{BUCKET}/{PREFIX}"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/captures"
ADAPTER: dict[str, Any] = {
    "model": {"name": "tickets", "version": "3"},
    "input": {"fields": {"text": {"json": "instances[0].text"}}},
    "output": {
        "probabilities": {"json": "predictions[0].scores"},
        "scores": "softmax",
        "classes": ["cat", "dog"],
    },
}
CSV: dict[str, Any] = {
    "model": {"name": "tickets", "version": "3"},
    "input": {"fields": {"text": {"csv": 0}}},
    "output": {"label": {"csv": 0}, "confidence": {"csv": 1}},
}


def key(name: str = "00-00.jsonl", hour: str = "2026/11/20/07") -> str:
    return f"{PREFIX}/AllTraffic/{hour}/{name}"


def line(
    name: str,
    text: str = "a text",
    scores: tuple[float, ...] = (2.0, 0.0),
    at: str = "2026-11-20T07:15:00Z",
) -> str:
    """A record of Data Capture with JSON on both sides."""
    sent = json.dumps({"instances": [{"text": f"{text} {name}"}]})
    answered = json.dumps({"predictions": [{"scores": scores}]})
    return record(name, sent, answered, "JSON", at=at)


def record(
    name: str,
    sent: str,
    answered: str,
    encoding: str = "CSV",
    *,
    at: str = "2026-11-20T07:15:00Z",
) -> str:
    def side(data: str) -> dict[str, str]:
        if encoding == "BASE64":
            data = base64.b64encode(data.encode()).decode()
        kind = "application/json" if encoding == "JSON" else "text/csv"
        return {"observedContentType": kind, "data": data, "encoding": encoding}

    return json.dumps(
        {
            "captureData": {
                "endpointInput": side(sent),
                "endpointOutput": side(answered),
            },
            "eventMetadata": {
                "eventId": f"event-{name}",
                "inferenceId": name,
                "inferenceTime": at,
            },
            "eventVersion": "0",
        }
    )


def file(*names: str) -> bytes:
    return "".join(f"{line(name)}\n" for name in names).encode()


def s3_event(key: str, etag: str, size: int = 100, bucket: str = BUCKET) -> str:
    thing = {"key": quote_plus(key, safe="/"), "size": size, "eTag": etag}
    told = {"bucket": {"name": bucket}, "object": thing}
    return json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": told}]})


def by_sns(body: str) -> str:
    return json.dumps({"Type": "Notification", "Message": body})


def by_event_bridge(key: str, etag: str, bucket: str = BUCKET) -> str:
    thing = {"key": key, "size": 100, "etag": etag}
    detail = {"bucket": {"name": bucket}, "object": thing}
    said = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    return json.dumps(said)


def make_endpoint(adapter: dict[str, Any] | None = None) -> Endpoint:
    """An endpoint `tickets` whose project takes predictions."""
    project = makers.make_project()
    endpoint = makers.make_endpoint(project, "tickets")
    makers.make_policy(project)
    makers.make_queue(project)
    endpoint.adapter = adapter or ADAPTER
    endpoint.save(update_fields=["adapter"])
    return endpoint


def make_source(endpoint: Endpoint | None = None, **fields: Any) -> CaptureSource:
    values = {"kind": "capture", "uri": URI, "queue_url": QUEUE, **fields}
    endpoint = endpoint or make_endpoint()
    return CaptureSource.objects.create(endpoint=endpoint, **values)
