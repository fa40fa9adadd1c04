"""The loop on AWS: trained, compared, approved and served by the stand-in for SageMaker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from projects import jobs, worker
from projects.connections import Wanted, make
from projects.models import Role
from registry_bridge import promotion, retraining
from registry_bridge.gateways import choose
from registry_bridge.models import Promotion, Training
from tests import makers
from tests.contracts.machines import IMAGE, make_machines
from tests.registry_bridge import train_words
from tests.registry_bridge.makers import (
    Loop,
    World,
    dead_letters,
    make_model,
    review,
)
from tests.sagemaker.images import MLFLOW, Image
from tests.sagemaker.standin import Standin

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
KEYS = ("access_key_id", "secret_access_key")


@pytest.fixture
def loop(sagemaker: Standin, tmp_path: Path, settings: Settings) -> Iterator[Loop]:
    """MLflow is a fake here; what trains and serves is not."""
    settings.JOBS_DIR = tmp_path / "jobs"
    sagemaker.state.images[IMAGE] = Image(serve=MLFLOW)
    given, world = make_machines(sagemaker), World()
    project, base = makers.make_project(), tmp_path / "base"
    base.mkdir()
    (base / "data.jsonl").write_text('{"input": {"text": "meow"}, "label": "cat"}\n')
    options = {name: each for name, each in given.options.items() if name not in KEYS}
    secret = {name: str(given.options[name]) for name in KEYS}
    model = make_model(
        project,
        machines=make(project, Wanted("m", "aws", given.uri, options, secret), None),
        target="aws",
        training={"image": IMAGE},
        hosting={"image": IMAGE},
        script=train_words.__file__,
        base=str(base),
        name="words",
        canary_minutes=1,
    )
    leads = [makers.make_member(project, Role.LEAD) for _ in range(2)]
    with choose.using(
        tracking=world.tracking, registry=world.registry, objects=world.objects
    ):
        yield Loop(world, project, model, *leads)


def work_until(state: str, of: type[Training] | type[Promotion]) -> None:
    deadline = time.monotonic() + 240
    while (newest := of.objects.order_by("-pk").first()) is None or (
        newest.state != state
    ):
        jobs.wake("")
        worker.drain()
        assert not dead_letters(), dead_letters()
        failed = Training.objects.filter(state="failed").first()
        assert failed is None, (failed.reason, failed.log_tail)
        assert time.monotonic() < deadline, newest
        time.sleep(0.2)


@pytest.mark.timeout(900)
def test_a_version_is_trained_compared_approved_and_served_on_aws(
    loop: Loop, sagemaker: Standin
) -> None:
    retraining.first_model(loop.project, by=loop.lead)
    work_until("done", Training)
    first = Promotion.objects.get()
    promotion.approve(first, by=loop.lead, reason="The first model.")
    work_until("done", Promotion)
    loop.model.refresh_from_db()
    review(loop)

    retraining.start(loop.project, by=loop.lead)
    work_until("done", Training)
    if not Promotion.objects.filter(state="proposed").exists():
        promotion.propose(loop.project, "2", by=loop.lead, reason="It knows more.")
    proposed = Promotion.objects.get(state="proposed")
    promotion.approve(proposed, by=loop.other_lead, reason="Agreed.")
    work_until("done", Promotion)

    loop.model.refresh_from_db()
    assert loop.model.champion == loop.world.alias(loop.model) == "2"
    client = sagemaker.client("sagemaker")
    asked = sagemaker.calls_of("CreateTrainingJob")
    names = [each.params["TrainingJobName"] for each in asked if each.answered]
    assert len(names) == len(set(names)) == 3
    found = client.list_model_packages(ModelPackageGroupName="words")
    statuses = [
        each["ModelApprovalStatus"] for each in found["ModelPackageSummaryList"]
    ]
    assert statuses == ["Approved", "Approved"]
    (endpoint,) = client.list_endpoints()["Endpoints"]
    assert endpoint["EndpointStatus"] == "InService"
    told = Promotion.objects.order_by("-pk")[0].steps
    assert [step["step"] for step in told] == ["checked", "deployed", "named"]
