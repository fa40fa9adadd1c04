"""Who looks at what, when: endpoints, policies, predictions, queues, assignments, webhooks."""

from __future__ import annotations

from reviewer.models.assignment import Assignment
from reviewer.models.crowd import CrowdFit
from reviewer.models.endpoint import DeadLetter, Endpoint, EndpointUse
from reviewer.models.export import Export
from reviewer.models.figures import Figures
from reviewer.models.fit import Fit, PromiseProcess
from reviewer.models.policy import Policy
from reviewer.models.prediction import Prediction, Score
from reviewer.models.queue import PutOff, Queue, QueueItem
from reviewer.models.queue_count import QueueCount, QueueDelta
from reviewer.models.replay import Replay, ReplayChunk
from reviewer.models.reviewer import Reviewer
from reviewer.models.rollup import (
    AnswerHour,
    ConfidenceDay,
    EndedHour,
    IntakeHour,
    Mark,
    QueuedHour,
)
from reviewer.models.selection import Selection
from reviewer.models.sent_back import SentBack
from reviewer.models.shadow import ShadowPolicy
from reviewer.models.stop import Stop
from reviewer.models.trend import Trend, VersionPeriod
from reviewer.models.watched import Alarm, Watched, Watching
from reviewer.models.webhook import Webhook, WebhookDelivery
from reviewer.models.withdrawal import Withdrawal

__all__ = [
    "Alarm",
    "AnswerHour",
    "Assignment",
    "ConfidenceDay",
    "CrowdFit",
    "DeadLetter",
    "EndedHour",
    "Endpoint",
    "EndpointUse",
    "Export",
    "Figures",
    "Fit",
    "IntakeHour",
    "Mark",
    "Policy",
    "Prediction",
    "PromiseProcess",
    "PutOff",
    "Queue",
    "QueueCount",
    "QueueDelta",
    "QueueItem",
    "QueuedHour",
    "Replay",
    "ReplayChunk",
    "Reviewer",
    "Score",
    "Selection",
    "SentBack",
    "ShadowPolicy",
    "Stop",
    "Trend",
    "VersionPeriod",
    "Watched",
    "Watching",
    "Webhook",
    "WebhookDelivery",
    "Withdrawal",
]
