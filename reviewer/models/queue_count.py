"""How many items of a queue are in each state: the count, and the changes not in it yet.

Triggers of the database write a change for each statement that moves items, so no claim
waits for another one's count. The worker adds changes to the counts and removes them.
The queue is no foreign key: its last items leave after it.
"""

from __future__ import annotations

from django.db import models


class QueueDelta(models.Model):
    """By how much one statement changed the counts of one queue."""

    queue = models.BigIntegerField()
    waiting = models.IntegerField()
    leased = models.IntegerField()
    done = models.IntegerField()
    flagged = models.IntegerField()
    withdrawn = models.IntegerField()

    def __str__(self) -> str:
        return f"change of queue {self.queue}"


class QueueCount(models.Model):
    queue = models.BigIntegerField(primary_key=True)
    waiting = models.BigIntegerField()
    leased = models.BigIntegerField()
    done = models.BigIntegerField()
    flagged = models.BigIntegerField()
    withdrawn = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.waiting} waiting in queue {self.queue}"
