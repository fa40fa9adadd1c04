"""A running study keeps gates that retrain shut: of which version, and whether anything comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from registry_bridge.models import Study
from reviewer.rollups import hours, intake

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from projects.models import Project

# Without a prediction for so long, a study will hardly end by itself.
QUIET: Final = timedelta(days=1)


@dataclass(frozen=True)
class InTheWay:
    study: Study
    # When the version in use was last asked since the study takes predictions; None: never.
    last_at: datetime | None
    is_quiet: bool


def of(project: Project, at: datetime) -> InTheWay | None:
    """None: no study runs."""
    return next(iter(of_all([project], at)), None)


def of_all(projects: Iterable[Project], at: datetime) -> list[InTheWay]:
    running = Study.objects.filter(project__in=projects, state=Study.State.RUNNING)
    rows = running.select_related("project", "training", "shadow")
    return [_read(study, at) for study in rows]


def _read(study: Study, at: datetime) -> InTheWay:
    begin = hours.begin(study.since, 0)
    sent = intake.since([study.shadow.endpoint_id], begin)
    came = [each.last_at for each in sent if each.version == study.champion]
    last_at = max((each for each in came if each > study.since), default=None)
    newest = max(study.created_at, last_at or study.created_at)
    return InTheWay(study, last_at, is_quiet=at - newest > QUIET)
