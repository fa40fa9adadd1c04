"""What one team reviews together."""

from __future__ import annotations

from django.db import models


class Project(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Days; None: for ever (projects/retention.py says what each means).
    keep_predictions = models.PositiveIntegerField(null=True, blank=True)
    keep_payloads = models.PositiveIntegerField(null=True, blank=True)
    keep_drafts = models.PositiveIntegerField(null=True, blank=True)
    retention_changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/p/{self.slug}/"
