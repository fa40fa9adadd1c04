"""From which confidence on predictions are accepted, by model version and label; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from reviewer.policies import Policy

EVERY_LABEL: Final = ""


class Cut(Struct, frozen=True):
    """A threshold that keeps the promise, and the number of the fit that found it."""

    threshold: float
    fit: int


# (model name, model version)
Version: TypeAlias = tuple[str, str]
# (model name, model version, label or EVERY_LABEL) -> its newest fit
Cuts: TypeAlias = Mapping[tuple[str, str, str], Cut]
NO_CUTS: Final[Cuts] = {}


def cut_of(policy: Policy, cuts: Cuts, version: Version, label: str) -> Cut | None:
    """The cut that holds for a version's label; None before the first fit."""
    if policy.promise is None:
        return None
    return cuts.get((*version, label if policy.promise.by_label else EVERY_LABEL))


def passes(cut: Cut, confidence: float | None) -> bool:
    """Whether a prediction is sure enough; one without a confidence is not."""
    return confidence is not None and confidence >= cut.threshold
