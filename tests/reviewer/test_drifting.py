"""A change for the worse is told once, in order, and pauses only where a project says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Annotation, Gold, Task
from projects.models import AuditEntry, Event, User
from reviewer import drifting, leasing, news, standing
from reviewer.models import Alarm, Reviewer, Watched
from reviewer.stats import cusum
from tests import makers
from tests.reviewer.crowd import Crowd, all_counted, make_crowd

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd() -> Crowd:
    return make_crowd((1.0, 1.0), seed=13, overlap=1, max_overlap=1)


def answered(crowd: Crowd, user: User, wrong: bool, *, settled: bool = True) -> Task:
    """One answer of somebody, and what an adjudicator says of it."""
    task = makers.make_task(crowd.project, blind=True)
    makers.make_annotation(task, user, "cat" if wrong else "dog", blind=True)
    if settled:
        makers.make_gold(task, "dog", source=Gold.Source.EXPERT)
    return task


def look() -> None:
    all_counted()
    drifting.take()


def state(user: User) -> Watched:
    return Watched.objects.get(user=user)


def by_hand(wrong: list[bool]) -> float:
    value = 0.0
    for each in wrong:
        value = cusum.step(value, each)
    return value


def test_the_state_is_that_of_the_answers_in_their_order(crowd: Crowd) -> None:
    user = crowd.people[0]
    given = [at % 7 == 3 for at in range(30)]
    for wrong in given:
        answered(crowd, user, wrong)

    look()

    assert state(user).state == pytest.approx(by_hand(given))
    assert state(user).judged == 30
    assert state(user).recent == [int(each) for each in given]


def test_looking_again_counts_nothing_twice(crowd: Crowd) -> None:
    user = crowd.people[0]
    for at in range(12):
        answered(crowd, user, wrong=at % 3 == 0)
        look()
    before = state(user)

    look()
    drifting.take()

    after = state(user)
    assert (after.state, after.judged, after.seen) == (
        before.state,
        before.judged,
        before.seen,
    )
    assert after.judged == 12


def test_an_answer_that_may_still_appear_is_waited_for(crowd: Crowd) -> None:
    user = crowd.people[0]
    answered(crowd, user, wrong=True)
    all_counted()
    answered(crowd, user, wrong=True)

    drifting.take()
    first = state(user).judged
    look()

    assert (first, state(user).judged) == (1, 2)


def test_a_disputed_answer_holds_up_those_after_it(crowd: Crowd) -> None:
    user = crowd.people[0]
    waiting = answered(crowd, user, wrong=True, settled=False)
    answered(crowd, user, wrong=False)
    look()
    held_up = state(user).judged

    makers.make_gold(waiting, "dog", source=Gold.Source.EXPERT)
    look()

    assert held_up == 0
    assert state(user).recent == [1, 0]


def test_nobody_is_waited_for_longer_than_days(crowd: Crowd) -> None:
    user = crowd.people[0]
    old = answered(crowd, user, wrong=True, settled=False)
    long_ago = timezone.now() - drifting.PATIENCE - timedelta(hours=1)
    Annotation.objects.filter(task=old).update(created_at=long_ago)
    answered(crowd, user, wrong=False)

    look()

    assert state(user).recent == [0]


def test_an_own_answer_that_nobody_else_speaks_to_tells_nothing(crowd: Crowd) -> None:
    user = crowd.people[0]
    for _ in range(5):
        task = makers.make_task(crowd.project, blind=True)
        makers.make_annotation(task, user, "cat", blind=True)
        makers.make_gold(task, "cat", source=Gold.Source.SINGLE)

    look()

    assert state(user).judged == 0
    assert state(user).seen == Annotation.objects.latest("pk").pk


def test_what_most_others_say_is_right_where_nobody_settled_it() -> None:
    crowd = make_crowd((1.0, 1.0, 0.0), seed=17)
    crowd.tasks(4)
    crowd.work()

    look()

    right, _, wrong = (state(user).recent for user in crowd.people)
    # of three: the other two agree against the liar; against one right there is no majority
    assert wrong == [1] * 4
    assert right == []


def test_whoever_turns_bad_is_told_of_soon_and_the_good_are_not() -> None:
    crowd = make_crowd((0.97, 0.97), seed=19, overlap=1, max_overlap=1)
    _, bad = crowd.people
    for _ in range(150):
        for user in crowd.people:
            answered(crowd, user, wrong=crowd.rng.random() > crowd.right[user])
    look()
    quiet = Alarm.objects.count()
    turned = Annotation.objects.filter(author=bad).latest("pk").pk
    crowd.right[bad] = 0.7
    while not Alarm.objects.exists():
        for user in crowd.people:
            answered(crowd, user, wrong=crowd.rng.random() > crowd.right[user])
        look()

    alarm = Alarm.objects.get()

    since = Annotation.objects.filter(author=bad, pk__gt=turned).count()
    assert quiet == 0
    assert alarm.user == bad
    # 30 % wrong is noticed after about 20 answers
    assert since <= 60
    assert state(bad).state == 0
    assert state(bad).recent == []


def alarmed(crowd: Crowd, user: User) -> Alarm:
    for _ in range(5):
        answered(crowd, user, wrong=True)
    look()
    return Alarm.objects.latest("pk")


def test_an_alarm_is_told_to_leads_and_pauses_nobody_by_itself(crowd: Crowd) -> None:
    user = crowd.people[0]

    alarm = alarmed(crowd, user)
    look()

    lead = makers.make_member(crowd.project, "lead")
    (told,) = news.decisions([crowd.project], lead)
    assert (alarm.wrong, alarm.of) == (5, 5)
    assert str(user) in told.title
    assert told.url == f"/p/{crowd.project.slug}/reviewers/{user.pk}/"
    assert Event.objects.filter(name="reviewer.drifted").count() == 1
    assert not Reviewer.objects.filter(user=user, paused=True).exists()


def test_what_breaks_on_the_way_is_counted_once_when_it_is_tried_again(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = crowd.people[0]
    with monkeypatch.context() as broken:
        broken.setattr("projects.events.emit", away)
        with pytest.raises(ConnectionError):
            alarmed(crowd, user)
    before = Watched.objects.filter(user=user).count(), Alarm.objects.count()

    look()
    look()

    assert before == (0, 0)
    assert Alarm.objects.count() == 1
    assert state(user).judged == 5


def away(*_: object, **__: object) -> None:
    raise ConnectionError


def test_where_the_project_says_so_the_evidence_pauses(crowd: Crowd) -> None:
    user = crowd.people[0]
    standing.set_pauses(crowd.project, True, by=None)
    crowd.tasks(1)

    alarmed(crowd, user)

    with pytest.raises(leasing.ReviewerPaused) as refused:
        leasing.take(crowd.queue, user, 1, at=timezone.now())
    assert "5 of the last 5 answers" in refused.value.detail
    entry = AuditEntry.objects.get(action="reviewer paused")
    assert entry.actor is None
    assert "5 of the last 5 answers" in entry.reason


def test_whoever_is_resumed_is_watched_anew(crowd: Crowd) -> None:
    user, lead = crowd.people[0], makers.make_member(crowd.project, "lead")
    standing.set_pauses(crowd.project, True, by=lead)
    alarmed(crowd, user)
    for _ in range(3):
        answered(crowd, user, wrong=True)
    look()
    before = state(user).state

    standing.pause(
        crowd.project, user.pk, by=lead, paused=False, reason="we have talked"
    )

    assert before > 0
    assert (state(user).state, state(user).recent) == (0, [])
    assert news.decisions([crowd.project], lead) == []


def test_whoever_left_is_not_paused(crowd: Crowd) -> None:
    user = crowd.people[0]
    standing.set_pauses(crowd.project, True, by=None)
    user.memberships.update(ended_at=timezone.now())

    alarmed(crowd, user)

    assert not Reviewer.objects.filter(user=user).exists()


def test_a_lead_closes_an_alarm(crowd: Crowd) -> None:
    user, lead = crowd.people[0], makers.make_member(crowd.project, "lead")
    alarmed(crowd, user)

    standing.close_alarms(crowd.project, user.pk, by=lead)

    assert news.decisions([crowd.project], lead) == []
    assert AuditEntry.objects.filter(action="alarm closed").count() == 1


def test_work_in_one_project_says_nothing_of_another(crowd: Crowd) -> None:
    user = crowd.people[0]
    other = make_crowd((1.0,), seed=1)
    makers.make_member(other.project, user=user)
    for _ in range(3):
        answered(crowd, user, wrong=True)
        answered(other, user, wrong=False)

    look()

    by_project = dict(
        Watched.objects.filter(user=user).values_list("project", "recent")
    )
    assert by_project == {
        crowd.project.pk: [1, 1, 1],
        other.project.pk: [0, 0, 0],
    }


def test_more_than_one_step_is_gone_through(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drifting, "STEP", 4)
    user = crowd.people[0]
    given = [at % 5 == 0 for at in range(11)]
    for wrong in given:
        answered(crowd, user, wrong)

    look()

    assert state(user).recent == [int(each) for each in given]
