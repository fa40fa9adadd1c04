"""A secret that lets a program act in one project, in one role, until it expires."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from projects.models.membership import Role
from projects.models.project import Project


class Token(models.Model):
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="tokens"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens"
    )
    role = models.CharField(max_length=12, choices=Role)
    name = models.CharField(max_length=120)
    hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    # The role of its user in the project, as tokens.find() has just seen it.
    standing: str | None = None

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"

    def is_valid(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at
