"""A person's standing as a reviewer in one project."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Reviewer(models.Model):
    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="reviewers"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviewer_in"
    )
    paused = models.BooleanField(default=False)
    # What they may be asked beside what everybody may be: languages, specialities.
    skills = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "user"], name="one_reviewer_per_person"
            ),
        )

    def __str__(self) -> str:
        return str(self.user)
