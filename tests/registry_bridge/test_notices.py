"""What happens to models is told: proposals, roll backs, failures, gates that open."""

from __future__ import annotations

import pytest

from projects import worker
from projects.models import Job, Notice, Project
from registry_bridge import gates, notices, promotion, retraining
from registry_bridge.gates import Finding
from registry_bridge.models import GateCheck, Promotion, RegisteredModel, Training
from tests import makers
from tests.registry_bridge.makers import make_gate, make_model

pytestmark = pytest.mark.django_db
HANDLER = "registry_bridge.notices.happened"


@pytest.fixture
def model(db: None) -> RegisteredModel:
    return make_model(champion="1", target="none")


def make_training(project: Project, version: str = "2") -> Training:
    return Training.objects.create(
        project=project, job_name="job", version=version, state="done"
    )


def tell(project: Project) -> list[tuple[str, str, str]]:
    """What is told once the jobs of notices have run, twice."""
    for _ in range(2):
        for job in Job.objects.filter(handler=HANDLER):
            notices.happened(job.payload)
    found = Notice.objects.filter(project=project).order_by("pk")
    return [(each.kind, str(each), each.said) for each in found]


def test_a_proposal_is_told_to_others_than_its_proposer(model: RegisteredModel) -> None:
    project = model.project
    make_training(project)
    by, other = (makers.make_member(project, "lead") for _ in range(2))
    for each in (by, other):
        each.email = f"{each.username}@example.org"
        each.save()
    promotion.propose(project, "2", by=by, reason="It is faster.")

    ((kind, title, words),) = tell(project)

    assert (kind, title) == ("decision", "Version 2 waits for a decision")
    assert words == "Reason: It is faster."
    (mail,) = Notice.objects.get().mails.all()
    assert mail.user == other


def test_a_roll_back_that_is_done_is_told(model: RegisteredModel) -> None:
    back = Promotion.objects.create(
        project=model.project,
        kind="rollback",
        from_version="2",
        to_version="1",
        reason="It errs.",
    )
    promote(back, "model.promoted")

    ((kind, title, words),) = tell(model.project)

    assert kind == "rollback"
    assert title == "Version 1 is in use again: 2 is out"
    assert words == "Reason: It errs."


def test_a_promotion_that_was_carried_out_is_no_notice(model: RegisteredModel) -> None:
    done = Promotion.objects.create(
        project=model.project, from_version="1", to_version="2"
    )
    promote(done, "model.promoted")

    assert tell(model.project) == []


def test_a_deployment_that_failed_is_told(model: RegisteredModel) -> None:
    failed = Promotion.objects.create(
        project=model.project, from_version="1", to_version="2", failure="No answer."
    )
    promote(failed, "promotion.failed")

    assert tell(model.project) == [
        ("rollback", "Version 2 could not be put in use", "Reason: No answer.")
    ]


def promote(found: Promotion, event: str) -> None:
    from django.db import transaction

    with transaction.atomic():
        promotion.emit(event, found)


def test_a_training_that_failed_is_told(model: RegisteredModel) -> None:
    training = Training.objects.create(
        project=model.project, job_name="digits-1", state="running"
    )
    retraining.fail(training, "Out of memory")

    assert tell(model.project) == [
        ("training_failed", "The training digits-1 failed", "Reason: Out of memory")
    ]


def test_a_quality_gate_is_told_when_it_opens_and_not_at_each_look(
    model: RegisteredModel,
) -> None:
    gate = make_gate(model.project, "quality_below")
    seen = Finding(GateCheck.Verdict.OPEN, "Right in 80 %.", {})
    for _ in range(2):
        gates.remember(gate, seen)

    assert tell(model.project) == [
        ("gate_opened", "The gate quality-below opened", "It saw: Right in 80 %.")
    ]


def test_enough_gold_is_no_news_of_quality(model: RegisteredModel) -> None:
    gates.remember(
        make_gate(model.project, "enough_gold"),
        Finding(GateCheck.Verdict.OPEN, "500 rows.", {}),
    )

    assert tell(model.project) == []


def test_news_of_a_failure_does_not_wait_behind_its_dead_letter(
    model: RegisteredModel,
) -> None:
    project = model.project
    Job.objects.create(
        key="dead",
        project=project,
        handler="registry_bridge.handlers.promotion_approved",
        stream=f"deployment:{project.pk}",
        state=Job.State.DEAD,
    )
    failed = Promotion.objects.create(
        project=project, from_version="1", to_version="2", failure="No answer."
    )
    promote(failed, "promotion.failed")

    worker.drain()

    assert Notice.objects.filter(project=project).count() == 1
