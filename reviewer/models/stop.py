"""A stop: from one moment to another nothing is accepted unseen, whatever the policy says."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class StopQuerySet(models.QuerySet["Stop"]):
    def in_force(self) -> StopQuerySet:
        return self.filter(ended_at=None)

    def next_number(self, project_id: int) -> int:
        """Counted within a project, whose row is held by whoever takes one."""
        newest = self.filter(project=project_id).aggregate(newest=Max("number"))
        return int(newest["newest"] or 0) + 1

    def leave_alone(self, queue: int, project: int) -> None:
        """The end of a stop does not let this queue go on: somebody decided about it."""
        held = self.in_force().filter(project=project).select_for_update(no_key=True)
        for stop in held:
            stop.paused = [each for each in stop.paused if each != queue]
            stop.save(update_fields=["paused"])


class Stop(models.Model):
    class Mode(models.TextChoices):
        REVIEW = "review", gettext_lazy("All go to review")
        HOLD = "hold", gettext_lazy("All go to review, and queues are paused")

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="stops"
    )
    # Counted within the project; the reasons of decisions name it.
    number = models.PositiveIntegerField()
    mode = models.CharField(max_length=6, choices=Mode, default=Mode.REVIEW)
    # Queues that were paused with it, and by nobody since: these go on when it ends.
    paused = models.JSONField(default=list)
    reason = models.TextField()
    began_at = models.DateTimeField()
    began_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    end_reason = models.TextField(blank=True)

    objects = StopQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(ended_at=None),
                name="one_stop_in_force_per_project",
            ),
            models.UniqueConstraint(
                fields=["project", "number"], name="stop_numbered_once"
            ),
        )

    def __str__(self) -> str:
        return _("Stop %(number)s") % {"number": self.number}
