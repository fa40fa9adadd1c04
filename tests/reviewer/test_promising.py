"""A promise kept through the product's own intake and queue: evidence, fits, suspension."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from labeling.models import Gold
from reviewer import (
    fits_in_use,
    policy_versions,
    promise_step,
    promising,
    stops,
)
from reviewer.models import Fit, Prediction, PromiseProcess, QueueItem
from reviewer.stats import promises, threshold_process
from reviewer.stats.promises import Answers, Fitted
from reviewer.stats.threshold_state import Process
from tests import makers
from tests.reviewer.sites import Site

pytestmark = pytest.mark.django_db(transaction=True)
RULES: dict[str, Any] = {"audit": 0.3, "promise": {"wrong": 0.2, "sure": 0.9}}
LATER = timedelta(days=30)


def advance(site: Site, at: datetime | None = None) -> None:
    promising.advance(site.project.pk, at)


def by_hand(site: Site, process: PromiseProcess) -> Process:
    """The process begun anew with what it had fixed, fed with the truth one by one."""
    told = process.state
    size = len(told["best"])
    begun = {**told, "seen": [], "best": [0.0] * size, "closed": [-1] * size}
    state = Process.from_json(begun)
    for each in site.drawn_blind(process.model_version):
        wrong = float(site.truth[each.inference_id] != each.label)
        assert each.confidence is not None
        one = Answers.of([each.confidence], [wrong], [each.pi * each.b])
        state = threshold_process.take(state, one)
    return state


def test_a_fit_is_what_the_answers_show_and_routes_what_comes_next() -> None:
    site = Site(RULES)
    site.send(600)
    site.answer_all()

    advance(site)

    process, fit = PromiseProcess.objects.get(), Fit.objects.get()
    found = threshold_process.fitted(by_hand(site, process))
    assert isinstance(found, Fitted)
    assert fit.threshold == found.threshold
    assert process.answers == len(site.drawn_blind())
    assert fit.delta == process.delta == pytest.approx(promises.part_of_delta(0.1, 1))
    site.send(200)
    news = Prediction.objects.filter(reason__contains="fit 1")
    accepted = news.filter(confidence__gte=fit.threshold)
    assert news.count() == 200
    assert set(accepted.values_list("pi", flat=True)) == {0.3}
    assert set(news.difference(accepted).values_list("pi", flat=True)) == {1.0}


def test_evidence_waits_for_the_oldest_open_item_and_then_goes_on() -> None:
    site = Site(RULES)
    site.send(400)
    late = site.drawn_blind()[20]
    site.answer_all(but=late.task_id)

    advance(site)

    process = PromiseProcess.objects.get()
    assert (process.answers, process.upto) == (20, site.drawn_blind()[19].pk)
    site.answer(QueueItem.objects.get(task=late.task_id))
    advance(site)
    process.refresh_from_db()
    assert process.answers == len(site.drawn_blind())
    assert process.overdue == 0


def test_past_its_due_time_an_item_counts_as_wrong_for_ever() -> None:
    site = Site(RULES)
    site.send(400)
    late = site.drawn_blind()[20]
    site.answer_all(but=late.task_id)

    advance(site, timezone.now() + LATER)

    process = PromiseProcess.objects.get()
    assert (process.answers, process.overdue) == (len(site.drawn_blind()), 1)
    site.answer(QueueItem.objects.get(task=late.task_id))
    advance(site)
    process.refresh_from_db()
    assert process.answers == len(site.drawn_blind())


def test_a_kill_between_two_steps_neither_repeats_nor_loses_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Site(RULES)
    site.send(400)
    site.answer_all()
    monkeypatch.setattr("reviewer.promise_evidence.AT_ONCE", 30)
    calls, save, step = [0, 0], PromiseProcess.save, promise_step.step

    def killed_before_the_commit(process: PromiseProcess, **how: Any) -> None:
        save(process, **how)
        calls[0] += 1
        if calls[0] % 3 == 0:
            raise KeyboardInterrupt

    def killed_after_the_commit(process: int, at: datetime) -> bool:
        more = step(process, at)
        calls[1] += 1
        if calls[1] % 2 == 0:
            raise KeyboardInterrupt
        return more

    monkeypatch.setattr(PromiseProcess, "save", killed_before_the_commit)
    monkeypatch.setattr(promise_step, "step", killed_after_the_commit)
    for _ in range(20):
        with contextlib.suppress(KeyboardInterrupt):
            advance(site)

    process = PromiseProcess.objects.get()
    assert calls[0] > 6
    assert process.answers == len(site.drawn_blind())
    assert sorted(Process.from_json(process.state).seen) == sorted(
        by_hand(site, process).seen
    )


def test_a_correction_changes_nothing_that_was_counted() -> None:
    site = Site(RULES)
    site.send(400)
    site.answer_all()
    first = site.drawn_blind()[0]
    gold = Gold.objects.get(task=first.task_id)
    other = "dog" if gold.value == "cat" else "cat"
    Gold.objects.create(
        project=site.project,
        task=gold.task,
        question="label",
        value=other,
        source=Gold.Source.EXPERT,
        blind=True,
        supersedes=gold,
    )

    advance(site)

    process = PromiseProcess.objects.get()
    assert Process.from_json(process.state).seen == by_hand(site, process).seen


def test_another_version_is_promised_nothing_until_its_own_fit() -> None:
    site = Site({**RULES, "audit": 0.05})
    site.send(2_500)
    site.answer_all()
    advance(site)
    assert Fit.objects.get().model_version == "1"

    site.send(300, version="2")

    pis = set(Prediction.objects.filter(model_version="2").values_list("pi", flat=True))
    assert pis == {0.1}
    advance(site)
    second = PromiseProcess.objects.get(model_version="2")
    assert second.delta == pytest.approx(promises.part_of_delta(0.1, second.number))
    assert second.number > 1


def test_after_its_first_fit_a_version_has_a_process_for_its_new_probabilities() -> (
    None
):
    site = Site({**RULES, "audit": 0.05})
    site.send(2_500)
    site.answer_all()
    advance(site)
    site.send(200)
    site.answer_all()

    advance(site)
    ended = PromiseProcess.objects.get(number=1)
    advance(site, timezone.now() + timedelta(hours=1))

    second = PromiseProcess.objects.get(number=2)
    assert ended.ended_at is not None
    assert ended.upto < second.upto
    assert Process.from_json(second.state).lowest == 0.05
    assert ended.answers + second.answers == len(site.drawn_blind())


def test_a_promise_that_breaks_is_suspended_and_begun_anew() -> None:
    site = Site(RULES)
    site.send(600)
    site.answer_all()
    advance(site)
    assert site.project.fits.get().kind == Fit.Kind.THRESHOLD

    for hours in range(1, 4):
        site.send(500, right=0.1)
        site.answer_all()
        advance(site, timezone.now() + timedelta(hours=hours))

    newest = site.project.fits.latest("number")
    assert newest.kind == Fit.Kind.SUSPENDED
    assert fits_in_use.known(site.policy).cuts == {}
    site.send(50)
    after = Prediction.objects.order_by("-pk")[:50]
    assert all("no threshold for model 1 yet" in each.reason for each in after)


def test_another_promise_begins_another_process_with_the_evidence_after_it() -> None:
    site = Site(RULES)
    site.send(600)
    site.answer_all()
    advance(site)
    stricter = {**RULES, "promise": {"wrong": 0.1, "sure": 0.9}}

    policy_versions.keep(site.project, stricter, by=None, reason="Stricter")
    advance(site)
    advance(site, timezone.now() + timedelta(hours=1))

    first, second = PromiseProcess.objects.order_by("number")
    assert first.ended_at is not None
    assert (second.answers, second.upto) == (0, Prediction.objects.latest("pk").pk)
    assert fits_in_use.known(site.policy).cuts == {}


def test_a_promise_by_label_has_a_process_for_each_label() -> None:
    site = Site({**RULES, "promise": {**RULES["promise"], "by_label": True}})
    site.send(900)
    site.answer_all()

    advance(site)

    found = PromiseProcess.objects.order_by("number").values_list("label", "delta")
    assert {label for label, _ in found} == {"cat", "dog"}
    spent = [promises.part_of_delta(0.1, number) for number in (1, 2)]
    assert [delta for _, delta in found] == pytest.approx(spent)
    assert sum(PromiseProcess.objects.values_list("answers", flat=True)) == len(
        site.drawn_blind()
    )


def test_what_a_stop_drew_otherwise_is_left_out_and_the_process_goes_on() -> None:
    site = Site({"audit": 0.3, "promise": {"wrong": 0.01}})
    lead = makers.make_member(site.project, "lead")
    site.send(300)
    advance(site)
    stops.begin(site.project, by=lead, reason="It calls dogs cats", mode="review")
    site.send(60)
    stops.end(site.project, by=lead, reason="Mended")
    site.send(100)
    site.answer_all()

    advance(site)

    process = PromiseProcess.objects.get()
    drawn = site.drawn_blind()
    stopped = [each for each in drawn if each.reason.startswith("Stopped: ")]
    assert {each.pi * each.b for each in stopped} == {0.2}
    assert process.ended_at is None
    assert process.answers == len(drawn) - len(stopped)
    assert process.upto == drawn[-1].pk
