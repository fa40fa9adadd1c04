"""Predictions as endpoints send them: short texts, a real policy draws a fifth."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from benchmarks.talks import STAMP

LABELS = ("art", "food", "law", "sport")
WORDS = ("court", "goal", "salt", "colour", "rule", "painting", "referee", "butter")
# Of texts of about 450 bytes.
WORDS_EACH = 66


def row(chance: random.Random, number: int) -> dict[str, Any]:
    """A prediction on a text of its own: the stamp makes it one of its own."""
    label, confidence = chance.choice(LABELS), round(chance.uniform(0.4, 1.0), 4)
    rest = round((1 - confidence) / (len(LABELS) - 1), 6)
    name, words = f"{STAMP.decode()}-{number:04d}", chance.choices(WORDS, k=WORDS_EACH)
    return {
        "inference_id": name,
        "endpoint": "texts",
        "model": {"name": "texts", "version": "1"},
        "input": {"text": f"{name}: {' '.join(words)}"},
        "metadata": {"wanted": False},
        "output": {
            "label": label,
            "confidence": confidence,
            "probabilities": {
                each: confidence if each == label else rest for each in LABELS
            },
        },
    }


def batches(path: Path, rows: int, different: int = 16) -> Path:
    """A file of bodies, one a line; each is sent again and again under new stamps."""
    chance = random.Random(1)  # noqa: S311 (what texts say, not a secret)
    lines = [
        json.dumps({"predictions": [row(chance, number) for number in range(rows)]})
        for _ in range(different)
    ]
    path.write_text("\n".join(lines))
    return path


def singles(path: Path, different: int = 500) -> Path:
    chance = random.Random(2)  # noqa: S311 (what texts say, not a secret)
    lines = [json.dumps(row(chance, number)) for number in range(different)]
    path.write_text("\n".join(lines))
    return path
