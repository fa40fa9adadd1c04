"""Whether somebody's answers changed for the worse: what is counted, and what was told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from projects.models import Project


class Watching(models.Model):
    """What a project does on an alarm about a person; without a row, it only tells leads."""

    project = models.OneToOneField(
        "projects.Project", on_delete=models.CASCADE, related_name="watching"
    )
    pauses = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"Watching in {self.project}"


class WatchedQuerySet(models.QuerySet["Watched"]):
    def restart(self, project: Project, user_id: int) -> None:
        """Begin anew with the next answer that is judged."""
        self.filter(project=project, user=user_id).update(state=0.0, recent=[])


class Watched(models.Model):
    """One person in one project: a cumulative sum, advanced once for each judged answer."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="watched"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watched_in"
    )
    # reviewer/stats/cusum.py
    state = models.FloatField(default=0.0)
    # The newest answers that could be judged, 1 for wrong, the newest last.
    recent = models.JSONField(default=list)
    judged = models.PositiveIntegerField(default=0)
    # The number of the newest answer that was looked at; changes only with the state.
    seen = models.BigIntegerField(default=0)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "user"], name="person_watched_once"
            ),
            models.CheckConstraint(condition=Q(state__gte=0), name="state_from_0_on"),
        )

    def __str__(self) -> str:
        return f"{self.user} in {self.project}: {self.state:.1f}"

    @property
    def wrong(self) -> int:
        return sum(self.recent)


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def close(self, project: Project, user_id: int, at: datetime) -> int:
        """Somebody who leads has looked at them; how many were open."""
        return self.filter(project=project, user=user_id, closed_at=None).update(
            closed_at=at
        )


class Alarm(models.Model):
    """A person's answers differ more often than usual: what was seen, and at which answer."""

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="alarms"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    # labeling.Annotation's number: alarms are kept where answers are not.
    answer = models.BigIntegerField()
    wrong = models.PositiveSmallIntegerField()
    of = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    # When a lead said that they have looked at it.
    closed_at = models.DateTimeField(null=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "user", "answer"], name="alarm_raised_once"
            ),
            models.CheckConstraint(
                condition=Q(wrong__lte=F("of")), name="alarm_counts_wrong_of_all"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.wrong} of {self.of}"
