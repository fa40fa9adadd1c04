"""Another version answers what an endpoint was asked: each prediction once, whatever happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from projects.jobs import TryLater
from registry_bridge import channels, shadowing
from registry_bridge.gateways.fakes import TrainingFailed
from registry_bridge.gateways.ports import TrainingState, TrainingStatus
from registry_bridge.models import Shadow
from reviewer.models import Prediction, Score
from tests import makers
from tests.registry_bridge.killing import sometimes_all, work_and_die
from tests.registry_bridge.makers import Loop, dead_letters, work
from tests.registry_bridge.shadows import (
    all_is_counted,
    answer_all,
    endpoint_of,
    labels,
    says_the_truth,
    send,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def loop(loop: Loop) -> Loop:
    loop.world.says = says_the_truth
    return loop


def behind(loop: Loop, after: int = 0, **how: object) -> Shadow:
    """Version 1 is the only one registered; what calls made behind it is another's."""
    return shadowing.begin(endpoint_of(loop), "1", after=after, **how)  # type: ignore[arg-type]


def test_predictions_of_another_version_are_answered_and_kept_as_scores(
    loop: Loop,
) -> None:
    cat, dog = send(loop, "cat", "dog", model_version="7")
    shadow = behind(loop)

    answer_all()

    score = Score.objects.get(prediction=dog)
    shadow.refresh_from_db()
    assert (score.label, score.output) == ("dog", {"label": "dog"})
    assert (score.model_name, score.model_version) == (loop.model.name, "1")
    assert Score.objects.get(prediction=cat).label == "cat"
    assert (shadow.upto, shadow.answered, shadow.batch) == (dog.pk, 2, None)
    assert dead_letters() == []


def test_what_comes_later_is_answered_later_and_nothing_twice(loop: Loop) -> None:
    send(loop, "cat", "dog", model_version="7")
    shadow = behind(loop)
    answer_all()

    send(loop, "dog", model_version="7")
    answer_all()
    answer_all()

    assert sorted(labels(shadow).values()) == ["cat", "dog", "dog"]
    runs = [name for name in loop.world.compute.specs if shadow.token in name]
    assert len(runs) == 2


def test_only_what_came_after_a_moment_is_answered(loop: Loop) -> None:
    old, new = send(loop, "dog", "dog", model_version="7")
    at = timezone.now() - timedelta(minutes=30)
    Prediction.objects.filter(pk=old.pk).update(received_at=at - timedelta(hours=1))

    after = shadowing.before(endpoint_of(loop), at)
    shadow = behind(loop, after=after)
    answer_all()

    assert after == old.pk
    assert list(labels(shadow)) == [new.inference_id]


def test_a_row_that_may_still_appear_before_others_is_waited_for(loop: Loop) -> None:
    send(loop, "cat", model_version="7")
    all_is_counted()
    send(loop, "dog", model_version="7")
    shadow = behind(loop)

    shadowing.ask()
    work()

    assert list(labels(shadow).values()) == ["cat"]


def test_what_the_endpoint_sent_along_counts_and_is_not_asked_for(loop: Loop) -> None:
    sent, bare = send(loop, "dog", "dog", model_version="7")
    Score.objects.create(
        prediction=sent,
        model_name=sent.model_name,
        model_version="1",
        output={"label": "cat"},
        label="cat",
    )
    shadow = behind(loop)

    answer_all()

    assert labels(shadow) == {sent.inference_id: "cat", bare.inference_id: "dog"}
    shadow.refresh_from_db()
    assert shadow.answered == 1


def test_its_own_predictions_repeats_and_erased_inputs_are_passed_over(
    loop: Loop,
) -> None:
    send(loop, "dog")
    send(loop, "dog", model_version="7", repeats=True)
    (erased,) = send(loop, "dog", model_version="7")
    erased.payload.content = None
    erased.payload.save(update_fields=["content"])
    shadow = behind(loop)

    answer_all()

    shadow.refresh_from_db()
    assert labels(shadow) == {}
    assert shadow.upto == erased.pk
    assert not [name for name in loop.world.compute.specs if shadow.token in name]


def test_only_what_was_drawn_blind_if_so_asked(loop: Loop) -> None:
    send(loop, "dog", model_version="7")
    task = makers.make_task(loop.project, blind=True)
    drawn = makers.make_prediction(
        endpoint_of(loop), task=task, verdict="audit", model_version="7", label="cat"
    )
    shadow = behind(loop, only_drawn=True)

    answer_all()

    assert list(labels(shadow)) == [drawn.inference_id]


def test_a_shadow_has_an_end_where_one_was_set(loop: Loop) -> None:
    first, _ = send(loop, "dog", "dog", model_version="7")
    shadow = behind(loop, until=first.pk)

    answer_all()

    assert list(labels(shadow)) == [first.inference_id]


def test_inputs_are_not_left_lying_about(loop: Loop) -> None:
    send(loop, "dog", model_version="7")
    shadow = behind(loop)

    answer_all()

    folder = channels.of_inputs("x", []).parent
    assert [each.name for each in folder.iterdir() if shadow.token in each.name] == []


def test_a_batch_ends_where_it_was_fixed_though_more_came_meanwhile(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadowing, "BATCH", 2)
    found = send(loop, "cat", "dog", "cat", "dog", "dog", model_version="7")
    shadow = behind(loop)

    answer_all()

    runs = [name for name in loop.world.compute.specs if shadow.token in name]
    assert len(runs) == 3
    assert len(labels(shadow)) == len(found)


def test_a_version_that_cannot_answer_says_why_and_can_be_tried_again(
    loop: Loop,
) -> None:
    def breaks(name: str, row: object) -> str:
        raise TrainingFailed("the model cannot be loaded")

    send(loop, "dog", model_version="7")
    shadow = behind(loop)
    loop.world.says = breaks
    answer_all()
    shadow.refresh_from_db()
    assert (shadow.state, shadow.failure) == (
        Shadow.State.FAILED,
        "the model cannot be loaded",
    )

    loop.world.says = says_the_truth
    shadowing.try_again(shadow)
    answer_all()

    assert list(labels(shadow).values()) == ["dog"]


def test_an_interrupted_run_is_started_anew(loop: Loop) -> None:
    (dog,) = send(loop, "dog", model_version="7")
    shadow = behind(loop)
    stopped = TrainingState(TrainingStatus.STOPPED, "Away.")
    name = f"{loop.project.slug}-{shadow.token}-{dog.pk}-1"
    loop.world.compute.states[name] = stopped

    answer_all()

    assert list(labels(shadow).values()) == ["dog"]


def test_mlflow_away_delays_it_and_loses_nothing(loop: Loop) -> None:
    send(loop, "dog", model_version="7")
    shadow = behind(loop)
    loop.world.mlflow_down()
    answer_all()
    assert labels(shadow) == {}

    loop.world.mlflow_down(False)
    answer_all()

    assert list(labels(shadow).values()) == ["dog"]
    assert dead_letters() == []


def test_one_that_was_ended_keeps_what_it_said_and_says_no_more(loop: Loop) -> None:
    send(loop, "dog", model_version="7")
    shadow = behind(loop)
    answer_all()

    shadowing.end(shadow)
    send(loop, "cat", model_version="7")
    answer_all()

    assert list(labels(shadow).values()) == ["dog"]


@pytest.mark.parametrize("after", sometimes_all(8))
def test_a_killed_worker_loses_and_repeats_nothing(
    loop: Loop, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadowing, "BATCH", 2)
    send(loop, "cat", "dog", "dog", model_version="7")
    shadow = behind(loop)
    all_is_counted()
    shadowing.ask()

    work_and_die(loop.world, after)
    answer_all()

    shadow.refresh_from_db()
    assert sorted(labels(shadow).values()) == ["cat", "dog", "dog"]
    assert shadow.answered == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_keep_each_score_once(loop: Loop) -> None:
    send(loop, "cat", "dog", "dog", model_version="7")
    shadow = behind(loop)
    all_is_counted()
    with pytest.raises(TryLater):
        # the compute is at it, and nothing is written yet
        shadowing.answer(Shadow.objects.get(pk=shadow.pk))

    def worker(_: int) -> None:
        with suppress(TryLater), closing(connection):
            shadowing.answer(Shadow.objects.get(pk=shadow.pk))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, range(4)))

    shadow.refresh_from_db()
    assert (len(labels(shadow)), shadow.answered) == (3, 3)


def test_a_version_that_is_gone_ends_it_and_makes_no_more_work(loop: Loop) -> None:
    send(loop, "dog", model_version="7")
    shadow = behind(loop)
    del loop.world.registry.known[loop.model.name][shadow.version]

    for _ in range(3):
        answer_all()

    shadow.refresh_from_db()
    assert shadow.state == Shadow.State.FAILED
    assert shadow.failure
    assert dead_letters() == []


def test_a_label_that_cannot_be_stored_is_kept_as_far_as_it_can(loop: Loop) -> None:
    send(loop, "dog", model_version="7")
    shadow = behind(loop)
    loop.world.says = lambda *_: "d\0g"

    answer_all()

    assert list(labels(shadow).values()) == ["d\ufffdg"]
    assert dead_letters() == []
