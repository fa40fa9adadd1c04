"""What the page of a promotion says of the watch after it: tests, counts, how far to an alarm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from registry_bridge import sounding
from registry_bridge.models import Aftercare, Shadow
from reviewer.stats.detectors import Detector
from reviewer.stats.estimates import from_json

if TYPE_CHECKING:
    from registry_bridge.models import Promotion
    from reviewer.stats.estimates import Estimate, NotEnough


@dataclass(frozen=True)
class Test:
    """One of the two; `level`: at 1 it sounds. `n` answers were used."""

    name: str
    words: str
    n: int
    level: float


@dataclass(frozen=True)
class Watched:
    watch: Aftercare
    before: Estimate | NotEnough | None
    tests: list[Test]
    # Why one of the tests does not go on, or is not there.
    missing: list[str]
    # Answers between two false alarms, of both tests together.
    run_length: int = sounding.TOGETHER


def of(found: Promotion) -> Watched | None:
    """None where nothing is watched, or not yet."""
    watches = Aftercare.objects.select_related("shadow", "promotion")
    watch = watches.filter(promotion=found).first()
    if watch is None:
        return None
    before = found.line.get("estimate")
    return Watched(
        watch,
        before=from_json(before) if before else None,
        tests=list(_tests(watch, found.line)),
        missing=list(_missing(watch)),
    )


def _tests(watch: Aftercare, line: dict[str, Any]) -> Iterator[Test]:
    if watch.fall is not None:
        said = _("%(wrong)s wrong; of these answers, %(overdue)s came from nobody.")
        words = said % {"wrong": watch.wrong, "overdue": watch.overdue}
        name = _("Right less often than %(line)s") % {"line": f"{line['line']:.1%}"}
        yield Test(name, words, watch.answers, _level(watch.fall))
    if watch.pairs is not None:
        said = _("only the new version right: %(new)s; only the old one: %(old)s.")
        words = said % {"new": watch.better, "old": watch.worse}
        margin = f"{-watch.pairs['line'] * 100:g}"
        name = _("Worse than the old version by more than %(margin)s points")
        yield Test(name % {"margin": margin}, words, watch.paired, _level(watch.pairs))


def _level(detector: dict[str, Any]) -> float:
    return Detector.from_json(detector).level


def _missing(watch: Aftercare) -> Iterator[str]:
    if watch.fall is None:
        yield _(
            "No line was drawn: too little was known of the version before when this "
            "was approved."
        )
    if watch.shadow is None:
        yield _("The old version does not answer the same inputs.")
    elif watch.shadow.state == Shadow.State.FAILED:
        said = _("The old version could not answer the same inputs: %(why)s")
        yield said % {"why": watch.shadow.failure}
