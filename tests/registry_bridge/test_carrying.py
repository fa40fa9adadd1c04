"""A decided promotion is carried out to its end, whatever happens on the way."""

from __future__ import annotations

import pytest

from registry_bridge import deploying, promotion, retraining, watching
from registry_bridge.gateways.ports import ModelSource
from registry_bridge.models import Deployment, Promotion, RegisteredModel, SnapshotItem
from tests.registry_bridge.killing import sometimes_all, work_and_die
from tests.registry_bridge.makers import Loop, dead_letters, review, work

State = Promotion.State


@pytest.fixture
def approved(loop: Loop) -> Promotion:
    """Version 2 was approved; no job has run yet."""
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    proposed = promotion.propose(loop.project, "2", by=loop.lead, reason="Dogs.")
    return promotion.approve(proposed, by=loop.other_lead, reason="Agreed.")


CALLS = 14


@pytest.mark.parametrize("after", sometimes_all(CALLS))
def test_a_worker_killed_after_any_call_leaves_a_promotion_that_ends_well(
    loop: Loop, approved: Promotion, after: int
) -> None:
    work_and_die(loop.world, after)

    approved.refresh_from_db()
    loop.model.refresh_from_db()
    assert dead_letters() == []
    assert approved.state == State.DONE
    assert [step["step"] for step in approved.steps] == ["checked", "deployed", "named"]
    assert loop.model.champion == loop.world.alias(loop.model) == "2"
    assert loop.world.alias(loop.model, "previous-champion") == "1"
    assert loop.world.serving() == ["2"]
    assert [row.version for row in Deployment.objects.order_by("pk")] == ["1", "2"]


def test_the_kills_above_reach_the_end_of_the_way(
    loop: Loop, approved: Promotion
) -> None:
    assert not work_and_die(loop.world, after=CALLS + 1)


def test_a_version_that_does_not_come_up_leaves_the_old_one_serving(
    loop: Loop, approved: Promotion
) -> None:
    loop.world.deployment.bad = {"2"}

    work()

    approved.refresh_from_db()
    loop.model.refresh_from_db()
    assert approved.state == State.FAILED
    assert "could not be loaded" in approved.failure
    assert loop.world.alias(loop.model) == loop.model.champion == "1"
    assert (
        loop.world.deployment.desired[deploying.endpoint_of(loop.model)].version == "1"
    )
    assert loop.world.serving() == ["1"]
    assert Deployment.objects.get(state="in_service").version == "1"
    assert dead_letters() == []


def test_a_failed_promotion_can_be_proposed_and_carried_out_again(
    loop: Loop, approved: Promotion
) -> None:
    loop.world.deployment.bad = {"2"}
    work()
    loop.world.deployment.bad = set()

    again = promotion.propose(loop.project, "2", by=loop.lead, reason="Mended.")
    promotion.approve(again, by=loop.other_lead, reason="Once more.")
    work()

    again.refresh_from_db()
    assert again.state == State.DONE
    assert loop.world.serving() == ["2"]


def test_a_version_that_answers_no_label_is_not_named(
    loop: Loop, approved: Promotion
) -> None:
    loop.world.answers = "giraffe"

    work()

    approved.refresh_from_db()
    assert approved.state == State.FAILED
    assert "giraffe" in approved.failure
    assert loop.world.alias(loop.model) == "1"


def test_the_new_version_is_asked_about_an_input_of_the_test_side(
    loop: Loop, approved: Promotion
) -> None:
    asked: list[object] = []

    def answer(source: ModelSource, payload: object) -> object:
        asked.append(payload)
        return {"predictions": [{"label": "dog", "confidence": 0.9}]}

    loop.world.deployment.answer = answer

    work()

    texts = [item.gold.task.payload.content for item in _test_side(approved)]
    assert len(asked) == 1
    assert asked[0] in [{"dataframe_records": [text]} for text in texts]


def _test_side(approved: Promotion) -> list[SnapshotItem]:
    assert approved.training is not None
    assert approved.training.snapshot is not None
    return list(approved.training.snapshot.items.filter(side="test"))


def test_the_alias_moved_by_others_stops_a_promotion(
    loop: Loop, approved: Promotion
) -> None:
    loop.world.registry.aliases[loop.model.name, "champion"] = "2"
    loop.world.registry.register(loop.model.name, "models:/m-x", None, "other", {})
    loop.world.registry.aliases[loop.model.name, "champion"] = "3"

    work()

    approved.refresh_from_db()
    assert approved.state == State.FAILED
    assert "somebody moved it" in approved.failure
    assert loop.world.alias(loop.model) == "3"
    assert loop.world.serving() == ["1"]


def test_mlflow_away_delays_a_promotion_and_nothing_else(
    loop: Loop, approved: Promotion
) -> None:
    loop.world.mlflow_down()
    work(rounds=5)
    approved.refresh_from_db()
    meanwhile = approved.state

    loop.world.mlflow_down(False)
    work()

    approved.refresh_from_db()
    assert meanwhile == State.APPROVED
    assert approved.state == State.DONE


def test_a_project_without_a_place_to_deploy_moves_the_alias_alone(
    loop: Loop, approved: Promotion
) -> None:
    RegisteredModel.objects.update(target="none")

    work()

    approved.refresh_from_db()
    assert approved.state == State.DONE
    assert loop.world.alias(loop.model) == "2"
    assert loop.world.serving() == ["1"]


def test_what_others_did_to_alias_and_endpoint_is_seen(loop: Loop) -> None:
    loop.world.registry.register(loop.model.name, "models:/m-x", None, "other", {})
    loop.world.registry.aliases[loop.model.name, "champion"] = "2"
    endpoint = deploying.endpoint_of(loop.model)
    source = loop.world.deployment.serving[endpoint]
    other = ModelSource(source.model_name, "2", source.directory)
    loop.world.deployment.desired[endpoint] = other
    loop.world.deployment.serving[endpoint] = other

    watching.ask()
    work()

    loop.model.refresh_from_db()
    assert (loop.model.champion, loop.model.alias_seen) == ("1", "2")
    assert promotion.has_drifted(loop.model)
    assert Deployment.objects.get(state="in_service").version == "2"


def test_a_lead_can_accept_what_was_done_in_the_registry(loop: Loop) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    loop.world.registry.aliases[loop.model.name, "champion"] = "2"
    watching.ask()
    work()

    promotion.install(loop.project, "2", by=loop.lead, reason="It was an emergency.")
    work()

    loop.model.refresh_from_db()
    assert loop.model.champion == "2"
    assert not promotion.has_drifted(loop.model)
    assert loop.world.serving() == ["2"]


def test_an_endpoint_is_hosted_under_letters_digits_and_hyphens(loop: Loop) -> None:
    loop.model.endpoint = "shop_floor"

    name = deploying.endpoint_of(loop.model)

    assert name == f"{loop.project.slug}-shop-floor-{loop.project.pk}"
