"""What was champion when, by whom, on which evidence; and what others changed outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _

from registry_bridge.models import Deployment, Promotion, Sighting

if TYPE_CHECKING:
    from projects.models import Project

State = Promotion.State
# Who decided, told in few words, is a matter of some queries for all rows together.
PEOPLE: Final = ("proposed_by", "decided_by", "ruled_by", "gate", "training__snapshot")


@dataclass(frozen=True)
class Reign:
    """A version in use: since when, until when, who decided it and why."""

    promotion: Promotion
    since: datetime
    until: datetime | None
    evidence: str

    @property
    def snapshot(self) -> str:
        """Of the version's training: its digest; "" where there was none."""
        training = self.promotion.training
        return training.snapshot.digest if training and training.snapshot else ""


@dataclass(frozen=True)
class Seen:
    """A change that no promotion made."""

    at: datetime
    words: str


def reigns(project: Project, most: int | None = None) -> list[Reign]:
    """The newest first, from promotions that were carried out."""
    found: list[Reign] = []
    until: datetime | None = None
    rows = _carried_out(project)
    for each in rows if most is None else rows[:most]:
        assert each.ended_at is not None  # noqa: S101 (carried out: it ended)
        found.append(Reign(each, each.ended_at, until, _evidence(each)))
        until = each.ended_at
    return found


def _carried_out(project: Project) -> QuerySet[Promotion]:
    """Without the evidence itself, which is large: what was compared is read of it."""
    done = Promotion.objects.filter(
        project=project, state__in=(State.DONE, State.UNDONE)
    ).exclude(ended_at=None)
    gap = "evidence__comparison__difference"
    parts = {part: KT(f"{gap}__{part}") for part in ("value", "low", "high", "n")}
    rows = done.defer("evidence", "steps", "line").select_related(*PEOPLE)
    rows = rows.annotate(
        **{f"gap_{part}": found for part, found in parts.items()},
        alarm_words=KT("evidence__words"),
    )
    return rows.order_by("-ended_at", "-pk")


def _evidence(each: Promotion) -> str:
    told: Mapping[str, Any] = vars(each)
    if told["gap_value"] is not None:
        low, value, high = (
            f"{float(told[f'gap_{part}']) * 100:+.1f}"
            for part in ("low", "value", "high")
        )
        said = _(
            "Against version %(old)s: %(value)s points (%(low)s to %(high)s, n %(n)s)"
        )
        return said % {
            "old": each.from_version,
            "value": value,
            "low": low,
            "high": high,
            "n": f"{int(float(told['gap_n'])):,}",
        }
    return told["alarm_words"] or _("None: no comparison was made.")


def seen(project: Project, most: int | None = None) -> list[Seen]:
    """Aliases moved, versions deleted, endpoints changed by others; the newest first."""
    found = [*_of_registry(project, most), *_of_endpoints(project, most)]
    found.sort(key=lambda each: each.at, reverse=True)
    return found[:most]


def _of_registry(project: Project, most: int | None) -> Iterator[Seen]:
    rows = Sighting.objects.filter(project=project).order_by("-pk")[:most]
    for each in rows:
        named = {"alias": each.alias or _("none"), "champion": each.champion}
        if each.gone:
            words = _("Version %(champion)s, in use here, was not in the registry.")
        elif each.alias == each.champion:
            words = _("The registry named version %(champion)s again, as here.")
        else:
            words = _(
                "The alias champion named version %(alias)s; here version %(champion)s "
                "was in use."
            )
        yield Seen(each.at, words % named)


def _of_endpoints(project: Project, most: int | None) -> Iterator[Seen]:
    rows = Deployment.objects.filter(project=project, promotion=None).order_by("-pk")
    for each in rows[:most]:
        said = _("Version %(version)s served %(endpoint)s without a promotion here.")
        yield Seen(each.at, said % {"version": each.version, "endpoint": each.endpoint})
