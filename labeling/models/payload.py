"""The input a model saw, kept once per project under its SHA-256."""

from __future__ import annotations

from django.db import models


class Payload(models.Model):
    project = models.ForeignKey(
        "projects.Project",
        on_delete=models.CASCADE,
        related_name="payloads",
        db_constraint=False,
        db_index=False,
    )
    sha256 = models.CharField(max_length=64)
    # None after it was erased: the digest stays, so that counts and lineage hold.
    content = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "sha256"], name="payload_kept_once"
            ),
        )

    def __str__(self) -> str:
        return self.sha256[:12]
