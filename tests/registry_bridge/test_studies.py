"""A study of disagreements, the whole way: scored, drawn, labelled, judged, proposed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from labeling import payloads
from labeling.models import Task
from projects.models import AuditEntry
from registry_bridge import (
    gates,
    promotion,
    shadowing,
    studies,
    study_gates,
    study_work,
)
from registry_bridge.gateways.fakes import TrainingFailed
from registry_bridge.models import GateCheck, Promotion, Study
from reviewer.models import Prediction, QueueItem, Selection
from reviewer.stats.disagreements import Evidence
from tests import makers
from tests.registry_bridge.killing import sometimes_all, work_and_die
from tests.registry_bridge.makers import (
    Loop,
    dead_letters,
    make_gate,
    review,
    work,
)
from tests.registry_bridge.shadows import (
    Studied,
    all_is_counted,
    answer_all,
    endpoint_of,
    make_challenger,
    make_study,
    says_the_truth,
    send,
)

pytestmark = pytest.mark.django_db
State = Study.State
Verdict = GateCheck.Verdict
LATER = timedelta(days=30)


def newest_check() -> GateCheck:
    return GateCheck.objects.filter(gate__condition="challenger_better").latest("pk")


@pytest.fixture
def studied(loop: Loop) -> Studied:
    return make_study(loop)


def test_only_disagreements_are_labelled_and_the_gate_opens(studied: Studied) -> None:
    studied.send(*["cat"] * 30, *["dog"] * 8)
    studied.advance()
    assert len(studied.drawn()) == 8
    assert all(task.blind and task.pre_label is None for task in studied.drawn())

    studied.settle_all()
    study = studied.advance()

    waiting = Promotion.objects.get(kind="promote")
    assert (study.state, study.promotion) == (State.OVER, waiting)
    assert (waiting.from_version, waiting.to_version) == ("1", "2")
    kept = waiting.evidence["study"]
    assert (kept["agreed"], kept["labelled"]) == (30, 8)
    assert (kept["only_challenger"], kept["only_champion"]) == (8, 0)
    assert kept["better"]["holds"]
    assert "comparison" in waiting.evidence
    check = GateCheck.objects.get(verdict=Verdict.OPEN)
    assert check.study == study
    assert "30 agreements needed no label" in check.words
    assert "share of right answers, nothing else" in check.words
    assert dead_letters() == []


def test_too_few_labels_say_about_how_many_more_would_decide(studied: Studied) -> None:
    studied.send(*["cat"] * 10, *["dog"] * 3)
    studied.advance()
    studied.settle_all()

    study = studied.advance()

    check = newest_check()
    assert check.verdict == Verdict.NOT_ENOUGH
    assert "more labels would decide it" in check.words
    assert study.state == State.RUNNING
    assert not Promotion.objects.filter(kind="promote").exists()


def test_a_challenger_that_is_worse_is_said_to_be(loop: Loop) -> None:
    studied = make_study(loop)
    # the version in use is right, and the challenger says dog
    send(loop, *["cat"] * 3)
    studied.send(*["dog"] * 12)
    studied.advance()
    for task in studied.drawn():
        studied.settle(task, "cat")

    studied.advance()

    check = newest_check()
    assert check.verdict == Verdict.SHUT
    assert check.words.startswith("The challenger is worse.")


def test_evidence_waits_for_the_oldest_that_is_not_settled(studied: Studied) -> None:
    studied.send("dog", *["cat"] * 5, *["dog"] * 9)
    studied.advance()
    first, *others = studied.drawn()
    for task in others:
        studied.settle(task)

    studied.advance()
    assert studied.seen.n == 0

    studied.settle(first)
    study = studied.advance()
    assert studied.seen.n == 15
    assert study.state == State.OVER


def test_what_nobody_answered_in_time_counts_against_the_challenger(
    studied: Studied,
) -> None:
    studied.send("dog", *["dog"] * 3)
    studied.advance()
    first, *others = studied.drawn()
    for task in others:
        studied.settle(task)
    QueueItem.objects.filter(task=first).update(
        due_at=timezone.now() - timedelta(seconds=1)
    )

    studied.advance()

    assert studied.seen.overdue.n == 1
    assert studied.seen.labelled.seen(1) == 3
    check = newest_check()
    assert "1 without an answer count against it" in check.words


def test_what_was_counted_stays_though_its_answer_comes_late(studied: Studied) -> None:
    studied.send("dog")
    studied.advance()
    (task,) = studied.drawn()
    QueueItem.objects.filter(task=task).update(
        due_at=timezone.now() - timedelta(seconds=1)
    )
    studied.advance()

    studied.settle(task)
    studied.advance()

    assert (studied.seen.overdue.n, studied.seen.labelled.n) == (1, 0)


def test_the_first_settled_answer_counts_whatever_corrects_it(studied: Studied) -> None:
    studied.send("dog")
    studied.advance()
    (task,) = studied.drawn()
    studied.settle(task, "cat")
    first = task.gold.get()
    makers.make_gold(task, "dog", blind=True, supersedes=first)

    studied.advance()

    assert studied.seen.labelled.seen(-1) == 1


@pytest.mark.parametrize("how", [{"blind": False}, {"uses_model": True}])
def test_answers_that_saw_a_model_are_no_evidence(
    studied: Studied, how: dict[str, Any]
) -> None:
    studied.send("dog")
    studied.advance()
    studied.settle(studied.drawn()[0], **how)

    studied.advance()

    assert (studied.seen.overdue.n, studied.seen.labelled.n) == (1, 0)


def blind_review(studied: Studied) -> Prediction:
    """Drawn by the policy, blind, and waiting in the review queue."""
    content = {"text": "drawn", "truth": "dog"}
    task = makers.make_task(studied.loop.project, blind=True, content=content)
    drawn = makers.make_prediction(
        endpoint_of(studied.loop),
        task=task,
        verdict="audit",
        label="cat",
        model_version=studied.study.champion,
    )
    makers.make_queue_item(studied.loop.project.queues.get(purpose="review"), task)
    return drawn


def test_a_review_that_is_blind_already_is_not_done_twice(studied: Studied) -> None:
    drawn = blind_review(studied)

    studied.advance()
    selection = Selection.objects.get(prediction=drawn)
    assert selection.task is None
    assert Task.objects.filter(payload=drawn.payload).count() == 1
    assert studied.seen.n == 0

    (task,) = studied.drawn()
    studied.settle(task)
    studied.advance()
    assert studied.seen.labelled.seen(1) == 1


def test_where_a_model_may_help_to_settle_it_is_labelled_on_its_own(
    studied: Studied,
) -> None:
    studied.loop.project.queues.filter(purpose="review").update(sure=0.95)
    drawn = blind_review(studied)

    studied.advance()

    own = Selection.objects.get(prediction=drawn).task
    assert own is not None
    assert (own.blind, own.pre_label) == (True, None)


def test_who_saw_the_models_answer_is_not_asked_again(studied: Studied) -> None:
    content = {"text": "shown", "truth": "dog"}
    task = makers.make_task(studied.loop.project, label="cat", content=content)
    shown = makers.make_prediction(
        endpoint_of(studied.loop),
        task=task,
        verdict="review",
        label="cat",
        model_version=studied.study.champion,
    )
    queue = studied.loop.project.queues.get(purpose="review")
    makers.make_queue_item(queue, task, seen=[studied.loop.lead.pk])

    studied.advance()

    own = Selection.objects.get(prediction=shown).task
    assert own is not None
    assert own.blind
    assert QueueItem.objects.get(task=own).seen == [studied.loop.lead.pk]


def test_the_oldest_disagreement_is_given_out_first(studied: Studied) -> None:
    studied.send(*["dog"] * 5)
    studied.advance()

    places = [QueueItem.objects.get(task=task) for task in studied.drawn()]

    assert places == sorted(places, key=lambda item: (item.place, item.pk))


def test_predictions_from_before_both_snapshots_are_none_of_its(loop: Loop) -> None:
    send(loop, *["dog"] * 4)
    training = make_challenger(loop)
    make_gate(loop.project, "challenger_better", rule="study")
    late = send(loop, "dog")

    studied = Studied(loop, studies.begin(training))
    studied.advance()

    # those from before, of the test and of the train side, are not even asked about
    assert [each.prediction_id for each in Selection.objects.all()] == [late[0].pk]


def test_a_gate_that_rests_on_a_study_begins_one_by_itself(loop: Loop) -> None:
    make_gate(loop.project, "challenger_better", rule="study", delta=0.1)
    training = make_challenger(loop)

    study = Study.objects.get()

    assert (study.training, study.started_by) == (training, None)
    assert study.terms["better"] == 0.1
    assert "a study decides" in training.outcome
    assert not Promotion.objects.filter(kind="promote").exists()


def test_a_challenger_that_lost_on_the_test_side_is_not_studied(loop: Loop) -> None:
    make_gate(loop.project, "challenger_better", rule="study")

    make_challenger(
        loop,
        says=lambda name, row: str(row["label"]) if name == "champion" else "horse",
    )

    assert not Study.objects.exists()


def test_a_person_begins_one_with_what_comes_from_then_on(loop: Loop) -> None:
    training = make_challenger(loop)
    send(loop, "dog")

    study = studies.begin(training, by=loop.lead, reason="Looks promising.")
    late = send(loop, "dog")
    Studied(loop, study).advance()

    assert [each.prediction_id for each in Selection.objects.all()] == [late[0].pk]
    entry = AuditEntry.objects.get(action="study begun")
    assert (entry.actor, entry.reason) == (loop.lead, "Looks promising.")
    assert entry.after is not None
    assert entry.after["pi"] == 1.0


def test_there_is_one_study_of_each_challenger(studied: Studied) -> None:
    with pytest.raises(studies.OneStudy):
        studies.begin(studied.study.training, by=studied.loop.lead, reason="Again.")


def test_a_stopped_study_draws_no_more_and_keeps_what_it_drew(studied: Studied) -> None:
    studied.send(*["dog"] * 3)
    studied.advance()

    studies.stop(studied.study, by=studied.loop.lead, reason="The team is away.")
    studied.send(*["dog"] * 5)
    studied.settle_all()
    study = studied.advance()

    assert study.state == State.STOPPED
    assert len(studied.drawn()) == 3
    assert studied.seen.labelled.n == 3


def test_one_that_goes_on_has_what_it_had_and_skips_what_came_meanwhile(
    studied: Studied,
) -> None:
    studied.send(*["dog"] * 3)
    studied.advance()
    studies.stop(studied.study, by=studied.loop.lead, reason="The team is away.")
    studied.send(*["dog"] * 5, *["cat"] * 5)

    studies.go_on(studied.study, by=studied.loop.lead, reason="They are back.")
    studied.send(*["dog"] * 2, "cat")
    studied.advance()
    studied.settle_all()
    studied.advance()

    assert (studied.seen.labelled.n, studied.seen.agreed) == (5, 1)
    actions = AuditEntry.objects.filter(subject=studied.study.design)
    assert {entry.action for entry in actions} == {
        *("study begun", "study stopped", "study goes on")
    }


def test_a_study_asks_for_no_more_labels_than_it_may(loop: Loop) -> None:
    studied = make_study(loop, most_labels=10)
    studied.send(*["dog"] * 14)

    study = studied.advance()

    assert len(studied.drawn()) == 10
    assert (study.state, study.words) == (State.STOPPED, studies.MOST_DRAWN)
    studies.go_on(study, by=loop.lead, reason="It is worth it.")
    study.refresh_from_db()
    assert study.most_labels == 20


def test_a_budget_draws_a_share_with_a_stored_chance(loop: Loop) -> None:
    studied = make_study(loop, pi=0.3)
    studied.send(*["dog"] * 60)

    studied.advance()

    kept = Selection.objects.filter(design=studied.study.design)
    assert kept.count() == 60
    assert {each.pi for each in kept} == {0.3}
    assert 5 <= len(studied.drawn()) <= 35
    studied.settle_all()
    study = studied.advance()
    drawn = len(studied.drawn())
    assert (studied.seen.labelled.n, study.not_drawn) == (drawn, 60 - drawn)


def test_a_study_ends_when_another_version_is_in_use(studied: Studied) -> None:
    studied.send(*["dog"] * 3)
    studied.advance()
    tasks = studied.drawn()
    promotion.propose(
        studied.loop.project, "2", by=studied.loop.lead, reason="I know better."
    )
    promotion.approve(
        Promotion.objects.get(kind="promote"),
        by=studied.loop.other_lead,
        reason="So do I.",
    )
    work()

    study = studied.advance()

    assert (study.state, study.words) == (State.OVER, "Version 2 is in use now.")
    states = {Task.objects.get(pk=task.pk).state for task in tasks}
    assert states == {Task.State.WITHDRAWN}


def test_an_open_gate_waits_for_the_promotion_before_it(studied: Studied) -> None:
    promotion.propose(
        studied.loop.project, "2", by=studied.loop.lead, reason="I know better."
    )
    studied.send(*["dog"] * 9)
    studied.advance()
    studied.settle_all()
    assert studied.advance().state == State.RUNNING
    studied.advance()
    assert GateCheck.objects.filter(verdict=Verdict.OPEN).count() == 1

    first = Promotion.objects.get(kind="promote")
    promotion.refuse(first, by=studied.loop.other_lead, reason="Let the study decide.")
    study = studied.advance()

    assert study.state == State.OVER
    assert study.promotion is not None
    assert study.promotion.gate is not None


def test_no_gate_retrains_while_a_study_runs(studied: Studied) -> None:
    gate = make_gate(studied.loop.project, "enough_gold", rows=1, usable_test=1)
    review(studied.loop, 5, 5)
    study_work.take()

    gates.look(studied.loop.project)

    assert not gate.checks.exists()


def test_a_challenger_that_cannot_answer_stops_its_study(studied: Studied) -> None:
    def breaks(name: str, row: object) -> str:
        raise TrainingFailed("out of memory")

    studied.send("dog")
    studied.loop.world.says = breaks
    study = studied.advance()
    assert study.state == State.STOPPED
    assert "could not answer: out of memory" in study.words

    studied.loop.world.says = says_the_truth
    studies.go_on(study, by=studied.loop.lead, reason="A larger machine.")
    studied.send("dog")
    studied.advance()

    assert len(studied.drawn()) == 1


def test_inputs_of_the_base_folder_are_left_out(studied: Studied) -> None:
    content = {"text": "first"}
    known = makers.make_payload(studied.loop.project, content)
    known.sha256 = payloads.digest(content)
    known.save(update_fields=["sha256"])
    makers.make_prediction(
        endpoint_of(studied.loop), payload=known, label="horse", model_version="1"
    )

    study = studied.advance()

    assert studied.drawn() == []
    assert (study.left_out, studied.seen.n) == (1, 0)


def test_not_worse_holds_where_both_agree_often_enough(loop: Loop) -> None:
    training = make_challenger(loop)
    gate = make_gate(loop.project, "challenger_not_worse", margin=0.05, fewest=20)
    studied = Studied(loop, studies.begin(training))
    studied.send(*["cat"] * 140)

    studied.advance()

    check = gate.checks.get()
    assert check.verdict == Verdict.OPEN
    assert check.words.startswith("The challenger is worse by less than 5 points.")
    assert Promotion.objects.get(kind="promote").evidence["study"]["labelled"] == 0


def test_not_worse_must_hold_on_each_slice_with_enough_items(loop: Loop) -> None:
    training = make_challenger(loop)
    gate = make_gate(
        loop.project,
        "challenger_not_worse",
        margin=0.05,
        fewest=20,
        slices="metadata.shop",
    )
    studied = Studied(loop, studies.begin(training))
    for shop, n in (("big", 200), ("small", 10)):
        studied.send(*["cat"] * n, metadata={"shop": shop})

    studied.advance()

    check = gate.checks.get()
    assert check.verdict == Verdict.OPEN
    assert list(check.evidence["slices"]) == ["big"]
    assert check.evidence["too_small"] == ["small"]


def test_harm_to_one_slice_shuts_a_gate_that_would_open(loop: Loop) -> None:
    studied = make_study(loop, slices="metadata.shop")
    for _ in range(30):
        studied.send("dog", metadata={"shop": "big"})
    studied.send(*["dog"] * 12, metadata={"shop": "small"})
    studied.advance()
    for task in studied.drawn():
        prediction = task.selection.prediction
        truth = "cat" if prediction.metadata["shop"] == "small" else "dog"
        studied.settle(task, truth)

    studied.advance()

    check = newest_check()
    assert check.verdict == Verdict.SHUT
    assert check.words.startswith("The challenger is worse on: small.")
    assert not Promotion.objects.filter(kind="promote").exists()


def test_each_change_of_verdict_is_kept_and_looks_in_between_are_not(
    studied: Studied,
) -> None:
    for _ in range(8):
        studied.send("dog")
        studied.advance()
        studied.settle_all()
        studied.advance()

    verdicts = GateCheck.objects.filter(study=studied.study).order_by("pk")
    assert [check.verdict for check in verdicts] == [Verdict.NOT_ENOUGH, Verdict.OPEN]


def test_checks_are_metrics_of_the_challenger_in_mlflow(studied: Studied) -> None:
    studied.send(*["dog"] * 8)
    studied.advance()
    studied.settle_all()
    studied.advance()
    work()

    tracking = studied.loop.world.tracking
    run = tracking.find_or_create_run(
        studied.loop.model.experiment,
        f"study:{studied.loop.project.slug}:{studied.study.pk}",
        "",
        {},
    )
    seen = tracking.run(run)
    assert seen.metrics["gate/challenger-better/open"] == 1.0
    assert seen.metrics["gate/challenger-better/only_challenger"] == 8.0
    assert seen.datasets[0][2] == "evaluation"
    assert dead_letters() == []


@pytest.mark.parametrize("after", sometimes_all(12))
def test_a_killed_worker_loses_and_repeats_nothing(
    studied: Studied, after: int
) -> None:
    studied.send(*["cat"] * 4, *["dog"] * 8)
    all_is_counted()
    shadowing.ask()
    work_and_die(studied.loop.world, after)
    studied.advance()
    studied.settle_all()
    study_work.take()
    work_and_die(studied.loop.world, after)

    study = studied.advance()

    assert (studied.seen.agreed, studied.seen.labelled.n) == (4, 8)
    assert study.drawn == 8
    assert Promotion.objects.filter(kind="promote").count() == 1
    assert GateCheck.objects.filter(verdict=Verdict.OPEN).count() == 1
    assert dead_letters() == []


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_draw_and_count_each_once(studied: Studied) -> None:
    studied.send(*["cat"] * 4, *["dog"] * 8)
    answer_all()

    def all_at_once(_: int) -> None:
        with closing(connection):
            study_work.take()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(all_at_once, range(4)))
    study_work.take()
    studied.settle_all()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(all_at_once, range(4)))
    study = studied.advance()

    assert (studied.seen.agreed, studied.seen.labelled.n) == (4, 8)
    assert (study.drawn, Selection.objects.count()) == (8, 8)
    assert Promotion.objects.filter(kind="promote").count() == 1


def test_what_is_kept_tells_the_same_evidence_again(studied: Studied) -> None:
    studied.send(*["cat"] * 4, *["dog"] * 3)
    studied.advance()
    studied.settle_all()
    study = studied.advance()

    kept = study_gates.kept(study, study_gates.look(study))

    again = Evidence.from_json(kept["counts"])
    assert again.as_json() == study.evidence
    assert kept["better"]["log_e"] == study_gates.look(study).better.log_e
