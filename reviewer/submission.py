"""Takes answers in: kept once, whatever happened to the lease, and counted if wanted.

Everything is read with the items locked (held.py), decided here without the database,
and written together (handing_in.py): three calls, however many answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction

from labeling import payloads, versions
from labeling.annotations import fit
from labeling.models import Task
from projects import events
from projects.refused import DoesNotFit, FieldProblem, NotFound, Refused, TooMany
from reviewer import consensus, crowds, expert_checks, handing_in, held, leasing
from reviewer.adaptive import Vote
from reviewer.handing_in import Changes
from reviewer.models import Queue, QueueItem

if TYPE_CHECKING:
    from labeling.answers import Answer
    from labeling.payloads import Content
    from projects.models import User
    from reviewer.held import Given, Held, Item

State = QueueItem.State
OPEN = (State.OPEN, State.LEASED)
LONGEST_SECONDS = 86_400.0
TRIES = 3


@dataclass(frozen=True)
class Submission:
    item_id: int
    token: int
    client_id: UUID
    answer: Any
    seconds: float | None = None
    # Why it is so; and what was said before the model's answer was shown.
    note: str = ""
    guess: Any = None


@dataclass(frozen=True)
class Receipt:
    """counted, extra (nobody wanted one more), correction, duplicate (sent again)."""

    status: str
    late: bool = False


def submit(queue: Queue, user: User, given: Submission, at: datetime) -> Receipt:
    """Keep one answer: annotation, lease, consensus, gold and event in one transaction.

    Refused: NotYours for tokens of others, DoesNotFit for what the schema does not allow.
    """
    (outcome,) = submit_many(queue, user, [given], at)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def submit_many(
    queue: Queue, user: User, given: Sequence[Submission], at: datetime
) -> list[Receipt | Refused]:
    """The same for many, an outcome for each; what is refused leaves the others alone."""
    outcomes: dict[int, Receipt | Refused] = {}
    for wave in _waves(given):
        found = _try(queue, user, [given[n] for n in wave], at)
        outcomes.update(zip(wave, found, strict=True))
    return [outcomes[n] for n in range(len(given))]


def _waves(given: Sequence[Submission]) -> Iterator[list[int]]:
    """Answers that can be decided together: no item and no client id twice in a wave."""
    left = list(range(len(given)))
    while left:
        wave: list[int] = []
        later: list[int] = []
        seen: set[int | UUID] = set()
        for n in left:
            names: set[int | UUID] = {given[n].item_id, given[n].client_id}
            (later if seen & names else wave).append(n)
            seen |= names
        yield wave
        left = later


def _try(
    queue: Queue, user: User, given: Sequence[Submission], at: datetime
) -> list[Receipt | Refused]:
    for _ in range(TRIES):
        try:
            return _submit(queue, user, given, at)
        except IntegrityError:
            # the same answer, or two answers to one task, at the same moment
            if len(given) > 1:
                return [_try(queue, user, [each], at)[0] for each in given]
    # not said of the answer, which nothing is wrong with: whoever sends it keeps it
    raise TooMany("This answer is being sent twice. Send it again.", retry_after=1)


@transaction.atomic
def _submit(
    queue: Queue, user: User, given: Sequence[Submission], at: datetime
) -> list[Receipt | Refused]:
    asked = [
        held.Asked(n, each.item_id, each.token, each.client_id)
        for n, each in enumerate(given)
    ]
    locked = held.lock(user, asked)
    work = _Work(queue, user, at, _marked(locked))
    outcomes = [work.decide(one, sent) for one, sent in zip(locked, given, strict=True)]
    handing_in.write(user, work.changes, at)
    for item_id in work.disputed:
        consensus.dispute(QueueItem.objects.select_related("task").get(pk=item_id))
    for share, tasks in work.to_check.items():
        expert_checks.draw(queue, tasks, share)
    events.emit_all(
        "task.settled",
        queue.project_id,
        [f"task {task}" for task in work.changed],
    )
    return outcomes


def _marked(locked: Sequence[Held]) -> Mapping[int, Content | None]:
    """The payloads of those tasks whose answers mark a part of it, by task."""
    tasks = [one.task for one in locked if one.task]
    marked = [task.id for task in tasks if versions.marks(task.schema_version)]
    return payloads.of_tasks(marked) if marked else {}


class _Work:
    """Decides on answers one by one, and gathers what that changes."""

    def __init__(
        self,
        queue: Queue,
        user: User,
        at: datetime,
        contents: Mapping[int, Content | None],
    ) -> None:
        self.queue, self.user, self.at, self.contents = queue, user, at, contents
        self.changes = Changes()
        # ids of tasks whose gold changed, and of items that nobody agrees on
        self.changed: list[int] = []
        self.disputed: list[int] = []
        # share that experts check -> tasks that reviewers settled
        self.to_check: dict[float, list[int]] = defaultdict(list)

    def decide(self, one: Held, sent: Submission) -> Receipt | Refused:
        try:
            return self._decide(one, sent)
        except Refused as refused:
            return refused

    def _decide(self, one: Held, sent: Submission) -> Receipt:
        item, task = one.item, one.task
        if item is None or task is None:
            raise NotFound("There is no such task any more.")
        live = self._prove(one, item, sent.token)
        if item.queue != self.queue.pk:
            raise NotFound("This task is in another queue.")
        if one.sent is not None:
            if one.sent.author != self.user.pk:
                raise leasing.NotYours(
                    "This client_id belongs to somebody else’s answer."
                )
            return Receipt("duplicate", late=one.sent.late)
        content = self.contents.get(task.id)
        answer = fit(task.schema_version, sent.answer, content)
        if item.expert:
            _check_reason(item, sent)
        if one.drafted:
            self.changes.drafts.append(task.id)
        previous = self._mine(one)
        if previous is not None:
            return self._correct(one, item, sent, answer, previous, live=live)
        return self._keep(one, item, sent, answer, live=live)

    def _prove(self, one: Held, item: Item, token: int) -> bool:
        """Whether the lease lasts; NotYours unless it is, or was, this person's."""
        if item.token == token and item.lease_by == self.user.pk:
            lasts = item.lease_until is not None and self.at <= item.lease_until
            return item.state == State.LEASED and lasts
        if not one.past:
            raise leasing.NotYours(leasing.NOT_YOURS)
        return False

    def _mine(self, one: Held) -> Given | None:
        mine = (each for each in one.given or () if each.author == self.user.pk)
        return next(mine, None)

    def _keep(
        self, one: Held, item: Item, sent: Submission, answer: Answer, *, live: bool
    ) -> Receipt:
        wanted = item.done < item.wanted and item.state in OPEN
        counted = wanted and self.user.pk not in item.seen
        blind = _is_blind(one, item, live=live)
        self._annotate(
            one,
            sent,
            answer,
            blind=blind,
            counted=counted,
            late=not live,
            check_task=item.check_task,
            expert=item.expert,
        )
        self._close_lease(item)
        for each in (item, *(one.others or ())):
            # whoever answered is asked no more, neither here nor as an adjudicator
            each.seen = sorted({*each.seen, self.user.pk})
            self.changes.items.append(each)
        if counted:
            item.done += 1
            if item.done == item.wanted:
                item.state = State.DONE
                self._settle(one, item, Vote(self.user.pk, answer, blind), None)
        return Receipt("counted" if counted else "extra", late=not live)

    def _correct(
        self,
        one: Held,
        item: Item,
        sent: Submission,
        answer: Answer,
        previous: Given,
        *,
        live: bool,
    ) -> Receipt:
        """One's own answer once more replaces the one before; both are kept."""
        blind = _is_blind(one, item, live=live)
        self._annotate(
            one,
            sent,
            answer,
            blind=blind,
            counted=previous.counted,
            check_task=previous.check_task,
            expert=previous.expert,
            supersedes=previous.id,
        )
        self._close_lease(item)
        self.changes.items.append(item)
        # an adjudicator's answer stays one, by whichever of the task's items it comes
        place = one.place(expert=previous.expert) or item
        if place is not item:
            self.changes.items.append(place)
        complete = place.state == State.DONE and place.done == place.wanted
        if previous.counted and complete:
            self._settle(one, place, Vote(self.user.pk, answer, blind), previous)
        return Receipt("correction", late=not live)

    def _annotate(
        self,
        one: Held,
        sent: Submission,
        answer: Answer,
        *,
        blind: bool,
        counted: bool,
        check_task: bool,
        expert: bool,
        late: bool = False,
        supersedes: int | None = None,
    ) -> None:
        task = one.task
        assert task is not None  # noqa: S101 (refused before)
        self.changes.annotations.append(
            handing_in.Annotation(
                client_id=sent.client_id,
                task=task.id,
                answer=answer,
                seconds=_plausible(sent.seconds),
                blind=blind and not expert,
                late=late,
                counted=counted,
                check_task=check_task,
                expert=expert,
                supersedes=supersedes,
                note=sent.note,
                guess=_guess(one, sent, self.contents.get(task.id)),
            )
        )

    def _close_lease(self, item: Item) -> None:
        """Whoever answered holds it no longer, by whichever token; another's goes on."""
        if item.lease_by != self.user.pk:
            return
        started_at = item.leased_at or self.at
        self.changes.ended.append(handing_in.Ended(item.id, item.token, started_at))
        item.lease_by = item.lease_until = item.leased_at = None
        if item.state == State.LEASED:
            item.state = State.OPEN

    def _settle(
        self, one: Held, item: Item, newest: Vote, previous: Given | None
    ) -> None:
        """What the answers that are in add up to."""
        task = one.task
        assert task is not None  # noqa: S101 (refused before)
        if item.check_task and item.expert and task.state != Task.State.SETTLED:
            # an expert check settles nothing but itself
            self.changes.settled.append(task.id)
        found = consensus.judge(one, item, task, newest, previous, crowds.newest)
        if isinstance(found, consensus.Settled):
            gold = consensus.new_gold(one, task, found)
            self.changes.gold += gold
            if task.state != Task.State.SETTLED:
                self.changes.settled.append(task.id)
                if item.expert_share and not item.expert:
                    self.to_check[item.expert_share].append(task.id)
            if gold or task.state != Task.State.SETTLED:
                self.changed.append(task.id)
        elif found == consensus.ONE_MORE:
            item.wanted += 1
            # whoever has it open at this moment keeps it
            item.state = State.OPEN if item.lease_by is None else State.LEASED
        elif found == consensus.DISPUTED:
            self.disputed.append(item.id)


def _is_blind(one: Held, item: Item, *, live: bool) -> bool:
    """Whether it was given without the model's answer: by chance, or kept from everybody.

    A page that was loaded before the queue kept it back may show it still, and when a
    lease that is over began is not known.
    """
    since, began = item.alone_since, item.leased_at
    alone = live and since is not None and began is not None and began >= since
    return alone or (one.task is not None and one.task.blind)


def _check_reason(item: Item, sent: Submission) -> None:
    if item.decision_reason == Queue.Reasons.REQUIRED and not sent.note:
        problem = FieldProblem(field="note", problem="must say why")
        raise DoesNotFit("Say why you decide it so.", errors=[problem])


def _guess(one: Held, sent: Submission, content: Content | None) -> Answer | None:
    """What was said before the model's answer was shown, where it is kept back until then.

    Elsewhere nobody could have said it before. No final answer is refused for what came
    before it.
    """
    if one.item is None or one.task is None or sent.guess is None:
        return None
    if one.item.shown != Queue.Shown.AFTER_GUESS:
        return None
    try:
        return fit(one.task.schema_version, sent.guess, content)
    except DoesNotFit:
        return None


def _plausible(seconds: float | None) -> float | None:
    """A page left open overnight says nothing about the work."""
    if seconds is None or not 0 <= seconds <= LONGEST_SECONDS:
        return None
    return seconds
