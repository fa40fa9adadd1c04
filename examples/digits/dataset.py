"""scikit-learn's 1,797 real handwritten digits as payloads, and who gets which of them.

`python -m examples.digits.dataset` writes the base folder anew.
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

BASE = Path(__file__).parent / "base" / "data.jsonl"
BASE_EACH = 4
CHECKS = 12
FIRST_STREAM = 1_050


@dataclass(frozen=True, slots=True)
class Digit:
    """One image, its name within the data set, and what it really shows."""

    name: str
    label: str
    image: str

    @property
    def payload(self) -> dict[str, str]:
        return {"image": self.image}


@dataclass(frozen=True, slots=True)
class Share:
    """Nobody gets an image twice: the two streams and the check tasks are disjoint."""

    first: list[Digit]
    second: list[Digit]
    checks: list[Digit]


def everything() -> list[Digit]:
    found = load_digits()
    return [
        Digit(f"digit-{at:04}", str(label), as_url(pixels))
        for at, (pixels, label) in enumerate(
            zip(found.images, found.target, strict=True)
        )
    ]


def as_url(pixels: np.ndarray) -> str:
    """8 × 8 pixels of 0..16 as a grey PNG of 0..240."""
    file = io.BytesIO()
    Image.fromarray((pixels * 15).astype(np.uint8)).save(file, "png")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def base(digits: list[Digit]) -> list[Digit]:
    """The few images the first model learns from: so many of each digit, always the same."""
    chance = np.random.default_rng(0)
    found: list[Digit] = []
    for label in map(str, range(10)):
        own = [each for each in digits if each.label == label]
        found += [own[at] for at in chance.permutation(len(own))[:BASE_EACH]]
    return found


def shared_out(seed: int) -> Share:
    """All other images, in the order of this seed."""
    digits = everything()
    taken = {each.name for each in base(digits)}
    left = [each for each in digits if each.name not in taken]
    order = np.random.default_rng(seed).permutation(len(left))
    mixed = [left[at] for at in order]
    end = len(mixed) - CHECKS
    return Share(mixed[:FIRST_STREAM], mixed[FIRST_STREAM:end], mixed[end:])


def write_base() -> None:
    rows = [{"input": each.payload, "label": each.label} for each in base(everything())]
    BASE.parent.mkdir(exist_ok=True)
    BASE.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    write_base()
