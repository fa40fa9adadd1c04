"""What really serves an endpoint, as it was last seen: one row for each change."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from projects.models import Project
from registry_bridge.models.promotion import Promotion


class Deployment(models.Model):
    class State(models.TextChoices):
        IN_SERVICE = "in_service", _("In service")
        ENDED = "ended", _("Replaced")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="deployments"
    )
    endpoint = models.CharField(max_length=63)
    version = models.CharField(max_length=60)
    url = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.IN_SERVICE)
    # None: it changed without a promotion of ours, and was seen by looking.
    promotion = models.ForeignKey(
        Promotion, on_delete=models.PROTECT, null=True, related_name="deployments"
    )
    at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "endpoint"],
                condition=models.Q(state="in_service"),
                name="one_version_serves_an_endpoint",
            ),
        )

    def __str__(self) -> str:
        return f"{self.endpoint}: version {self.version}"
