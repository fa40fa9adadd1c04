"""What a watch says when it sounds: which test, on which evidence, how often that is false."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from registry_bridge import sounding

if TYPE_CHECKING:
    from registry_bridge.models import Aftercare

SELDOM: Final = (
    f"Such an alarm is false once in {sounding.TOGETHER:,} blind answers on average, or "
    "more seldom."
)


@dataclass(frozen=True, slots=True)
class Alarm:
    test: str
    words: str
    counts: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def below_line(watch: Aftercare) -> Alarm:
    done = watch.promotion
    line, margin = done.line["line"], done.line["margin"]
    before = done.line["estimate"]
    words = (
        f"Version {done.to_version} is right too seldom: {watch.wrong:,} of "
        f"{watch.answers:,} blind answers say that it was wrong. Weighted by their "
        f"chances, that is below the line of {line:.1%}, which was drawn when it was "
        f"approved: version {done.from_version} was right in {before['value']:.1%} "
        f"({before['low']:.1%} to {before['high']:.1%}, n = {before['n']:,}), less "
        f"{margin * 100:g} points or more. {SELDOM}"
    )
    counts = {"answers": watch.answers, "wrong": watch.wrong, "line": line}
    return Alarm("line", words, {**counts, "overdue": watch.overdue})


def worse_than_before(watch: Aftercare) -> Alarm:
    done = watch.promotion
    words = (
        f"Version {done.to_version} is worse than version {done.from_version} on the same "
        f"inputs: of {watch.paired:,} that were drawn blind, only version "
        f"{done.from_version} was right in {watch.worse:,}, only version "
        f"{done.to_version} in {watch.better:,}. Weighted by their chances, that is more "
        f"than was allowed for. {SELDOM}"
    )
    counts = {"pairs": watch.paired, "better": watch.better, "worse": watch.worse}
    return Alarm("pairs", words, counts)
