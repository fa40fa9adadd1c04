"""What models add to the front door: promotions to decide on, trainings, dead letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from django.db.models import Count, F, Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from projects.models import Job
from projects.news import News
from registry_bridge import study_in_the_way
from registry_bridge.models import Promotion, RegisteredModel, Training

if TYPE_CHECKING:
    from datetime import datetime

    from projects.models import Project, User

MOST = 12
Approvals = RegisteredModel.Approvals
ENDED = {
    Promotion.State.DONE: ("good", gettext_lazy("In use")),
    Promotion.State.REFUSED: ("warn", gettext_lazy("Refused")),
    Promotion.State.FAILED: ("bad", gettext_lazy("Failed")),
    Promotion.State.UNDONE: ("warn", gettext_lazy("Rolled back")),
}


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    """Proposed promotions, trainings that failed last, idle studies, and dead letters."""
    return [
        *_changed_outside(projects),
        *_proposed(projects, user),
        *_failed(projects),
        *_quiet_studies(projects),
        *_dead(projects),
    ]


def _changed_outside(projects: Sequence[Project]) -> Iterator[News]:
    """Registries that say something else than what was decided here."""
    models = RegisteredModel.objects.filter(
        project__in=projects, alias_seen_at__isnull=False
    ).exclude(alias_seen=F("champion"))
    for model in models.select_related("project"):
        said = _("In the registry, the alias champion names version %(there)s.")
        if model.champion_gone:
            said = _("Version %(here)s, which is in use, was deleted in the registry.")
        there = model.alias_seen or _("none")
        yield News(
            project=model.project,
            title=_("The registry of %(model)s was changed by hand")
            % {"model": model.name},
            words=said % {"here": model.champion, "there": there},
            url=reverse("promotions", args=[model.project.slug]),
            at=model.alias_seen_at or timezone.now(),
            tone="bad",
            state=_("Differs"),
        )


def _proposed(projects: Sequence[Project], user: User) -> Iterator[News]:
    """Those that this person may say yes to, and has not."""
    waiting = Promotion.objects.filter(
        project__in=projects, state=Promotion.State.PROPOSED
    ).defer("evidence")
    alone = Q(project__registered_model__approvals=Approvals.ONE_PERSON)
    own = Q(proposed_by=user, kind=Promotion.Kind.PROMOTE) & ~alone
    waiting = waiting.exclude(own).exclude(approvals__by=user)
    waiting = waiting.select_related("project", "proposed_by", "gate")
    for each in waiting:
        yield News(
            project=each.project,
            title=_replaces(each),
            words=_proposal(each),
            url=_of(each),
            at=each.proposed_at,
            tone="bad",
            state=_("Needs a decision"),
        )


def _replaces(each: Promotion) -> str:
    if not each.from_version:
        return _("Version %(to)s may replace none") % {"to": each.to_version}
    said = _("Version %(to)s may replace %(from)s")
    return said % {"to": each.to_version, "from": each.from_version}


def _proposal(each: Promotion) -> str:
    said = _("Proposed by %(who)s. %(reason)s")
    return said % {"who": each.proposer, "reason": each.proposal_reason}


def _failed(projects: Sequence[Project]) -> Iterator[News]:
    """Only where nothing was trained since."""
    newest = Training.objects.filter(project__in=projects).order_by("project_id", "-pk")
    last = newest.distinct("project_id").select_related("project")
    for each in last.defer("evidence", "log_tail"):
        if each.state == Training.State.FAILED:
            yield News(
                project=each.project,
                title=_("The training %(training)s failed") % {"training": each},
                words=each.reason[:200],
                url=_of_training(each),
                at=each.ended_at or each.created_at,
                tone="bad",
                state=_("Failed"),
            )


def _quiet_studies(projects: Sequence[Project]) -> Iterator[News]:
    """Studies that run and get no predictions: until one is stopped, nothing retrains."""
    for each in study_in_the_way.of_all(projects, timezone.now()):
        if each.is_quiet:
            study = each.study
            words = _(
                "No prediction of version %(champion)s has come for more than a day. While "
                "the study runs, no training starts by itself: stop it, or send predictions."
            )
            title = _("The study of version %(version)s waits for predictions")
            yield News(
                project=study.project,
                title=title % {"version": study.challenger},
                words=words % {"champion": study.champion},
                url=reverse("study", args=[study.project.slug, study.training_id]),
                at=each.last_at or study.created_at,
                tone="warn",
                state=_("Waits"),
            )


def _dead(projects: Sequence[Project]) -> Iterator[News]:
    dead = Job.objects.filter(project__in=projects, state=Job.State.DEAD)
    counted = {
        pk: (n, at)
        for pk, n, at in dead.values_list("project").annotate(
            n=Count("pk"), at=Max("created_at")
        )
    }
    for project in projects:
        if project.pk in counted:
            n, at = counted[project.pk]
            yield News(
                project=project,
                title=ngettext("%(n)s dead letter", "%(n)s dead letters", n) % {"n": n},
                words=_(
                    "Work that cannot go on by itself: "
                    "read why, mend it, send it again."
                ),
                url=reverse("project-operations", args=[project.slug]),
                at=at,
                tone="bad",
                state=_("Stopped"),
            )


def happenings(projects: Sequence[Project], user: User) -> list[News]:
    return [*_trainings(projects), *_promotions(projects)]


def _trainings(projects: Sequence[Project]) -> Iterator[News]:
    rows = Training.objects.filter(project__in=projects).select_related("project")
    for each in rows.defer("evidence", "log_tail").order_by("-pk")[:MOST]:
        tone = {"failed": "bad", "done": "good"}.get(each.state, "info")
        yield News(
            project=each.project,
            title=_trained(each),
            words=(each.reason or each.outcome)[:200],
            url=_of_training(each),
            at=each.ended_at or each.created_at,
            tone=tone,
            state=each.get_state_display(),
        )


def _trained(each: Training) -> str:
    if not each.version:
        return _("Training %(training)s") % {"training": each}
    said = _("Training %(training)s made version %(version)s")
    return said % {"training": each, "version": each.version}


def _promotions(projects: Sequence[Project]) -> Iterator[News]:
    rows = Promotion.objects.filter(project__in=projects).exclude(
        state=Promotion.State.PROPOSED
    )
    rows = rows.select_related("project", "decided_by", "ruled_by").defer("evidence")
    for each in rows.order_by("-pk")[:MOST]:
        tone, state = ENDED.get(
            Promotion.State(each.state), ("info", each.get_state_display())
        )
        yield News(
            project=each.project,
            title=_moved(each),
            words=_("Decided by %(who)s: %(reason)s")
            % {"who": each.decider, "reason": each.reason[:160]},
            url=_of(each),
            at=_moment(each),
            tone=tone,
            state=str(state),
        )


def _moved(each: Promotion) -> str:
    before = each.from_version or _("none")
    return f"{each.get_kind_display()}: {before} → {each.to_version}"


def _moment(each: Promotion) -> datetime:
    return each.ended_at or each.decided_at or each.proposed_at


def _of(each: Promotion) -> str:
    return reverse("promotion", args=[each.project.slug, each.pk])


def _of_training(each: Training) -> str:
    return reverse("training", args=[each.project.slug, each.pk])
