"""What is known of people comes from the others' blind answers, and its intervals hold."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from django.utils import timezone

from labeling.models import Annotation
from reviewer import drifting, people, quality, scorecards, skills
from reviewer.models import Alarm, Queue, Watched
from reviewer.rollups.hours import EVER
from reviewer.stats.estimates import Estimate, NotEnough
from tests import makers
from tests.reviewer.crowd import LABELS, Crowd, all_counted, make_crowd

pytestmark = pytest.mark.django_db
RIGHT = (0.97, 0.95, 0.9, 0.9, 0.85, 0.6)


@pytest.fixture
def crowd() -> Crowd:
    return make_crowd(RIGHT, seed=7)


def told(crowd: Crowd) -> dict[int, skills.Told]:
    found = skills.of_project(crowd.project, EVER)
    return {person: each for person, (each,) in found.items()}


def known(crowd: Crowd) -> dict[int, people.Known]:
    return people.of_project(crowd.project, timezone.now(), 30)


def test_skills_of_a_crowd_at_work_hold_the_truth(crowd: Crowd) -> None:
    crowd.tasks(120)
    crowd.work()

    found = told(crowd)

    overall = [found[user.pk].overall for user in crowd.people]
    held = [
        isinstance(each, Estimate) and each.low <= right <= each.high
        for each, right in zip(overall, RIGHT, strict=True)
    ]
    # of six intervals at 95 %, one may miss
    assert sum(held) >= 5
    worst = overall[-1]
    assert isinstance(worst, Estimate)
    assert worst.high < min(
        each.low for each in overall[:2] if isinstance(each, Estimate)
    )
    assert worst.n == Annotation.objects.filter(author=crowd.people[-1]).count()


def test_who_is_taken_for_what_adds_up_to_the_answers(crowd: Crowd) -> None:
    crowd.tasks(90)
    crowd.work()

    found = told(crowd)

    given = Counter(Annotation.objects.values_list("author", flat=True))
    for user in crowd.people:
        each = found[user.pk]
        assert sorted(each.labels) == sorted(LABELS)
        table = np.array(each.counts)
        assert table.sum() == pytest.approx(given[user.pk], abs=0.5)
        diagonal = np.trace(table) / table.sum()
        # from others who err too, and of some 45 answers
        assert diagonal == pytest.approx(crowd.right[user], abs=0.2)


def test_an_own_answer_does_not_confirm_itself() -> None:
    crowd = make_crowd((1.0, 1.0, 1.0), seed=3)
    *agreed, odd = crowd.tasks(20)
    crowd.truth[odd.pk] = "cat"
    crowd.work(crowd.people[:2])
    liar = crowd.people[2]
    crowd.truth = {task.pk: "dog" for task in (*agreed, odd)}
    crowd.work([liar])

    each = told(crowd)[liar.pk]

    cat = each.labels.index("cat")
    said = each.labels.index("dog")
    assert each.counts[cat][said] >= 1
    assert isinstance(each.overall, Estimate)
    assert each.overall.value < 0.7


def test_answers_that_saw_the_model_say_nothing_of_skill() -> None:
    crowd = make_crowd((0.9, 0.9, 0.9), seed=5)
    crowd.tasks(20, label="cat", blind=False)
    crowd.work()

    assert skills.of_project(crowd.project, EVER) == {}


def test_where_nobody_else_answered_there_is_no_skill() -> None:
    crowd = make_crowd((0.9, 0.9), seed=5, overlap=1, max_overlap=1)
    crowd.tasks(20)
    crowd.work()

    for each in told(crowd).values():
        assert isinstance(each.overall, NotEnough)


def test_rare_labels_count_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skills, "MOST_LABELS", 1)
    crowd = make_crowd((0.9, 0.9, 0.9), seed=9)
    crowd.tasks(30)
    crowd.work()

    for each in told(crowd).values():
        assert set(each.labels) <= {*LABELS, skills.OTHER}
        assert skills.OTHER in each.labels
        assert len(each.labels) == 2


def test_whom_the_model_leads_astray_is_known_from_what_they_say_blind() -> None:
    crowd = make_crowd((0.9, 0.9), seed=11, overlap=2, max_overlap=2)
    led, own = crowd.people
    shown, blind = (
        crowd.tasks(20, label="cat", blind=False),
        crowd.tasks(20, label="cat"),
    )
    crowd.truth |= {task.pk: "dog" for task in (*shown, *blind)}
    for task in shown:
        makers.make_annotation(task, led, "cat", blind=False)
        makers.make_annotation(task, own, "dog", blind=False)
    for task in blind:
        for user in (led, own):
            makers.make_annotation(task, user, "dog", blind=True)
    crowd.experts_say([*shown, *blind])

    found = known(crowd)

    bias = found[led.pk].leaning.bias
    assert isinstance(bias, Estimate)
    assert bias.value == pytest.approx(1.0)
    assert bias.low > 0.5
    free = found[own.pk].leaning.bias
    assert isinstance(free, Estimate)
    assert free.value == 0
    assert free.low < 0 < free.high


def test_what_reviewers_settled_themselves_tells_of_no_mistake_of_the_model() -> None:
    crowd = make_crowd((1.0, 1.0, 1.0), seed=2)
    tasks = crowd.tasks(10, label="cat", blind=False)
    crowd.truth |= {task.pk: "dog" for task in tasks}
    crowd.work()

    leaning = known(crowd)[crowd.people[0].pk].leaning

    assert isinstance(leaning.bias, NotEnough)
    assert leaning.bias.n == 0


def test_a_harder_queue_makes_nobody_look_worse() -> None:
    easy = make_crowd((1.0, 1.0, 1.0), seed=1, overlap=2, max_overlap=2)
    hard_queue = makers.make_queue(easy.project, overlap=2, max_overlap=2)
    one, two, three = easy.people

    def answered(queue: object, users: tuple[object, object], agree: bool) -> None:
        task = makers.make_task(easy.project, blind=True)
        makers.make_queue_item(queue, task)  # type: ignore[arg-type]
        makers.make_gold(task, "cat", source="expert")
        for user in users:
            makers.make_annotation(
                task,
                user,  # type: ignore[arg-type]
                "cat" if agree else "dog",
                blind=True,
            )

    for at in range(20):
        # three works on what is hard for everybody, half of the time wrong
        answered(hard_queue, (two, three), agree=at % 2 == 0)
        answered(easy.queue, (one, two), agree=True)

    against = known(easy)[three.pk].against_others

    assert isinstance(against, Estimate)
    assert against.value == pytest.approx(0)


def test_what_is_kept_is_read_as_it_was(crowd: Crowd) -> None:
    crowd.tasks(30)
    crowd.work()
    found = known(crowd)

    assert found
    assert people.read(people.kept(found)) == found


def test_where_overlap_adapts_tasks_with_several_answers_tell_nothing_of_people() -> (
    None
):
    """They are the doubtful ones: everybody here is right in 97 %, and half of these are not."""
    crowd = make_crowd((0.97,) * 4, seed=5, overlap=1, max_overlap=4, sure=0.95)
    crowd.tasks(120)
    crowd.work()
    all_counted()
    drifting.take()

    at = timezone.now()
    assert skills.of_project(crowd.project, EVER) == {}
    assert isinstance(quality.of_people(crowd.project, at, None).blind, NotEnough)
    cards = scorecards.of_project(crowd.project, at, None)
    worked = [card for card in cards if card.volume]
    assert len(worked) == 4
    assert all(isinstance(card.agreement, NotEnough) for card in worked)
    assert {watched.judged for watched in Watched.objects.all()} == {0}
    assert not Alarm.objects.exists()


def test_once_overlap_is_fixed_again_later_tasks_count() -> None:
    crowd = make_crowd((0.97,) * 4, seed=6, overlap=2, max_overlap=2, sure=0.95)
    crowd.tasks(20)
    crowd.work()
    Queue.objects.filter(pk=crowd.queue.pk).update(sure=None)
    assert skills.of_project(crowd.project, EVER) == {}

    crowd.tasks(40)
    crowd.work()

    (one,) = skills.of_project(crowd.project, EVER)[crowd.people[0].pk]
    assert isinstance(one.overall, Estimate)
    mine = Annotation.objects.filter(author=crowd.people[0]).order_by("pk")
    crowd.queue.refresh_from_db()
    later = mine.filter(task__created_at__gt=crowd.queue.adaptive_until)
    assert 0 < one.overall.n == later.count() < mine.count()
