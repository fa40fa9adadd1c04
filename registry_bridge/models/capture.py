"""Where predictions are read from, file by file, and what could not be read of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import Connection, User
from reviewer.models import Endpoint


class CaptureSourceQuerySet(models.QuerySet["CaptureSource"]):
    def reading(self) -> CaptureSourceQuerySet:
        return self.filter(state=CaptureSource.State.READING)


class CaptureSource(models.Model):
    class Kind(models.TextChoices):
        CAPTURE = "capture", _("Data Capture")
        ASYNC = "async", _("Asynchronous inference")
        TRANSFORM = "transform", _("Batch Transform")

    class State(models.TextChoices):
        READING = "reading", _("Reading")
        STOPPED = "stopped", _("Stopped")

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="sources"
    )
    kind = models.CharField(max_length=9, choices=Kind)
    # s3://bucket/prefix: only what lies below is read.
    uri = models.CharField(max_length=1000)
    # None: with the credentials of the service itself.
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    queue_url = models.CharField(max_length=500, blank=True)
    # Batch Transform: where the inputs lie, "" beside the outputs; or in them already.
    inputs = models.CharField(max_length=1000, blank=True)
    joined = models.BooleanField(default=False)
    state = models.CharField(max_length=7, choices=State, default=State.READING)
    # Why nothing comes at this moment, in words; "": it does.
    problem = models.TextField(blank=True)
    # Folder of hours -> the newest hour found there, as yyyy/mm/dd/hh.
    listed = models.JSONField(default=dict)
    listed_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    # Of the newest record that was read: when the model answered.
    newest_at = models.DateTimeField(null=True)
    # A record, to try the adapter on.
    sample = models.TextField(blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CaptureSourceQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["endpoint", "uri"], name="capture_source_read_once"
            ),
        )

    def __str__(self) -> str:
        return self.uri


class CaptureFile(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READ = "read", _("Read")
        HELD = "held", _("Held: too many refused")
        GONE = "gone", _("Gone")
        BROKEN = "broken", _("Broken")
        FAILED = "failed", _("The model failed")

    UNREAD: ClassVar = Q(state__in=[State.HELD, State.GONE, State.BROKEN])
    # Lines that were refused, or a file that could not be read; what a model failed on stays.
    TO_TRY_AGAIN: ClassVar = UNREAD | Q(refused__gt=0) & ~Q(state=State.FAILED)

    source = models.ForeignKey(
        CaptureSource, on_delete=models.CASCADE, related_name="files"
    )
    key = models.CharField(max_length=1100)
    etag = models.CharField(max_length=80, blank=True)
    size = models.BigIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    problem = models.TextField(blank=True)
    # Lines that are done: after a kill, reading goes on behind them.
    lines = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    # Somebody asked then to try once more what had been refused until then.
    again_at = models.DateTimeField(null=True)
    # Asynchronous inference: the request's own place, id and time.
    input_uri = models.CharField(max_length=1100, blank=True)
    inference_id = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField(null=True)
    found_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["source", "key", "etag"], name="captured_file_read_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["source", "id"],
                condition=Q(state="waiting") | Q(again_at__isnull=False),
                name="capture_file_waiting",
            ),
        )

    def __str__(self) -> str:
        return self.key


class CaptureRefusal(models.Model):
    """A line, or one prediction of it, that was kept aside while the rest was read."""

    source = models.ForeignKey(
        CaptureSource, on_delete=models.CASCADE, related_name="refusals"
    )
    # None: a message of the queue.
    file = models.ForeignKey(
        CaptureFile, on_delete=models.CASCADE, null=True, related_name="refusals"
    )
    line = models.PositiveIntegerField(default=0)
    part = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=40)
    reason = models.TextField()
    # Its beginning, for people to look at.
    raw = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["file", "line", "part"], name="capture_refused_once"
            ),
        )
        indexes = (
            models.Index(fields=["source", "-id"], name="capture_refusal_newest"),
        )

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"
