"""Versioned routing rules: a function from a prediction to its probability of review."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _


class Policy(models.Model):
    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="policies"
    )
    version = models.PositiveIntegerField()
    rules = models.JSONField()
    # Secret and the same for every version: the draw of an id never changes.
    salt = models.BinaryField(max_length=32)
    active = models.BooleanField(default=True)
    reason = models.TextField(blank=True)
    # Saved on the page: `apply` says so when it replaces this version.
    in_browser = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "version"], name="policy_version_numbered_once"
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(active=True),
                name="one_active_policy_per_project",
            ),
        )

    def __str__(self) -> str:
        return _("Policy version %(version)s") % {"version": self.version}
