"""A version in SageMaker's registry beside MLflow's: announced, approved, named by both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry_bridge import promotion, retraining, rolling_back
from registry_bridge.gateways import choose
from registry_bridge.gateways.fakes import FakePackages
from registry_bridge.models import Promotion
from registry_bridge.packaging import TAG
from tests.registry_bridge.killing import sometimes_all, work_and_die
from tests.registry_bridge.makers import Loop, dead_letters, review, work

State = Promotion.State


@pytest.fixture
def packages(loop: Loop) -> Iterator[FakePackages]:
    """From now on: version 1 was in use before there was a second registry."""
    loop.world.packages = FakePackages()
    with choose.using(packages=loop.world.packages):
        yield loop.world.packages


@pytest.fixture
def approved(loop: Loop, packages: FakePackages) -> Promotion:
    """Version 2 was trained, announced and approved; no job has run since."""
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    proposed = promotion.propose(loop.project, "2", by=loop.lead, reason="Dogs.")
    return promotion.approve(proposed, by=loop.other_lead, reason="Agreed.")


def address(loop: Loop, version: str) -> str:
    found = loop.world.registry.version(loop.model.name, version)
    assert found is not None
    return found.tags.get(TAG, "")


@pytest.mark.usefixtures("approved")
def test_a_trained_version_waits_there_and_each_registry_names_the_other(
    loop: Loop, packages: FakePackages
) -> None:
    found = address(loop, "2")

    assert packages.decided == {found: None}
    lineage = packages.properties[found]
    version = loop.world.registry.version(loop.model.name, "2")
    assert version is not None
    assert lineage["mlflow.version"] == "2"
    assert lineage["mlflow.run_id"] == version.run_id
    assert lineage["overread.snapshot_digest"]


@pytest.mark.parametrize("after", sometimes_all(15))
def test_a_worker_killed_after_any_call_leaves_both_registries_agreed(
    loop: Loop, approved: Promotion, packages: FakePackages, after: int
) -> None:
    work_and_die(loop.world, after)

    approved.refresh_from_db()
    assert dead_letters() == []
    assert approved.state == State.DONE
    assert loop.world.alias(loop.model) == "2"
    assert packages.decided == {address(loop, "2"): True}


def test_a_registry_that_refuses_the_approval_leaves_the_old_version_in_use(
    loop: Loop, approved: Promotion, packages: FakePackages
) -> None:
    packages.decided.clear()

    work()

    approved.refresh_from_db()
    assert approved.state == State.FAILED
    assert "no package" in approved.failure
    assert loop.world.alias(loop.model) == "1"
    asked = loop.world.deployment.desired.values()
    assert [source.version for source in asked] == ["1"]


def test_a_roll_back_approves_what_served_before_and_rejects_what_did_worse(
    loop: Loop, approved: Promotion, packages: FakePackages
) -> None:
    work()
    approved.refresh_from_db()

    rolling_back.by_person(approved, by=loop.lead, reason="Worse.")
    work()

    assert loop.world.alias(loop.model) == "1"
    assert packages.decided == {address(loop, "1"): True, address(loop, "2"): False}
