"""Many people at work at the same moment, each in a thread and connection of its own."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from projects.models import User
from reviewer import leasing, submission
from reviewer.models import Queue, QueueItem
from reviewer.submission import Receipt, Submission

PATIENCE = 0.005


def together(acts: Sequence[Callable[[], None]], *, seconds: float) -> None:
    """Run all from one start; the first that went wrong is raised here."""
    start, wrong = threading.Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[], None]) -> None:
        start.wait(timeout=10)
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - raised again below
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act], daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if wrong:
        raise wrong[0]
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"


class Clock:
    """One time for everybody; it can jump, so that leases run out without a wait."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return timezone.now() + self.ahead

    def jump(self, by: timedelta) -> None:
        self.ahead += by


@dataclass
class Worker:
    """Somebody who takes tasks of a queue, and what the service told them."""

    user: User
    queue: Queue
    clock: Clock = field(default_factory=Clock)
    chance: random.Random = field(default_factory=random.Random)
    receipts: dict[uuid.UUID, tuple[int, Receipt]] = field(default_factory=dict)

    def claim(self, count: int = 1) -> list[QueueItem]:
        # as a request does it: the queue as it is now
        queue = Queue.objects.get(pk=self.queue.pk)
        return leasing.take(queue, self.user, count, at=self.clock.now())

    def answer(self, item: QueueItem, label: str = "cat") -> Receipt:
        client_id = uuid.uuid4()
        given = Submission(item.pk, item.token, client_id, {"label": label}, 1.0)
        receipt = submission.submit(self.queue, self.user, given, self.clock.now())
        self.receipts[client_id] = item.pk, receipt
        return receipt

    def until_done(self, act: Callable[[QueueItem], None], *, ahead: int = 1) -> None:
        """Take and act until nothing is left that anybody may still answer."""
        while is_unfinished(self.queue):
            for item in self.claim(self.chance.randint(1, ahead)):
                act(item)
            time.sleep(PATIENCE)

    def is_hasty(self, odds: float) -> bool:
        return self.chance.random() < odds


def is_unfinished(queue: Queue) -> bool:
    over = (QueueItem.State.DONE, QueueItem.State.WITHDRAWN)
    return QueueItem.objects.filter(queue=queue).exclude(state__in=over).exists()
