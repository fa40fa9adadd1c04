"""How many days a project keeps predictions, inputs and drafts; empty is for ever.

predictions: accepted ones that nobody looked at. What was drawn, is in a task or has an
answer is evidence and stays.
payloads: the inputs. Their content is blanked, their digest stays, so that counts, samples
and snapshots hold. An input that waits for an answer is kept until it has one.
drafts: unfinished answers. Those of settled tasks go in any case.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from projects import audit
from projects.models import Project, Removal, Sweep, User

LONGEST_DAYS = 36_500
# What is removed does not come back: a change may be taken back for so long.
PATIENCE = timedelta(hours=6)
NAMES = {
    "predictions": gettext_lazy("predictions"),
    "payloads": gettext_lazy("inputs"),
    "drafts": gettext_lazy("drafts"),
}


@dataclass(frozen=True)
class Retention:
    """Days; None: for ever."""

    predictions: int | None = None
    payloads: int | None = None
    drafts: int | None = None

    def __str__(self) -> str:
        return ", ".join(
            f"{NAMES[what]} {_days(days)}" for what, days in asdict(self).items()
        )


def _days(days: int | None) -> str:
    if not days:
        return _("for ever")
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def of(project: Project) -> Retention:
    return Retention(
        project.keep_predictions, project.keep_payloads, project.keep_drafts
    )


@transaction.atomic
def change(project: Project, wanted: Retention, by: User | None) -> bool:
    """Keep for so long from now on; whether that changed anything."""
    kept = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = of(kept)
    if before == wanted:
        return False
    fields = {f"keep_{what}": days for what, days in asdict(wanted).items()}
    now = timezone.now()
    Project.objects.filter(pk=kept.pk).update(retention_changed_at=now, **fields)
    project.refresh_from_db(fields=[*fields, "retention_changed_at"])
    # rows that were passed by as kept for ever may be due now
    Sweep.objects.update(position=0, again_from=None)
    audit.record(
        "retention changed",
        project,
        project.slug,
        by=by,
        before=asdict(before),
        after=asdict(wanted),
    )
    return True


def until(days: int | None, project: Project, at: datetime) -> datetime | None:
    """What is older is due; None while nothing is."""
    changed = project.retention_changed_at
    if days is None or (changed is not None and at < changed + PATIENCE):
        return None
    return at - timedelta(days=days)


@dataclass(frozen=True)
class Removed:
    """What one night took, as people read it."""

    what: str
    rows: int
    day: date


def removed_last(project: Project) -> list[Removed]:
    """Of the last day on which anything of the project was removed."""
    newest = Removal.objects.filter(project=project).order_by("-day").first()
    if newest is None:
        return []
    found = Removal.objects.filter(project=project, day=newest.day).order_by("what")
    return [Removed(_words(each), each.rows, each.day) for each in found]


def _words(each: Removal) -> str:
    words = {
        **NAMES,
        "payloads": _("inputs blanked"),
        "unused payloads": _("inputs deleted"),
        "refused rows": _("refused rows"),
        "deliveries of webhooks": _("deliveries of webhooks"),
    }
    return str(words.get(each.what, each.what))
