"""The model's answer that a person starts from, as tasks keep it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeling.kinds.base import PreLabel


def as_json(pre_labels: Mapping[str, PreLabel]) -> dict[str, Any]:
    """question id -> {"value", "confidence"?, "probabilities"?}"""
    return {question: _one(each) for question, each in pre_labels.items()}


def _one(pre_label: PreLabel) -> dict[str, Any]:
    plain: dict[str, Any] = {"value": pre_label.value}
    if pre_label.confidence is not None:
        plain["confidence"] = pre_label.confidence
    if pre_label.probabilities:
        plain["probabilities"] = dict(pre_label.probabilities)
    return plain
