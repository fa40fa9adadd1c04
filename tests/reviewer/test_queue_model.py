"""Whatever people do in whatever order, the queue does what its model says."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from labeling.models import Annotation, Gold, Task
from projects.models import Event, Project, Role, User
from projects.refused import DoesNotFit, Refused
from reviewer import flags, leasing, queueing, standing, submission
from reviewer.models import Assignment, Queue, QueueItem
from reviewer.submission import Submission
from tests.makers import (
    make_member,
    make_project,
    make_queue,
    make_queue_item,
    make_schema,
    make_task,
)
from tests.reviewer import queue_model
from tests.reviewer.queue_model import Hand, Model

pytestmark = pytest.mark.django_db
LABELS = ("cat", "dog")
PEOPLE = 4
Act = Callable[[], object]
LONGER_THAN_A_LEASE = timedelta(seconds=601)

who = st.integers(0, PEOPLE - 1)
labels = st.sampled_from(LABELS)
# small numbers are what happened last, so that most acts meet something alive
which = st.integers(0, 9)


@dataclass
class Place:
    """What all examples share; each rolls back what it did to it."""

    project: Project
    people: list[User]
    lead: User
    queues: dict[bool, Queue]


def make_place() -> Place:
    project = make_project()
    make_schema(project, labels=LABELS)
    roles = [Role.REVIEWER] * (PEOPLE - 1) + [Role.ADJUDICATOR]
    people = [make_member(project, role) for role in roles]
    adjudication = Queue.Purpose.ADJUDICATION
    queues = {
        False: make_queue(project, audit_share=0, lease_seconds=600),
        True: make_queue(project, purpose=adjudication, audit_share=0, max_overlap=1),
    }
    return Place(project, people, make_member(project, Role.LEAD), queues)


class QueueMachine(RuleBasedStateMachine):
    """Every act is done to the real queue and to the model; then the two are compared."""

    place: Place

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.model = Model(max_overlap=1)
        self.hands: list[Hand] = []
        self.sent: list[tuple[Hand, UUID]] = []
        self.at = timezone.now()
        self.steps = 0

    def teardown(self) -> None:
        try:
            connection.check_constraints()
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @initialize(
        overlap=st.integers(1, 3),
        more=st.integers(0, 2),
        tasks=st.sampled_from([1, 1, 2, 3]),
        checks=st.sets(st.integers(0, 9), max_size=1),
        late=st.integers(0, PEOPLE - 1),
        skips_to=st.sampled_from(Queue.SkipsTo.values),
    )
    def open(
        self,
        overlap: int,
        more: int,
        tasks: int,
        checks: set[int],
        late: int,
        skips_to: str,
    ) -> None:
        """Tasks wait, and some people come back late to what they once took."""
        self.model.max_overlap = overlap + more
        self.model.skips_to = skips_to
        Queue.objects.filter(pk=self.place.queues[False].pk).update(
            overlap=overlap, max_overlap=overlap + more, skips_to=skips_to
        )
        queue = self.queue(expert=False)
        for number in range(tasks):
            task = make_task(self.place.project)
            item = make_queue_item(queue, task, check_task=number in checks)
            self.model.items[item.pk] = queue_model.Item(
                item.pk,
                queue_model.Task(task.pk),
                item.place,
                item.wanted,
                check=item.check_task,
            )
        for number in range(late):
            self.claim(number, 1, 0, bench=False)
            self.at += LONGER_THAN_A_LEASE

    def queue(self, *, expert: bool) -> Queue:
        """As a request finds it."""
        return Queue.objects.get(pk=self.place.queues[expert].pk)

    def user(self, pk: int) -> User:
        return next(each for each in self.place.people if each.pk == pk)

    def hand(self, back: int) -> Hand:
        """One of those given out; every second time of a task its holder left open."""
        fresh = [
            hand
            for hand in self.hands
            if hand.user not in self.model.items[hand.item].task.answers
        ]
        choice = (fresh if back % 2 == 0 else None) or self.hands
        return choice[-1 - back // 2 % len(choice)]

    def submission(
        self, hand: Hand, label: str, client_id: UUID | None = None
    ) -> Submission:
        answer = {"label": label}
        return Submission(hand.item, hand.token, client_id or uuid.uuid4(), answer)

    def submit(self, hand: Hand, given: Submission) -> str:
        queue = self.queue(expert=self.model.items[hand.item].expert)
        return submission.submit(queue, self.user(hand.user), given, self.at).status

    # What people do.

    @precondition(lambda self: self.is_for_work())
    @rule(
        act=st.sampled_from(["claim", "answer", "answer", "both", "both"]),
        late=st.booleans(),
        who=who,
        which=which,
        label=labels,
        count=st.integers(1, 3),
        bench=st.booleans(),
    )
    def work(
        self,
        act: str,
        late: bool,
        who: int,
        which: int,
        label: str,
        count: int,
        bench: bool,
    ) -> None:
        """What people do all day: every second step, whatever else an example is about."""
        if late and act != "answer":
            self.at += LONGER_THAN_A_LEASE
        before, bench = len(self.hands), bench and self.model.has_disputes()
        if act in ("claim", "both"):
            who = who if count == 3 else self.somebody_who_can(who, bench)
            self.claim(who, count if act == "claim" else 1, which, bench)
        if len(self.hands) > before and act == "both":
            self.answer(0, label)
        elif act == "answer" and self.hands:
            self.answer(which, label)

    def somebody_who_can(self, who: int, bench: bool) -> int:
        """Mostly, people for whom something waits."""
        people = [
            number
            for number, user in enumerate(self.place.people)
            if self.model.waiting_for(user.pk, self.at, expert=bench)
        ]
        return people[who % len(people)] if people else who

    def is_for_work(self) -> bool:
        return self.steps % 2 == 0

    def claim(self, who: int, count: int, named: int, bench: bool) -> None:
        user, model, at = self.place.people[who], self.model, self.at
        held = model.held(user.pk, at, expert=bench)
        have = [item.pk for number, item in enumerate(held) if number < named % 3]
        if self.is_refused(user, bench):
            with pytest.raises(Refused) as refused:
                leasing.take(self.queue(expert=bench), user, count, have=have, at=at)
            assert refused.value.code in ("queue_paused", "reviewer_paused")
            return
        again = [item.pk for item in held if item.pk not in have][:count]
        left = count - len(again)
        share = model.fair_share(user.pk, at, expert=bench)
        next_ = model.waiting_for(user.pk, at, expert=bench)[: min(left, share)]

        taken = leasing.take(self.queue(expert=bench), user, count, have=have, at=at)

        assert [item.pk for item in taken][: len(again)] == again
        fresh = taken[len(again) :]
        given = [model.items[item.pk] for item in fresh]
        assert [i.key() for i in given] == [i.key() for i in next_]
        assert len({item.pk for item in given}) == len(given)
        for item in taken[: len(again)]:
            assert item.token == model.items[item.pk].token
        for item in fresh:
            self.gives(item, user)

    def is_refused(self, user: User, bench: bool) -> bool:
        return self.model.paused[bench] or user.pk in self.model.resting

    def gives(self, item: QueueItem, user: User) -> None:
        known = self.model.items[item.pk]
        known.take_up(user.pk)
        assert known.is_for(user.pk)
        assert item.token > known.token
        known.lease(user.pk, item.token, self.at)
        self.hands.append(Hand(item.pk, item.token, user.pk))

    def answer(self, which: int, label: str) -> None:
        """In time, late, for the first time or once more: as the hand has it."""
        hand, client_id = self.hand(which), uuid.uuid4()
        expected = self.model.submit(hand, label, client_id, self.at)

        told = self.submit(hand, self.submission(hand, label, client_id))

        assert told == expected
        self.sent.append((hand, client_id))
        self.learn_disputes()

    @precondition(lambda self: self.sent and not self.is_for_work())
    @rule(which=which, label=labels)
    def send_again(self, which: int, label: str) -> None:
        hand, client_id = self.sent[-1 - which % len(self.sent)]

        told = self.submit(hand, self.submission(hand, label, client_id))

        assert told == "duplicate"

    @precondition(lambda self: self.hands and not self.is_for_work())
    @rule(which=which, who=who, ahead=st.integers(0, 2))
    def answer_what_is_refused(self, which: int, who: int, ahead: int) -> None:
        """What does not fit, and by a token that is, or will be, another person's."""
        hand, user = self.hand(which), self.place.people[who]
        stolen = Hand(hand.item, hand.token + ahead, user.pk)
        with pytest.raises(DoesNotFit):
            self.submit(hand, self.submission(hand, "horse"))
        if self.model.items[hand.item].owners.get(stolen.token) != user.pk:
            with pytest.raises(leasing.NotYours):
                self.submit(stolen, self.submission(stolen, "cat"))

    def only_if_live(self, hand: Hand, act: Act) -> bool:
        """Do it; whether it was allowed, which must be as the model says."""
        if self.model.is_live(hand):
            act()
            return True
        with pytest.raises(leasing.LeaseEnded):
            act()
        return False

    @precondition(lambda self: self.hands and not self.is_for_work())
    @rule(which=which, act=st.sampled_from(["renew", "release", "skip", "flag"]))
    def renew_or_give_up(self, which: int, act: str) -> None:
        hand, at, model = self.hand(which), self.at, self.model
        item, mine = model.items[hand.item], (hand.item, hand.token)
        user = self.user(hand.user)
        acts: dict[str, tuple[Act, Act]] = {
            "renew": (
                lambda: leasing.renew(*mine, user, at),
                lambda: item.lease(user.pk, hand.token, at),
            ),
            "release": (
                lambda: leasing.release(*mine, user, at),
                lambda: item.let_go(user.pk),
            ),
            "skip": (
                lambda: leasing.skip(*mine, user, "too dark", at),
                lambda: model.skip(item, user.pk),
            ),
            "flag": (
                lambda: leasing.flag(*mine, user, "shows a face", at),
                lambda: model.flag(item, user.pk),
            ),
        }
        real, modelled = acts[act]
        if self.only_if_live(hand, real):
            modelled()
            self.learn_disputes()

    @precondition(lambda self: not self.is_for_work())
    @rule(seconds=st.sampled_from([1, 599, 601, 601]))
    def time_passes(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)

    # What leads do.

    @precondition(lambda self: not self.is_for_work())
    @rule(which=which, act=st.sampled_from(["give_back", "send", "withdraw"]))
    def deal_with_a_flag(self, which: int, act: str) -> None:
        flagged = [i for i in self.model.items.values() if i.state == FLAGGED]
        choice = flagged or list(self.model.items.values())
        item = choice[which % len(choice)]
        queue, lead = self.queue(expert=item.expert), self.place.lead
        acts: dict[str, tuple[Any, Callable[[queue_model.Item], None]]] = {
            "give_back": (flags.give_back, self.model.give_back),
            "send": (flags.send_to_adjudication, self.model.send_to_adjudication),
            "withdraw": (flags.withdraw, self.model.withdraw),
        }
        real, modelled = acts[act]
        if not flagged or (act == "send" and item.expert):
            with pytest.raises((flags.NotFlagged, flags.AlreadyWithExperts)):
                real(queue, item.pk, lead, "looked at it")
            return
        real(queue, item.pk, lead, "looked at it")
        modelled(item)
        self.learn_disputes()

    @precondition(lambda self: not self.is_for_work())
    @rule(bench=st.booleans(), who=who, act=st.sampled_from(["queue", "person", ""]))
    def pause_or_free(self, bench: bool, who: int, act: str) -> None:
        """A queue, or a person, until all go on; and what somebody holds goes back."""
        user = self.place.people[who]
        if act == "queue":
            self.pause_queue(bench, paused=True)
        elif act == "person":
            self.pause_person(user, paused=True)
        freed = leasing.free_all(self.place.project.pk, user.pk)
        assert freed == self.model.free(user.pk)

    @precondition(lambda self: not self.is_for_work() and self.model.is_stopped())
    @rule()
    def resume_everything(self) -> None:
        for bench, paused in self.model.paused.items():
            if paused:
                self.pause_queue(bench, paused=False)
        for pk in list(self.model.resting):
            self.pause_person(self.user(pk), paused=False)

    def pause_queue(self, bench: bool, *, paused: bool) -> None:
        queueing.pause(self.queue(expert=bench), self.place.lead, paused=paused)
        self.model.paused[bench] = paused

    def pause_person(self, user: User, *, paused: bool) -> None:
        project, lead = self.place.project, self.place.lead
        standing.pause(project, user.pk, by=lead, paused=paused, reason="talk to me")
        if paused:
            self.model.resting.add(user.pk)
            self.model.free(user.pk)
        else:
            self.model.resting.discard(user.pk)

    def learn_disputes(self) -> None:
        """The adjudication item that the model expects, with the number it was given."""
        while self.model.disputed:
            item = self.model.disputed.pop()
            found = QueueItem.objects.get(
                queue=self.place.queues[True], task=item.task.pk
            )
            self.model.items[found.pk] = queue_model.Item(
                found.pk,
                item.task,
                found.place,
                1,
                expert=True,
                skipped=set(item.skipped),
            )

    # What must be true after every act.

    @invariant()
    def all_promises_hold(self) -> None:
        """One invariant, so that a failing example reads like a story."""
        self.steps += 1
        self.every_item_is_where_the_model_has_it()
        self.every_answer_is_kept_once_and_counted_while_wanted()
        self.gold_is_there_exactly_when_the_model_has_it()
        self.every_lease_that_ended_was_that_persons()

    def every_item_is_where_the_model_has_it(self) -> None:
        found = QueueItem.objects.filter(queue__project=self.place.project)
        items = {item.pk: item for item in found}
        assert items.keys() == self.model.items.keys()
        for pk, known in self.model.items.items():
            item = items[pk]
            assert _standing(item) == (known.state, known.done, known.wanted)
            if known.state == LEASED:
                assert (item.lease_by, item.lease_until, item.token) == (
                    known.holder,
                    known.until,
                    known.token,
                )

    def every_answer_is_kept_once_and_counted_while_wanted(self) -> None:
        found = Annotation.objects.filter(task__project=self.place.project)
        kept = found.values_list("client_id", "author", "supersedes")
        assert sorted(each[:2] for each in kept) == sorted(self.model.sent.items())
        said: dict[int, dict[int, tuple[str, bool, bool]]] = {}
        for each in found.filter(superseded_by=None):
            answer = (each.answer["label"], each.counted, each.expert)
            said.setdefault(each.task_id, {})[each.author_id] = answer
        for item in self.model.items.values():
            counted = [a for a in said.get(item.task.pk, {}).values() if a[1]]
            mine = [a for a in counted if a[2] is item.expert]
            assert len(mine) == item.done <= item.wanted
            known = item.task.answers.values()
            assert said.get(item.task.pk, {}) == {
                a.author: (a.label, a.counted, a.expert) for a in known
            }

    def gold_is_there_exactly_when_the_model_has_it(self) -> None:
        project = self.place.project
        current = Gold.objects.current().filter(project=project)
        tasks = {item.task.pk: item.task for item in self.model.items.values()}
        states = dict(Task.objects.filter(project=project).values_list("pk", "state"))
        assert states == {pk: task.state for pk, task in tasks.items()}
        gold = sorted(current.values_list("task", "value"))
        settled = [(pk, t.gold) for pk, t in tasks.items() if t.gold is not None]
        assert gold == sorted(settled)
        told = Event.objects.filter(project=project, name="task.settled").count()
        assert told >= sum(task.changes for task in tasks.values())

    def every_lease_that_ended_was_that_persons(self) -> None:
        ended = Assignment.objects.filter(item__in=self.model.items)
        for item, token, reviewer in ended.values_list("item", "token", "reviewer"):
            assert self.model.items[item].owners[token] == reviewer


LEASED, FLAGGED = queue_model.LEASED, queue_model.FLAGGED


def _standing(item: QueueItem) -> tuple[int, int, int]:
    return item.state, item.done, item.wanted


def holds(examples: int, steps: int, *phases: Phase, **more: Any) -> None:
    machine = type("Machine", (QueueMachine,), {"place": make_place()})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=phases,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def test_the_queue_does_what_its_model_says() -> None:
    # not shortened when it fails: that takes minutes, the slow test does it
    holds(40, 30, Phase.generate, derandomize=True)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_the_queue_does_what_its_model_says_in_thousands_of_steps() -> None:
    holds(150, 40, Phase.generate, Phase.shrink, print_blob=True)
