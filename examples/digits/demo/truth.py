"""What the service estimated beside what is true: only a simulation knows both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from examples.digits.demo.endpoint import Sent

ESTIMATE = ("value", "low", "high", "n")


@dataclass(frozen=True, slots=True)
class Row:
    """One estimate with its interval and count, and the true share in what was sent."""

    version: str
    of: str
    value: float
    low: float
    high: float
    n: int
    true: float

    @property
    def holds(self) -> bool:
        """Whether the interval has the truth within."""
        return self.low <= self.true <= self.high

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


def true_accuracy(sent: Sequence[Sent]) -> float | None:
    """From the labels that nobody but the simulation knew."""
    return sum(each.right for each in sent) / len(sent) if sent else None


def rows(version: str, quality: dict[str, Any], sent: Sequence[Sent]) -> list[Row]:
    """Accuracy, then precision and recall of each digit, where there were answers enough."""
    found = [_row(version, "accuracy", quality["estimate"], sent)]
    for label, told in sorted(quality["labels"].items()):
        said = [each for each in sent if each.said == label]
        is_so = [each for each in sent if each.digit.label == label]
        found.append(_row(version, f"precision of {label}", told["precision"], said))
        found.append(_row(version, f"recall of {label}", told["recall"], is_so))
    return [each for each in found if each is not None]


def _row(
    version: str, of: str, estimate: dict[str, Any], among: Sequence[Sent]
) -> Row | None:
    true = true_accuracy(among)
    if true is None or "value" not in estimate:
        return None
    told = {name: estimate[name] for name in ESTIMATE}
    return Row(version=version, of=of, true=true, **told)


def lines(found: Sequence[Row]) -> Iterator[str]:
    """A table, and how many intervals hold: about 19 of 20 should."""
    yield "  version  what              estimate (95 % interval, answers)     true  holds"
    for each in found:
        value, low, high = (100 * x for x in (each.value, each.low, each.high))
        said = f"{value:5.1f} % ({low:.1f} to {high:.1f}, n = {each.n})"
        holds = "yes" if each.holds else "no"
        yield (
            f"  {each.version:<7}  {each.of:<16}  {said:<33} {100 * each.true:5.1f} %"
            f"  {holds}"
        )
    held = sum(each.holds for each in found)
    yield f"  {held} of {len(found)} intervals hold the truth; at 95 %, 1 in 20 does not."
