"""What the page of a promotion says of the watch after it: tests, counts, how far to an alarm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from projects import audit
from projects.refused import Conflict
from registry_bridge import shadowing, sounding
from registry_bridge.models import Aftercare, Shadow
from reviewer.stats.detectors import Detector
from reviewer.stats.estimates import from_json

if TYPE_CHECKING:
    from projects.models import User
    from registry_bridge.models import Promotion
    from reviewer.stats.estimates import Estimate, NotEnough


class NotFailed(Conflict):
    code, title = "not_failed", "There is nothing to try again"


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
    # Watches before it, whose alarm came to nothing; the newest first.
    earlier: list[Aftercare]
    # Answers between two false alarms, of both tests together.
    run_length: int = sounding.TOGETHER

    @property
    def failed(self) -> Shadow | None:
        """The old version's answers, where they failed while somebody needs them."""
        shadow = self.watch.shadow
        if shadow is None or self.watch.state != Aftercare.State.RUNNING:
            return None
        return shadow if shadow.state == Shadow.State.FAILED else None


def of(found: Promotion) -> Watched | None:
    """None where nothing is watched, or not yet."""
    watches = Aftercare.objects.select_related("shadow", "promotion")
    newest = list(watches.filter(promotion=found).order_by("-pk"))
    if not newest:
        return None
    watch, *earlier = newest
    before = found.line.get("estimate")
    return Watched(
        watch,
        before=from_json(before) if before else None,
        tests=list(_tests(watch, found.line)),
        missing=list(_missing(watch)),
        earlier=earlier,
    )


@transaction.atomic
def try_again(found: Promotion, *, by: User) -> None:
    """Let the old version answer the same inputs again, from where it failed."""
    watched = of(found)
    if watched is None or watched.failed is None:
        raise NotFailed("Load the page again: it goes on, or nobody needs it any more.")
    shadowing.try_again(watched.failed)
    audit.record(
        "old version answers again",
        found.project,
        f"promotion {found.pk}",
        by=by,
        before={"failure": watched.failed.failure},
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
