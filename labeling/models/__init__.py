"""What an answer is: schemas, payloads, tasks, annotations, gold."""

from __future__ import annotations

from labeling.models.annotation import Annotation, Draft
from labeling.models.comment import Comment
from labeling.models.gold import Gold
from labeling.models.payload import Payload
from labeling.models.schema import Acknowledgement, Schema, SchemaVersion
from labeling.models.task import Task

__all__ = [
    "Acknowledgement",
    "Annotation",
    "Comment",
    "Draft",
    "Gold",
    "Payload",
    "Schema",
    "SchemaVersion",
    "Task",
]
