"""Experts check a random part of what reviewers settled, blind, and correct the estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone

from labeling import workbench
from labeling.models import Annotation, Gold, Task
from projects.refused import DoesNotFit
from reviewer import evidence, expert_checks, leasing, quality, setup, ways
from reviewer.expert_checks import Frame, Item, corrected
from reviewer.models import Queue, QueueItem, Selection
from reviewer.stats import sampling
from reviewer.stats.estimates import Estimate, NotEnough
from reviewer.stats.estimation import weighted_mean
from reviewer.stats.two_phase import TwoPhases, corrected_mean
from tests import makers
from tests.reviewer.disputes import answer
from tests.reviewer.pages.makers import Team, make_drawn, make_settled, make_team


@pytest.fixture
def team(db: None) -> Team:
    """Everything that reviewers settle is checked, and one answer settles."""
    return a_team(1.0)


def a_team(share: float, **fields: Any) -> Team:
    team = make_team(max_overlap=1, **fields)
    expert_checks.begin(team.queue, share, timezone.now() - timedelta(days=1))
    team.queue.save()
    return team


def the_experts(team: Team) -> Queue:
    return Queue.objects.get(project=team.project, purpose=Queue.Purpose.ADJUDICATION)


def of_only_version(team: Team) -> quality.VersionQuality:
    (found,) = quality.of_versions(team.project, timezone.now())
    return found


@pytest.mark.django_db
def test_what_reviewers_settle_blind_is_drawn_with_a_stored_chance() -> None:
    team = a_team(0.3)
    for at in range(30):
        make_drawn(team, "cat", u=at / 40)
        answer(team.queue, team.reviewer, "cat")

    kept = Selection.objects.select_related("prediction")
    assert len(kept) == 30
    for each in kept:
        name = each.prediction.inference_id
        u = sampling.draw(makers.SALT, name, b"expert check")
        assert (each.pi, each.u) == (0.3, u)
        assert (each.task is not None) is (u < 0.3)
        # a draw of its own: not the one that routing made
        assert u != sampling.draw(makers.SALT, name, b"review")
    checks = QueueItem.objects.filter(queue=the_experts(team))
    assert 0 < checks.count() < 30
    assert checks.count() == kept.exclude(task=None).count()


@pytest.mark.django_db
@pytest.mark.parametrize("how", [{"blind": False}, {"repeats": True}])
def test_what_is_no_evidence_is_not_checked(how: dict[str, Any]) -> None:
    team = a_team(1.0)
    make_drawn(team, "cat", **how)

    answer(team.queue, team.reviewer, "cat")

    assert not Selection.objects.exists()


def test_an_expert_sees_neither_the_models_answer_nor_the_reviewers(
    team: Team,
) -> None:
    first = make_drawn(team, "cat")
    answer(team.queue, team.reviewer, "dog")

    (item,) = leasing.take(the_experts(team), team.adjudicator, 1, at=timezone.now())

    assert item.task_id != first.pk
    assert item.task.payload_id == first.payload_id
    assert workbench.opinions([item.task]) == {}
    shown = workbench.context(item.task)
    assert shown["blind"]
    assert shown["pre_label"] is None
    assert shown["opinions"] == []


def test_whoever_answered_as_a_reviewer_does_not_check_it(team: Team) -> None:
    make_drawn(team, "cat")
    answer(team.queue, team.reviewer, "dog")

    found = leasing.take(the_experts(team), team.reviewer, 1, at=timezone.now())

    assert found == []


def test_a_check_settles_nothing_and_the_reviewers_word_stays(team: Team) -> None:
    first = make_drawn(team, "cat")
    answer(team.queue, team.reviewer, "cat")

    answer(the_experts(team), team.adjudicator, "dog")

    (gold,) = Gold.objects.all()
    assert (gold.task_id, gold.value, gold.source) == (first.pk, "cat", "single")
    said = Annotation.objects.get(author=team.adjudicator)
    assert (said.expert, said.answer) == (True, {"label": "dog"})
    assert Task.objects.get(pk=said.task_id).state == Task.State.SETTLED
    (seen,) = evidence.of_versions(
        team.project, quality.begin_of(timezone.now(), 30), timezone.now()
    ).values()
    assert [(each.true, each.n) for each in seen.judged] == [("cat", 1)]


def test_the_estimate_is_told_before_and_after_correction(team: Team) -> None:
    for at in range(20):
        make_drawn(team, "cat", u=at / 40)
        answer(team.queue, team.reviewer, "cat")
    for at in range(20):
        answer(the_experts(team), team.adjudicator, "cat" if at % 4 else "dog")

    found = of_only_version(team)

    assert isinstance(found.estimate, Estimate)
    assert isinstance(found.corrected, Estimate)
    assert (found.called, found.estimate.value) == ("Agreement with reviewers", 1.0)
    assert (found.corrected.value, found.corrected.n) == (0.75, 20)
    told = team.as_("lead").get(f"/api/v1/projects/{team.project.slug}/quality").json()
    assert told["versions"][0]["corrected_by_experts"]["value"] == 0.75
    page = team.as_("lead").get(team.url("quality/")).content.decode()
    assert "Accuracy, corrected by experts" in page
    assert "75.0" in page


@dataclass(frozen=True)
class Made:
    reviewers: float
    expert: float
    chance: float
    second: float
    place: float


def simulate(team: Team, seed: int) -> list[Made]:
    """Drawn with two chances, some checked with two chances; a few checks still wait."""
    rng, made = np.random.default_rng(seed), []
    experts = makers.make_queue(team.project, purpose="adjudication", max_overlap=1)
    for at in range(150):
        pi, second = float(rng.choice([0.2, 1.0])), float(rng.choice([0.3, 0.6]))
        right, truly = rng.random() < 0.8, rng.random() < 0.7
        task = make_settled(team, "cat" if right else "dog", u=pi * rng.random(), pi=pi)
        u = float(rng.random())
        chosen = Selection(
            prediction=task.prediction, design="expert check", pi=second, u=u
        )
        expert = math.nan
        if u < second:
            chosen.task = makers.make_task(team.project, blind=True)
            waits = at % 5 == 0 and u / second > 0.7
            state = QueueItem.State.OPEN if waits else QueueItem.State.DONE
            where = {"place": u / second, "state": state}
            makers.make_queue_item(experts, chosen.task, check_task=True, **where)
            if not waits:
                label = "cat" if truly else "dog"
                makers.make_annotation(chosen.task, label=label, expert=True)
                expert = float(truly)
            else:
                expert = -1.0
        chosen.save()
        made.append(Made(float(right), expert, pi, second, u / second))
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [11, 12])
def test_it_is_the_two_phase_estimate_of_the_answers_and_chances(seed: int) -> None:
    team = a_team(0.3)
    made = simulate(team, seed)
    share = min([1.0, *(each.place for each in made if each.expert < 0)])
    assert share < 1
    wanted = corrected_mean(
        TwoPhases(
            [each.reviewers for each in made],
            [each.expert if each.place < share else math.nan for each in made],
            [each.chance for each in made],
            [each.second * share for each in made],
        )
    )

    found = of_only_version(team).corrected

    assert isinstance(wanted, Estimate)
    assert isinstance(found, Estimate)
    assert found.n == wanted.n
    assert found.method == wanted.method
    for name in ("value", "low", "high"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name))


@pytest.mark.django_db
def test_what_came_before_experts_were_asked_is_left_out() -> None:
    team = make_team(max_overlap=1)
    for at in range(12):
        make_settled(team, "cat", u=at / 40)

    before = of_only_version(team).corrected
    expert_checks.begin(team.queue, 1.0, timezone.now())
    team.queue.save()
    for at in range(12):
        make_drawn(team, "cat", u=0.5 + at / 40)
        answer(team.queue, team.reviewer, "cat")
        answer(the_experts(team), team.adjudicator, "dog" if at < 6 else "cat")

    after = of_only_version(team).corrected
    assert before is None
    assert isinstance(after, Estimate)
    assert (after.value, after.n) == (0.5, 12)


def test_a_check_nobody_did_in_time_counts_as_the_worst_case(team: Team) -> None:
    for at in range(21):
        make_drawn(team, "cat", u=at / 40)
        answer(team.queue, team.reviewer, "cat")
    for _ in range(20):
        answer(the_experts(team), team.adjudicator, "cat")
    QueueItem.objects.filter(
        queue=the_experts(team), state=QueueItem.State.OPEN
    ).update(due_at=timezone.now() - timedelta(hours=1))

    found = of_only_version(team).corrected

    assert isinstance(found, Estimate)
    worst = corrected_mean(
        TwoPhases([1.0] * 21, [1.0] * 20 + [0.0], [1.0] * 21, [1.0] * 21)
    )
    assert isinstance(worst, Estimate)
    assert found.value == 1.0
    assert found.low == pytest.approx(worst.low)
    assert found.method.endswith("worst case for 1 without an answer")


def test_too_few_checks_give_no_number(team: Team) -> None:
    for at in range(12):
        make_drawn(team, "cat", u=at / 40)
        answer(team.queue, team.reviewer, "cat")
    for _ in range(5):
        answer(the_experts(team), team.adjudicator, "cat")

    found = of_only_version(team).corrected

    assert isinstance(found, NotEnough)
    # worked in the order of the draw, all five count
    assert found == NotEnough("5 more experts' answers", 5)


def test_it_covers_the_truth_where_reviewers_share_a_mistake_and_agreement_does_not() -> (
    None
):
    """The model is right in 80 %; of its mistakes, reviewers let 40 % pass."""
    rng = np.random.default_rng(20260101)
    plain, by_experts, rounds = 0, 0, 200
    for _ in range(rounds):
        truly = rng.random(700) < 0.8
        reviewers = np.where(truly, 1.0, (rng.random(700) < 0.4).astype(float))
        chance = rng.choice([0.3, 1.0], 700)
        seen = rng.random(700) < chance
        second = np.full(700, 0.4)
        place = rng.random(700) / second
        items = [
            Item(v, float(e) if p < 1 else math.nan, c, s, p)
            for v, e, c, s, p in zip(
                *(x[seen].tolist() for x in (reviewers, truly, chance, second, place)),
                strict=True,
            )
        ]
        found = corrected(Frame(items, sum(1 / each.chance for each in items)), 1.0)
        agreed = weighted_mean(reviewers[seen], chance[seen])
        assert isinstance(found, Estimate)
        assert isinstance(agreed, Estimate)
        by_experts += found.low <= 0.8 <= found.high
        plain += agreed.low <= 0.8 <= agreed.high

    assert by_experts / rounds >= 0.93
    assert plain / rounds < 0.15


@pytest.mark.django_db
def test_a_lead_sets_the_share_on_the_queues_page_and_by_the_file() -> None:
    team = make_team()
    page = team.as_("lead")
    url = team.url(f"queues/{team.queue.pk}/ways/")

    page.post(url, {"expert_share": "0.05"})

    team.queue.refresh_from_db()
    assert team.queue.expert_share == 0.05
    assert team.queue.expert_since is not None
    since = team.queue.expert_since
    said = setup.apply_queues(
        team.project, [{"name": team.queue.name, "expert_share": 0.1}], None
    )
    team.queue.refresh_from_db()
    assert f"queue {team.queue.name}: expert_share 0.05 → 0.1" in said
    # another share goes on from where the first one began
    assert (team.queue.expert_share, team.queue.expert_since) == (0.1, since)
    setup.apply_queues(
        team.project, [{"name": team.queue.name, "expert_share": 0}], None
    )
    team.queue.refresh_from_db()
    assert team.queue.expert_share == 0
    assert team.queue.expert_since is None


@pytest.mark.django_db
@pytest.mark.parametrize("share", ["2", "-1", "some", "0.07", "nan"])
def test_a_share_that_is_not_offered_is_refused(share: str) -> None:
    team = make_team()

    with pytest.raises(DoesNotFit):
        ways.change(team.queue, {"expert_share": share}, team.lead)


@pytest.mark.django_db
def test_a_file_asks_no_experts_to_check_experts() -> None:
    (problem,) = setup.check_queues(
        [{"name": "experts", "purpose": "adjudication", "expert_share": 0.1}]
    )

    assert problem["field"] == "[0].expert_share"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("quality/", "Genauigkeit, von Fachleuten berichtigt"),
        ("quality/", "5 weitere Antworten von Fachleuten"),
        ("queues/{queue}/", "Von dem, was blind entschieden wird, prüfen Fachleute"),
    ],
)
def test_pages_tell_of_checks_in_german(team: Team, path: str, said: str) -> None:
    for at in range(12):
        make_drawn(team, "cat", u=at / 40)
        answer(team.queue, team.reviewer, "cat")
    for _ in range(5):
        answer(the_experts(team), team.adjudicator, "cat")
    client = team.as_("lead")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"

    shown = client.get(team.url(path.format(queue=team.queue.pk))).content.decode()

    assert said in shown
