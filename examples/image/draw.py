"""Draws the streets of this example and what a detector would say of them.

Run it to write data.jsonl again: `python examples/image/draw.py`. The same seed draws the same.
"""

from __future__ import annotations

import base64
import io
import json
import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

WIDE, HIGH, STREET = 480, 320, 210
PICTURES = 6
HOUSES = ("#b5543c", "#c9a15a", "#7f8fa6", "#a8763e")
CARS = ("#d33f49", "#f0c808", "#2d6cdf", "#f4f4f4")

Box = dict[str, Any]


def street(chance: random.Random) -> tuple[Image.Image, list[Box]]:
    """A picture, and the box of each car, person and tree on it."""
    picture = Image.new(
        "RGB", (WIDE, HIGH), chance.choice(("#8fb7d9", "#c3d3dd", "#f2c9a1"))
    )
    pen = ImageDraw.Draw(picture)
    houses(pen, chance)
    pen.rectangle((0, STREET, WIDE, STREET + 14), fill="#b9b4aa")
    pen.rectangle((0, STREET + 14, WIDE, HIGH), fill="#575b61")
    for x in range(10, WIDE, 60):
        pen.rectangle((x, HIGH - 50, x + 30, HIGH - 46), fill="#e9e6dc")
    boxes = [
        tree(pen, x + chance.randint(-15, 15))
        for x in chance.sample(range(60, 440, 95), 2)
    ]
    boxes += [person(pen, chance.randint(20, 450)) for _ in range(chance.randint(0, 2))]
    lanes = chance.sample([(30, 232), (190, 262), (340, 236)], chance.randint(1, 3))
    boxes += [car(pen, x, y, chance.choice(CARS)) for x, y in sorted(lanes)]
    return picture, boxes


def houses(pen: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for x in range(0, WIDE, 120):
        top = chance.randint(60, 130)
        pen.rectangle((x + 6, top, x + 114, STREET), fill=chance.choice(HOUSES))
        for window in range(x + 20, x + 100, 30):
            pen.rectangle((window, top + 14, window + 16, top + 36), fill="#dfe9ef")


def tree(pen: ImageDraw.ImageDraw, x: int) -> Box:
    pen.rectangle((x - 4, 150, x + 4, STREET + 4), fill="#6b4a2f")
    pen.ellipse((x - 32, 90, x + 32, 166), fill="#2d7a3f")
    return box(x - 32, 90, x + 32, STREET + 4, "tree")


def person(pen: ImageDraw.ImageDraw, x: int) -> Box:
    pen.ellipse((x - 6, 168, x + 6, 180), fill="#e3b48f")
    pen.rectangle((x - 8, 180, x + 8, 202), fill="#4b3f72")
    pen.rectangle((x - 6, 202, x + 6, 222), fill="#22252b")
    return box(x - 8, 168, x + 8, 222, "person")


def car(pen: ImageDraw.ImageDraw, x: int, y: int, colour: str) -> Box:
    pen.rounded_rectangle((x + 22, y - 18, x + 84, y + 10), 8, fill=colour)
    pen.rectangle((x + 30, y - 12, x + 76, y), fill="#27313d")
    pen.rounded_rectangle((x, y, x + 110, y + 28), 6, fill=colour)
    for wheel in (x + 14, x + 76):
        pen.ellipse((wheel, y + 18, wheel + 20, y + 38), fill="#16181c")
    return box(x, y - 18, x + 110, y + 38, "car")


def box(left: int, top: int, right: int, bottom: int, label: str) -> Box:
    return {
        "x": left,
        "y": top,
        "width": right - left,
        "height": bottom - top,
        "label": label,
    }


def detected(boxes: list[Box], chance: random.Random) -> tuple[list[Box], list[float]]:
    """What a middling detector finds: boxes a little off, one in six missed, some named wrong."""
    found, scores = [], []
    for each in boxes:
        if chance.random() < 1 / 6:
            continue
        off = {key: each[key] + chance.randint(-6, 6) for key in ("x", "y")}
        wrong = chance.random() < 0.15
        found.append({**each, **off, "label": "car" if wrong else each["label"]})
        scores.append(
            round(chance.uniform(0.35, 0.6) if wrong else chance.uniform(0.55, 0.98), 2)
        )
    return [inside(each) for each in found], scores


def inside(each: Box) -> Box:
    x = min(max(each["x"], 0), WIDE - each["width"])
    return {**each, "x": x, "y": min(max(each["y"], 0), HIGH - each["height"])}


def data_url(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.quantize(24, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def row(number: int) -> dict[str, Any]:
    """The body of one prediction, as an endpoint posts it."""
    chance = random.Random(number)  # noqa: S311 - a drawing, no secret
    picture, boxes = street(chance)
    value, scores = detected(boxes, chance)
    busy = "busy" if len(value) > 4 else "quiet"
    return {
        "inference_id": f"street-{number}",
        "model": {"name": "streets", "version": "1"},
        "input": {"photo": data_url(picture)},
        "output": {
            "things": {
                "value": value,
                "scores": scores,
                "confidence": min(scores, default=0.5),
            },
            "scene": {"label": busy, "confidence": 0.7},
        },
    }


def main() -> None:
    lines = [json.dumps(row(number)) + "\n" for number in range(PICTURES)]
    (Path(__file__).parent / "data.jsonl").write_text("".join(lines))


if __name__ == "__main__":
    main()
