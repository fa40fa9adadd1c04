"""Where a project's answers are sent by themselves, and each thing that is sent there."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Notice

# A name of Standard Webhooks' kind, and our own event of which it tells.
ANSWERS = {
    "prediction.settled": "task.settled",
    "prediction.reopened": "task.reopened",
    "model.promoted": "model.promoted",
}
NOTICES = {name: name for name in (f"notice.{kind}" for kind in Notice.Kind.values)}
EVENTS = {**ANSWERS, **NOTICES}
# What is told where nothing is said of it.
USUAL = tuple(ANSWERS)


class Webhook(models.Model):
    class Format(models.TextChoices):
        STANDARD = "standard", _("Standard Webhooks: type, timestamp, data")
        # Mattermost, Rocket.Chat and others take the same.
        SLACK = "slack", _("Slack: a text for people")

    project = models.ForeignKey(
        "projects.Project", on_delete=models.CASCADE, related_name="webhooks"
    )
    name = models.SlugField(max_length=60)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=40))
    format = models.CharField(
        max_length=8,
        choices=Format,
        default=Format.STANDARD,
        db_default=Format.STANDARD,
    )
    # Encrypted: the secret, and the one before while both are good.
    secret = models.BinaryField()
    old_secret_until = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    # Why the service itself switched it off.
    off_because = models.CharField(max_length=300, blank=True)
    # It tells of what happens from then on.
    since = models.DateTimeField(default=timezone.now)
    # The last event that was looked at, in the order of transactions.
    seen_xid = models.BigIntegerField()
    seen_id = models.BigIntegerField(default=0)
    dead_in_a_row = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["project", "name"], name="webhook_named_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One message: the same id and the same bytes however often it is tried."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Delivered")
        DEAD = "dead", _("Dead letter")

    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries"
    )
    message_id = models.CharField(max_length=60)
    event = models.CharField(max_length=40)
    subject = models.CharField(max_length=120, blank=True)
    body = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # While it is tried: when it is tried again should the worker be killed.
    next_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    # What the receiver said, or why nothing was heard of it.
    answer = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["webhook", "message_id"], name="message_has_one_delivery"
            ),
        )
        indexes = (
            models.Index(
                fields=["webhook", "next_at", "id"],
                condition=Q(state="waiting"),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["webhook", "-id"],
                condition=Q(state="dead"),
                name="delivery_dead",
            ),
            models.Index(fields=["webhook", "-id"], name="delivery_by_webhook"),
            models.Index(
                fields=["last_at"], condition=Q(state="sent"), name="delivery_sent"
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"
