"""What people decided: written unchained, chained later in the order of commit."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Func

from projects.models.project import Project


class TransactionId(Func):
    function = "pg_current_xact_id"
    template = "(%(function)s()::text)::bigint"
    output_field = models.BigIntegerField()


class AuditEntry(models.Model):
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, null=True, related_name="audit_entries"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=160)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)
    # The transaction that wrote it: the sealer waits until all older ones have ended.
    xid = models.BigIntegerField(db_default=TransactionId())
    number = models.BigIntegerField(null=True, unique=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["id"],
                condition=models.Q(number=None),
                name="audit_entry_unsealed",
            ),
            models.Index(fields=["project", "-id"], name="audit_entry_by_project"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
