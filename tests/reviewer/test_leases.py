"""Many leases in one call: renewed, given back, and what was in hand first again."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from labeling.models import Annotation, Draft
from reviewer import leasing
from reviewer.leasing import MOST_AT_ONCE, MOST_HELD
from reviewer.models import Assignment, Queue, QueueItem
from tests.makers import make_member, make_queue_item, sign_in
from tests.reviewer.test_leasing import filled, take

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from projects.models import User

pytestmark = pytest.mark.django_db
State = QueueItem.State


def call(user: User, path: str, body: Any) -> Any:
    reply = sign_in(user).post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json"
    )
    return reply.json()


def many(queue: Queue, user: User, what: str, items: list[QueueItem]) -> Any:
    named = [{"id": str(each.pk), "token": each.token} for each in items]
    return call(user, f"queues/{queue.pk}/{what}", {"assignments": named})


def worked(count: int) -> tuple[Queue, User, list[QueueItem]]:
    """A queue of which somebody holds everything."""
    queue = filled(count)
    user = make_member(queue.project)
    return queue, user, take(queue, user, count)


def test_all_leases_are_renewed_by_one_call() -> None:
    queue, user, held = worked(3)
    QueueItem.objects.update(lease_until=timezone.now() + timedelta(seconds=5))

    told = many(queue, user, "renew", held)

    assert [each["ok"] for each in told["results"]] == [True] * 3
    soon = timezone.now() + timedelta(seconds=queue.lease_seconds - 60)
    assert QueueItem.objects.filter(lease_until__gt=soon).count() == 3


@pytest.mark.parametrize("what", ["renew", "release"])
def test_many_leases_cost_as_many_queries_as_one(
    what: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    queue, user, held = worked(40)
    client = sign_in(user)
    named = [{"id": str(each.pk), "token": each.token} for each in held]
    body = json.dumps({"assignments": named})
    path = f"/api/v1/queues/{queue.pk}/{what}"

    # who is asking, their membership, and one statement for all leases
    with django_assert_max_num_queries(5):
        reply = client.post(path, body, content_type="application/json")

    assert [each["ok"] for each in reply.json()["results"]] == [True] * 40


def test_a_lease_that_went_on_to_somebody_is_named_and_the_others_are_renewed() -> None:
    queue, user, held = worked(3)
    taken_over, kept, _ = held
    other = make_member(queue.project)
    QueueItem.objects.filter(pk=taken_over.pk).update(lease_by=other.pk, token=9)

    told = many(queue, user, "renew", [taken_over, kept])

    lost, good = told["results"]
    assert (lost["id"], lost["ok"], lost["code"]) == (
        str(taken_over.pk),
        False,
        "lease_ended",
    )
    assert (good["id"], good["ok"]) == (str(kept.pk), True)
    assert (told["others"], told["free"]) == (1, 0)


def test_a_lease_that_ran_out_and_that_nobody_took_is_renewed() -> None:
    queue, user, held = worked(1)
    QueueItem.objects.update(lease_until=timezone.now() - timedelta(minutes=5))

    told = many(queue, user, "renew", held)

    assert told["results"][0]["ok"]
    assert QueueItem.objects.get().lease_until > timezone.now()  # type: ignore[operator]


def test_what_is_given_back_waits_again_and_the_lease_is_written_down() -> None:
    queue, user, held = worked(3)

    told = many(queue, user, "release", held[1:])

    assert [each["ok"] for each in told["results"]] == [True, True]
    kept, *back = QueueItem.objects.order_by("-state")
    assert (kept.pk, kept.lease_by) == (held[0].pk, user.pk)
    assert [(each.state, each.lease_by) for each in back] == [(State.OPEN, None)] * 2
    ended = Assignment.objects.values_list("item", "token", "outcome")
    assert set(ended) == {(each.pk, each.token, "released") for each in held[1:]}


def test_nobody_gives_back_or_renews_what_others_hold() -> None:
    queue, user, held = worked(2)
    thief = make_member(queue.project)

    for what in ("renew", "release"):
        told = many(queue, thief, what, held)
        assert [each["ok"] for each in told["results"]] == [False, False]

    assert set(QueueItem.objects.values_list("lease_by", flat=True)) == {user.pk}


def test_leases_of_another_queue_are_left_alone() -> None:
    queue, user, held = worked(1)
    other = filled(0, name="other", project=queue.project)

    told = many(other, user, "release", held)

    assert told["results"][0]["ok"] is False
    assert QueueItem.objects.get().state == State.LEASED


def test_names_that_are_no_assignments_are_nobodys() -> None:
    queue, user, _ = worked(1)
    named = [{"id": "x", "token": 1}, {"id": "1", "token": -1}]

    told = call(user, f"queues/{queue.pk}/renew", {"assignments": named})

    assert [each["ok"] for each in told["results"]] == [False, False]


def test_a_call_names_at_most_what_one_person_can_hold() -> None:
    queue, user, _ = worked(1)
    named = [{"id": "1", "token": 1}] * (MOST_HELD + 1)

    told = call(user, f"queues/{queue.pk}/renew", {"assignments": named})

    assert told["status"] == 400


def test_a_claim_gives_fifty_and_a_person_may_hold_more() -> None:
    queue = filled(MOST_AT_ONCE * 2 + 100)
    user = make_member(queue.project)

    first = take(queue, user, 1_000)
    more = take(queue, user, 1_000, have=[each.pk for each in first])

    assert (len(first), len(more)) == (MOST_AT_ONCE, MOST_AT_ONCE)
    assert len({each.pk for each in (*first, *more)}) == MOST_AT_ONCE * 2


def test_what_was_in_hand_comes_first_with_its_draft() -> None:
    queue, user, held = worked(8)
    in_hand = held[-1]
    draft = f"assignments/{in_hand.pk}/draft"
    call(user, draft, {"token": in_hand.token, "answer": {"label": "dog"}})

    told = call(
        user, f"queues/{queue.pk}/claim", {"count": 3, "first": str(in_hand.pk)}
    )

    first, *others = told["assignments"]
    assert (first["id"], first["draft"]) == (str(in_hand.pk), {"label": "dog"})
    assert first["draft_at"] is not None
    assert len(others) == 2
    assert first["id"] not in {each["id"] for each in others}


def test_what_is_no_longer_held_does_not_come_first() -> None:
    queue, user, held = worked(3)
    lost = held[2]
    other = make_member(queue.project)
    QueueItem.objects.filter(pk=lost.pk).update(lease_by=other.pk, token=9)

    told = call(user, f"queues/{queue.pk}/claim", {"count": 3, "first": str(lost.pk)})

    assert str(lost.pk) not in {each["id"] for each in told["assignments"]}


def test_a_draft_that_comes_after_its_answer_is_not_kept() -> None:
    queue, user, held = worked(1)
    item = held[0]
    sent = {
        "assignment": str(item.pk),
        "token": item.token,
        "client_id": str(uuid.uuid4()),
        "answer": {"label": "cat"},
    }
    call(user, f"queues/{queue.pk}/submissions", {"items": [sent]})

    told = call(
        user,
        f"assignments/{item.pk}/draft",
        {"token": item.token, "answer": {"label": "dog"}},
    )

    assert told["kept"] is False
    assert not Draft.objects.exists()


def test_a_first_answer_that_comes_again_behind_its_correction_changes_nothing() -> (
    None
):
    queue, user, held = worked(1)
    item = held[0]

    def answer(label: str) -> dict[str, Any]:
        return {
            "assignment": str(item.pk),
            "token": item.token,
            "client_id": str(uuid.uuid4()),
            "answer": {"label": label},
        }

    first, correction = answer("cat"), answer("dog")
    path = f"queues/{queue.pk}/submissions"

    call(user, path, {"items": [first, correction, first]})
    again = call(user, path, {"items": [first]})

    assert again["results"][0]["status"] == "duplicate"
    old, new = Annotation.objects.order_by("pk")
    assert (old.answer, new.answer) == ({"label": "cat"}, {"label": "dog"})
    assert new.supersedes_id == old.pk


def test_a_client_id_of_somebody_elses_answer_keeps_that_answer() -> None:
    queue, user, held = worked(1)
    item = held[0]
    sent = {
        "assignment": str(item.pk),
        "token": item.token,
        "client_id": str(uuid.uuid4()),
        "answer": {"label": "cat"},
    }
    path = f"queues/{queue.pk}/submissions"
    call(user, path, {"items": [sent]})
    other = make_member(queue.project)
    mine = make_queue_item(queue)
    leasing.take(queue, other, 1, at=timezone.now())
    mine.refresh_from_db()

    copied = {**sent, "assignment": str(mine.pk), "token": mine.token}
    told = call(other, path, {"items": [copied]})

    assert (told["results"][0]["ok"], told["results"][0]["code"]) == (
        False,
        "not_yours",
    )
    assert Annotation.objects.get().author == user
