"""A policy that would decide beside the one in use, without effect, to be compared with it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from reviewer.models.policy import Policy


class ShadowPolicy(models.Model):
    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="shadow_policies"
    )
    rules = models.JSONField()
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
    # The version that it became; None: it ended without effect, or goes on.
    adopted = models.ForeignKey(
        Policy, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(ended_at=None),
                name="one_shadow_policy_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(adopted=None) | Q(ended_at__isnull=False),
                name="an_adopted_shadow_policy_has_ended",
            ),
        )

    def __str__(self) -> str:
        return _("Shadow policy since %(day)s") % {"day": self.began_at.date()}
