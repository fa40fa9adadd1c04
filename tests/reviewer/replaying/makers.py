"""Columns made of facts, as if predictions with these had been taken in."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from reviewer import conditions, routing
from reviewer.replaying.columns import ACCEPTED, NO_BIN, TYPES, Columns, value_keys
from reviewer.routing import Facts
from reviewer.stats.chance import bin_of
from reviewer.stats.sampling import draws


def columns_of(
    facts: Sequence[Facts],
    salt: bytes,
    keys: Sequence[str] = (),
    at: Sequence[float] | None = None,
) -> Columns:
    n = len(facts)
    names = [each.inference_id for each in facts]
    labels = sorted({each.label or "" for each in facts})
    versions = sorted({_version(each) for each in facts})
    entropy = [conditions.entropy(each) for each in facts]
    found = {
        "id": range(1, n + 1),
        "at": range(n) if at is None else at,
        "u": draws(salt, names, routing.REVIEW_DRAW),
        "v": draws(salt, names, routing.BLIND_DRAW),
        "pi": np.ones(n),
        "b": np.ones(n),
        "verdict": [ACCEPTED] * n,
        "repeats": [False] * n,
        "confidence": [_number(each.confidence) for each in facts],
        "bin": [
            NO_BIN if each.confidence is None else bin_of(each.confidence)
            for each in facts
        ],
        "margin": [conditions.margin(each) for each in facts],
        "entropy": [_number(each) for each in entropy],
        "label": [labels.index(each.label or "") for each in facts],
        "version": [versions.index(_version(each)) for each in facts],
    }
    arrays = {name: np.array(found[name], dtype=kind) for name, kind in TYPES.items()}
    kept = {
        key: value_keys(salt, [(each.metadata or {}).get(key) for each in facts])
        for key in keys
    }
    return Columns(**arrays, labels=tuple(labels), versions=tuple(versions), keys=kept)


def _version(facts: Facts) -> tuple[str, str]:
    return facts.model_name or "", facts.model_version or ""


def _number(value: float | None) -> float:
    return math.nan if value is None else value
