"""Who looks at what, when: endpoints, policies, predictions, queues, assignments, webhooks."""

from __future__ import annotations

from reviewer.models.assignment import Assignment
from reviewer.models.endpoint import DeadLetter, Endpoint, EndpointUse
from reviewer.models.export import Export
from reviewer.models.figures import Figures
from reviewer.models.policy import Policy
from reviewer.models.prediction import Prediction, Score
from reviewer.models.queue import PutOff, Queue, QueueItem
from reviewer.models.queue_count import QueueCount, QueueDelta
from reviewer.models.reviewer import Reviewer
from reviewer.models.rollup import (
    AnswerHour,
    EndedHour,
    IntakeHour,
    Mark,
    QueuedHour,
)
from reviewer.models.selection import Selection
from reviewer.models.sent_back import SentBack
from reviewer.models.webhook import Webhook, WebhookDelivery

__all__ = [
    "AnswerHour",
    "Assignment",
    "DeadLetter",
    "EndedHour",
    "Endpoint",
    "EndpointUse",
    "Export",
    "Figures",
    "IntakeHour",
    "Mark",
    "Policy",
    "Prediction",
    "PutOff",
    "Queue",
    "QueueCount",
    "QueueDelta",
    "QueueItem",
    "QueuedHour",
    "Reviewer",
    "Score",
    "Selection",
    "SentBack",
    "Webhook",
    "WebhookDelivery",
]
