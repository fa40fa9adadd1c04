"""Live accuracy below a line: looked at after every answer, in the order of intake."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from registry_bridge import accuracy_watch, gates
from registry_bridge.models import Gate, GateCheck, RegisteredModel, Training, Watch
from reviewer.models import Prediction, QueueItem
from tests.registry_bridge.makers import (
    Loop,
    make_gate,
    make_model,
    make_reviewed,
    make_waiting,
    review,
    work,
)
from tests.registry_bridge.shadows import all_is_counted

pytestmark = pytest.mark.django_db
SETTINGS = {"line": 0.9, "run_length": 2_000}


@pytest.fixture
def model() -> RegisteredModel:
    return make_model(champion="1")


@pytest.fixture
def gate(model: RegisteredModel) -> Gate:
    return make_gate(model.project, "quality_below", **SETTINGS)


def look(gate: Gate, model: RegisteredModel) -> Watch:
    all_is_counted()
    watch = accuracy_watch.look(gate, model, gates.settings_of(gate), timezone.now())
    assert watch is not None
    return watch


def test_nothing_is_said_before_anything_was_sent(
    gate: Gate, model: RegisteredModel
) -> None:
    settings = gates.settings_of(gate)

    assert accuracy_watch.look(gate, model, settings, timezone.now()) is None


def test_many_wrong_answers_sound_the_alarm(gate: Gate, model: RegisteredModel) -> None:
    for truth in ["cat", "dog"] * 10:
        make_reviewed(model.project, truth, "cat")

    watch = look(gate, model)

    assert watch.alarm_at is not None
    # nothing after the alarm is used
    n = watch.detector["n"]
    assert n < 20
    assert watch.wrong == n // 2


def test_few_do_not_however_often_they_are_looked_at(
    gate: Gate, model: RegisteredModel
) -> None:
    for truth in ["cat"] * 18 + ["dog"] * 2:
        make_reviewed(model.project, truth, "cat")
        watch = look(gate, model)

    levels = {look(gate, model).detector["n"] for _ in range(5)}
    assert watch.alarm_at is None
    assert levels == {20}


def test_wrong_answers_that_come_before_an_open_one_count_and_others_wait(
    gate: Gate, model: RegisteredModel
) -> None:
    make_reviewed(model.project, "dog", "cat")
    waiting = make_waiting(model.project)
    for _ in range(20):
        make_reviewed(model.project, "cat", "cat")

    assert look(gate, model).detector["n"] == 1

    QueueItem.objects.filter(pk=waiting.pk).update(state=QueueItem.State.FLAGGED)
    watch = look(gate, model)
    # nobody answers it: it counts as right, so that neglect starts no training
    assert (watch.detector["n"], watch.wrong, watch.overdue) == (22, 1, 1)


def test_answers_from_before_the_gate_are_none_of_its(model: RegisteredModel) -> None:
    for _ in range(20):
        make_reviewed(model.project, "dog", "cat")
    hour_ago = timezone.now() - timedelta(hours=1)
    Prediction.objects.update(received_at=hour_ago)
    gate = make_gate(model.project, "quality_below", **SETTINGS)

    assert look(gate, model).detector["n"] == 0


def test_another_line_begins_with_what_comes_from_then_on(
    gate: Gate, model: RegisteredModel
) -> None:
    for _ in range(20):
        make_reviewed(model.project, "dog", "cat")
    assert look(gate, model).alarm_at

    gate.settings = {**SETTINGS, "line": 0.8}
    gate.save(update_fields=["settings"])
    watch = look(gate, model)

    assert (watch.detector["n"], watch.detector["line"]) == (0, 0.8)
    assert Watch.objects.filter(ended_at=None).count() == 1


def test_a_chance_lower_than_any_before_begins_a_new_watch_that_goes_on(
    gate: Gate, model: RegisteredModel
) -> None:
    for _ in range(3):
        make_reviewed(model.project, "cat", "cat", pi=0.5)
    assert look(gate, model).detector["n"] == 3

    for _ in range(4):
        make_reviewed(model.project, "cat", "cat", pi=0.1)
    watch = look(gate, model)

    assert (watch.detector["n"], watch.detector["lowest"]) == (4, 0.1)


def test_a_training_that_it_asked_for_ends_the_alarm(loop: Loop) -> None:
    gate = make_gate(
        loop.project,
        "quality_below",
        **{**SETTINGS, "usable_test": 5, "cool_down_minutes": 0},
    )
    review(loop)
    all_is_counted()

    training = gates.look(loop.project)
    work()

    assert training is not None
    assert training.gate == gate
    assert gate.watches.exclude(ended_at=None).get().alarm_at
    gates.look(loop.project)
    assert gate.watches.get(ended_at=None).detector["n"] == 0
    assert gate.checks.latest("pk").verdict == GateCheck.Verdict.NOT_ENOUGH


def test_without_a_training_the_alarm_stands(loop: Loop) -> None:
    gate = make_gate(
        loop.project,
        "quality_below",
        **{**SETTINGS, "new_rows": 1000, "cool_down_minutes": 0},
    )
    review(loop)
    all_is_counted()
    for _ in range(3):
        gates.look(loop.project)

    check = gate.checks.get()
    assert check.verdict == GateCheck.Verdict.NOT_ENOUGH
    assert "1,000 new gold rows" in check.words
    assert Training.objects.filter(gate=gate).count() == 0


@pytest.mark.slow
def test_a_good_version_is_left_alone_through_all_looks(
    gate: Gate, model: RegisteredModel
) -> None:
    """At the line exactly, and a look after every answer, an alarm is rare."""
    rng, alarms = np.random.default_rng(7), 0
    for _ in range(6):
        Watch.objects.all().delete()
        gate.created_at = timezone.now()
        gate.save(update_fields=["created_at"])
        for right in rng.random(60) < 0.9:
            make_reviewed(model.project, "cat" if right else "dog", "cat")
            watch = look(gate, model)
        alarms += watch.alarm_at is not None

    assert alarms <= 1
