"""What leads should hear of without looking: told once, and mailed to whoever asked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.models.project import Project


class Notice(models.Model):
    """One thing that happened, in English with its values: each reads it in their language."""

    class Kind(models.TextChoices):
        DECISION = "decision", gettext_lazy("A promotion waits for a decision")
        ROLLBACK = "rollback", gettext_lazy("A roll back or a failed deployment")
        QUEUE = "queue_late", gettext_lazy("A queue will miss its due time")
        TRAINING = "training_failed", gettext_lazy("A training failed")
        GATE = "gate_opened", gettext_lazy("Quality fell below a gate’s line")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="notices"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    # What it is about: a second telling of the same is none.
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    words = models.TextField(blank=True)
    values = models.JSONField(default=dict)
    # Of the page where something can be done about it.
    path = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["project", "key"], name="notice_told_once"),
        )
        indexes = (models.Index(fields=["project", "-id"], name="notice_newest"),)

    def __str__(self) -> str:
        return str(_(self.title) % self.values)

    @property
    def said(self) -> str:
        """The sentence under its title, in the language of whoever reads."""
        return str(_(self.words) % self.values) if self.words else ""


class NoticeChoice(models.Model):
    """Whether a person wants mail of one kind of notice; without a row, the role decides."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=20, choices=Notice.Kind)
    mail = models.BooleanField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "user", "kind"], name="notice_chosen_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.kind} {'on' if self.mail else 'off'}"


class NoticeMail(models.Model):
    """One notice for one person by mail."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting")
        SENT = "sent", gettext_lazy("Sent")
        FAILED = "failed", gettext_lazy("Not delivered")
        DROPPED = "dropped", gettext_lazy("Not sent")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="mails")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    # Of the mail that holds it, fixed before it is sent: a second attempt is the same mail.
    message_id = models.CharField(max_length=60, blank=True)
    # Why it was not sent.
    why = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["notice", "user"], name="notice_mailed_once_to_each"
            ),
        )
        indexes = (
            models.Index(
                fields=["user", "id"],
                condition=Q(state="waiting"),
                name="notice_mail_waiting",
            ),
            models.Index(fields=["user", "-ended_at"], name="notice_mail_ended"),
        )

    def __str__(self) -> str:
        return f"{self.notice} to {self.user}"
