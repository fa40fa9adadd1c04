"""What a queue promises, in plain Python: the model that the real one is held against."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

OPEN, LEASED, DONE, FLAGGED, WITHDRAWN = range(5)
LEASE = timedelta(seconds=600)
MOST_SKIPS = 2
Key = tuple[float, float, int]


@dataclass(frozen=True)
class Hand:
    """A task that was once given to somebody: the token is that person's for ever."""

    item: int
    token: int
    user: int


@dataclass(frozen=True)
class Given:
    """An answer as it stands; a correction takes over what the first one counted for."""

    author: int
    label: str
    counted: bool
    expert: bool


@dataclass
class Task:
    pk: int
    state: str = "open"
    gold: str | None = None
    changes: int = 0
    answers: dict[int, Given] = field(default_factory=dict)

    def heard(self, *, expert: bool) -> list[Given]:
        each = self.answers.values()
        return [a for a in each if a.counted and a.expert is expert]

    def settle(self, label: str) -> None:
        self.changes += self.gold != label
        self.gold, self.state = label, "settled"


@dataclass
class Item:
    pk: int
    task: Task
    place: float
    wanted: int
    expert: bool = False
    check: bool = False
    state: int = OPEN
    done: int = 0
    skipped: set[int] = field(default_factory=set)
    skips: int = 0
    skipped_last: int | None = None
    # people who skipped it for later, each with the number of that skip
    put_off: dict[int, int] = field(default_factory=dict)
    holder: int | None = None
    until: datetime | None = None
    token: int = 0
    owners: dict[int, int] = field(default_factory=dict)

    def is_for(self, user: int) -> bool:
        return user not in self.skipped and user not in self.task.answers

    def is_put_off_by(self, user: int) -> bool:
        return user in self.put_off and user not in self.task.answers

    def take_up(self, user: int) -> None:
        """What somebody put off is given to them: from now on it is theirs as before."""
        if self.is_put_off_by(user):
            del self.put_off[user]
            self.skipped.discard(user)

    def lasts(self, at: datetime) -> bool:
        return self.state == LEASED and self.until is not None and at <= self.until

    def key(self) -> Key:
        """Where it stands: what ran out comes first, then the smallest place."""
        if self.state == LEASED and self.until is not None:
            return 0, self.until.timestamp(), 0
        return 1, self.place, self.pk

    def lease(self, user: int, token: int, at: datetime) -> None:
        self.state, self.holder, self.until = LEASED, user, at + LEASE
        self.token, self.owners[token] = token, user

    def let_go(self, user: int) -> None:
        """Whoever answered or gave up holds it no longer, by whichever token."""
        if self.holder != user:
            return
        self.holder, self.until = None, None
        if self.state == LEASED:
            self.state = OPEN

    def reopen(self) -> None:
        """One more is wanted; whoever has it open at this moment keeps it."""
        self.wanted += 1
        self.state = OPEN if self.holder is None else LEASED


@dataclass
class Model:
    """One project: its review queue (False) and its adjudication queue (True)."""

    max_overlap: int
    # where skipped tasks of the review queue go
    skips_to: str = "others"
    skips: int = 0
    items: dict[int, Item] = field(default_factory=dict)
    sent: dict[UUID, int] = field(default_factory=dict)
    paused: dict[bool, bool] = field(
        default_factory=lambda: {False: False, True: False}
    )
    resting: set[int] = field(default_factory=set)
    # tasks on their way to an adjudicator: the caller learns the item's number
    disputed: list[Item] = field(default_factory=list)

    def is_stopped(self) -> bool:
        return bool(self.resting) or any(self.paused.values())

    def has_disputes(self) -> bool:
        return any(item.expert for item in self.items.values())

    def queue(self, *, expert: bool) -> list[Item]:
        return [item for item in self.items.values() if item.expert is expert]

    def held(self, user: int, at: datetime, *, expert: bool) -> list[Item]:
        mine = [
            item
            for item in self.queue(expert=expert)
            if item.holder == user and item.lasts(at)
        ]
        return sorted(mine, key=lambda item: (item.place, item.pk))

    def waiting_for(self, user: int, at: datetime, *, expert: bool) -> list[Item]:
        """What this person could be given next, in order."""
        free = [
            item
            for item in self.queue(expert=expert)
            if item.is_for(user)
            and (item.state == OPEN or (item.state == LEASED and not item.lasts(at)))
        ]
        later = [
            item
            for item in self.queue(expert=expert)
            if item.state == OPEN and item.is_put_off_by(user)
        ]
        return [
            *sorted(free, key=Item.key),
            *sorted(later, key=lambda item: item.put_off[user]),
        ]

    def fair_share(self, user: int, at: datetime, *, expert: bool) -> int:
        items = self.queue(expert=expert)
        others = {i.holder for i in items if i.lasts(at)} - {user}
        # of what this person may be given: what they answered waits for others
        waiting = sum(
            item.state == OPEN and (item.is_for(user) or item.is_put_off_by(user))
            for item in items
        )
        return max(1, -(-waiting // (1 + len(others))))

    def is_live(self, hand: Hand) -> bool:
        """Good for renewing and giving back: nobody took it over, nothing settled it."""
        item = self.items[hand.item]
        return item.state == LEASED and (item.token, item.holder) == (
            hand.token,
            hand.user,
        )

    def submit(self, hand: Hand, label: str, client_id: UUID, at: datetime) -> str:
        """The status of an answer that fits, sent by whom the token was given to."""
        item = self.items[hand.item]
        if client_id in self.sent:
            return "duplicate"
        self.sent[client_id] = hand.user
        before = item.task.answers.get(hand.user)
        if before is not None:
            item.let_go(hand.user)
            return self._correct(item.task, replace(before, label=label))
        return self._keep(item, hand.user, label)

    def _keep(self, item: Item, user: int, label: str) -> str:
        wanted = item.state in (OPEN, LEASED) and item.done < item.wanted
        counted = wanted and user not in item.skipped
        item.task.answers[user] = Given(user, label, counted, item.expert)
        item.let_go(user)
        if not counted:
            return "extra"
        item.done += 1
        if item.done == item.wanted:
            item.state = DONE
            self._settle(item)
        return "counted"

    def _correct(self, task: Task, given: Given) -> str:
        task.answers[given.author] = given
        (item,) = (
            item for item in self.queue(expert=given.expert) if item.task is task
        )
        complete = item.state == DONE and item.done == item.wanted
        if given.counted and complete:
            self._settle(item)
        return "correction"

    def _settle(self, item: Item) -> None:
        if item.check:
            return
        if not item.expert and item.task.heard(expert=True):
            return
        given = item.task.heard(expert=item.expert)
        label, votes = Counter(each.label for each in given).most_common(1)[0]
        if votes * 2 > len(given):
            item.task.settle(label)
        elif item.wanted < self.max_overlap:
            item.reopen()
        else:
            self.dispute(item)

    def dispute(self, item: Item) -> None:
        if item.task.state == "open":
            item.task.state = "disputed"
        if not any(each.task is item.task for each in self.queue(expert=True)):
            self.disputed.append(item)

    def skip(self, item: Item, user: int) -> None:
        item.let_go(user)
        item.skipped.add(user)
        item.skips += not (item.skips and item.skipped_last == user)
        item.skipped_last = user
        if item.skips >= MOST_SKIPS:
            item.state = FLAGGED
        skips_to = "others" if item.expert else self.skips_to
        if skips_to == "me" and item.state == OPEN:
            self.skips += 1
            item.put_off[user] = self.skips
        if skips_to == "expert" and not item.check:
            item.state = DONE
            self.dispute(item)

    def flag(self, item: Item, user: int) -> None:
        item.let_go(user)
        item.state = FLAGGED

    def give_back(self, item: Item) -> None:
        item.state, item.skips = OPEN, 0
        item.skipped.clear()
        item.put_off.clear()

    def send_to_adjudication(self, item: Item) -> None:
        item.state = DONE
        self.dispute(item)

    def withdraw(self, item: Item) -> None:
        item.state = WITHDRAWN
        if item.task.state in ("open", "disputed"):
            item.task.state = "withdrawn"

    def free(self, user: int) -> int:
        """Everything that a person holds goes back; how much that was."""
        held = [
            i for i in self.items.values() if i.holder == user and i.state == LEASED
        ]
        for item in held:
            item.let_go(user)
        return len(held)
