"""Who looks at what, when: endpoints, policies, predictions, queues, assignments."""

from __future__ import annotations

from reviewer.models.assignment import Assignment
from reviewer.models.endpoint import DeadLetter, Endpoint, EndpointUse
from reviewer.models.policy import Policy
from reviewer.models.prediction import Prediction, Score
from reviewer.models.queue import Queue, QueueItem
from reviewer.models.reviewer import Reviewer
from reviewer.models.selection import Selection

__all__ = [
    "Assignment",
    "DeadLetter",
    "Endpoint",
    "EndpointUse",
    "Policy",
    "Prediction",
    "Queue",
    "QueueItem",
    "Reviewer",
    "Score",
    "Selection",
]
