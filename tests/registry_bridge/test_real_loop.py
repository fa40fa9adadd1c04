"""The loop with a real MLflow server and real trainings on this machine."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import pytest
from pytest_django import Settings

from projects import jobs, worker
from registry_bridge import (
    measures,
    outside,
    promotion,
    retraining,
    snapshots,
    timing,
)
from registry_bridge.gateways import choose
from registry_bridge.models import Promotion, RegisteredModel, Snapshot, Training
from tests import makers
from tests.registry_bridge import train_words
from tests.registry_bridge.makers import (
    World,
    dead_letters,
    make_gate,
    make_model,
    make_reviewed,
)

pytestmark = [pytest.mark.mlflow, pytest.mark.django_db]


@pytest.fixture
def model(mlflow_uri: str, tmp_path: Path, settings: Settings) -> RegisteredModel:
    settings.MLFLOW_TRACKING_URI = settings.MLFLOW_PUBLIC_URL = mlflow_uri
    settings.JOBS_DIR = tmp_path / "jobs"
    settings.OBJECT_STORE = f"file:{tmp_path}/objects"
    base = tmp_path / "base"
    base.mkdir()
    (base / "data.jsonl").write_text('{"input": {"text": "meow"}, "label": "cat"}\n')
    name = f"words-{uuid.uuid4().hex[:8]}"
    return make_model(script=train_words.__file__, base=str(base), name=name)


def work_until(state: str, seconds: float = 90) -> None:
    """Wait for real processes as the resident loop does."""
    deadline = time.monotonic() + seconds
    while True:
        jobs.wake("")
        worker.drain()
        assert not dead_letters(), dead_letters()
        newest = Promotion.objects.order_by("-pk").first()
        if newest and newest.state == state:
            return
        failed = Training.objects.filter(state="failed").first()
        assert failed is None, (failed.reason, failed.log_tail)
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.timeout(240)
def test_a_better_model_is_trained_registered_compared_and_promoted(
    model: RegisteredModel,
) -> None:
    project = model.project
    lead = makers.make_member(project, "lead")
    make_gate(project, "challenger_better")
    make_gate(project, "latency", at_most_ms=60_000)
    world = World()
    with choose.using(deployment=world.deployment):
        retraining.first_model(project, by=lead)
        work_until("proposed")
        first = Promotion.objects.get()
        promotion.approve(first, by=lead, reason="The only one.")
        work_until("done")
        for truth, word in [("cat", "meow"), ("dog", "woof")] * 40:
            gold = make_reviewed(project, truth, "cat", version="1")
            payload = gold.task.payload
            payload.content = {"text": f"{word} {payload.pk}"}
            payload.save()
        retraining.start(project, by=lead)
        work_until("proposed")
        proposed = Promotion.objects.get(state="proposed")
        promotion.approve(proposed, by=lead, reason="It knows dogs.")
        work_until("done")
        measures.take(model)
        worker.drain()

    model.refresh_from_db()
    registry, tracking = outside.registry(model), outside.tracking(model)
    training, frozen = Training.objects.get(version="2"), Snapshot.objects.get()
    champion = registry.alias(model.name, "champion")
    comparison = proposed.evidence["comparison"]
    assert champion is not None
    assert (model.champion, champion.version) == ("2", "2")
    assert champion.tags["overread.promotion"] == str(proposed.pk)
    assert comparison["challenger"]["value"] == 1.0
    assert comparison["champion"]["value"] == pytest.approx(0.5, abs=0.25)
    assert comparison["difference"]["low"] > 0
    # both were really timed, one row at a time
    assert proposed.evidence["latency"]["champion"]["n"] == timing.TIMED
    assert proposed.evidence["latency"]["ratio"]["low"] > 0
    run = tracking.run(training.mlflow_run_id)
    assert run.metrics["words"] == 2
    assert run.datasets[0][1] == frozen.digest[:32]
    assert tracking.run(frozen.mlflow_run_id).tags["overread.state"] == "complete"
    logged = tracking.model(training.model_uri.removeprefix("models:/"))
    assert "challenger.accuracy" in {metric.key for metric in logged.metrics}
    assert snapshots.count(snapshots.rows_now(model)).rows == frozen.rows
