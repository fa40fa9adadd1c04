"""Texts with spans and pictures with boxes, as models send them: what the pages are measured on."""

from __future__ import annotations

import base64
import io
import random
from typing import Any

WORDS = (
    "river",
    "Anna",
    "market",
    "Berlin",
    "walks",
    "under",
    "letter",
    "Omar",
    "over",
)
LONG_LETTERS, LONG_SPANS = 25_000, 200
SHORT_WORDS, SHORT_SPANS = 120, 12
WIDTH, HEIGHT = 1_280, 960
FEW_BOXES, MANY_BOXES = 8, 500
SEED = 5


def text(number: int, *, long: bool = False) -> dict[str, Any]:
    """A text with spans on some of its words; none on another."""
    chance = random.Random(SEED + number)  # noqa: S311 (what texts say, not a secret)
    count, marked = (
        (LONG_LETTERS // 7, LONG_SPANS) if long else (SHORT_WORDS, SHORT_SPANS)
    )
    words = chance.choices(WORDS, k=count)
    starts, at = [], 0
    for word in words:
        starts.append((at, at + len(word)))
        at += len(word) + 1
    spans = [
        {"start": start, "end": end, "label": chance.choice(("person", "place"))}
        for start, end in sorted(chance.sample(starts, marked))
    ]
    return _row("texts", number, {"text": " ".join(words)}, "names", spans)


def picture(number: int, *, many: bool = False) -> dict[str, Any]:
    """A picture of its own with boxes on it."""
    chance = random.Random(SEED + number)  # noqa: S311 (what pictures show, not a secret)
    boxes = [
        {
            "x": chance.randrange(WIDTH - 200),
            "y": chance.randrange(HEIGHT - 200),
            "width": chance.randrange(20, 180),
            "height": chance.randrange(20, 180),
            "label": chance.choice(("car", "sign")),
        }
        for _ in range(MANY_BOXES if many else FEW_BOXES)
    ]
    return _row("pictures", number, {"image": _jpeg(chance)}, "things", boxes)


def _row(
    endpoint: str, number: int, payload: dict[str, Any], question: str, value: Any
) -> dict[str, Any]:
    return {
        "inference_id": f"{endpoint}-{number:05d}",
        "endpoint": endpoint,
        "model": {"name": endpoint, "version": "1"},
        "input": payload,
        "output": {question: {"value": value, "confidence": 0.5}},
    }


def _jpeg(chance: random.Random) -> str:
    """About 120 KB: soft noise, which compresses as photographs do."""
    from PIL import Image, ImageFilter

    small = Image.frombytes("RGB", (320, 240), chance.randbytes(320 * 240 * 3))
    image = small.resize((WIDTH, HEIGHT)).filter(ImageFilter.GaussianBlur(2))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=60)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
