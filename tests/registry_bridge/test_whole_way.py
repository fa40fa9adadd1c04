"""Quality falls, and what follows, to the roll back of a version that got worse, through kills.

Everything goes by gates, jobs and rules as in use; only the outside is fake. The worker
dies after the nth call to the outside in each part of the way, and another one goes on.
"""

from __future__ import annotations

import pytest

from labeling.models import Task
from projects.models import AuditEntry, Role
from registry_bridge import (
    aftercare,
    gates,
    promotion,
    promotion_rules,
    shadowing,
    study_work,
)
from registry_bridge.models import (
    Approval,
    Deployment,
    GateCheck,
    Promotion,
    RegisteredModel,
    Study,
    Training,
)
from tests import makers
from tests.registry_bridge.killing import sometimes_all, work_and_die
from tests.registry_bridge.makers import (
    Loop,
    dead_letters,
    make_gate,
    make_reviewed,
    review,
)
from tests.registry_bridge.shadows import Studied, all_is_counted, says_the_truth

pytestmark = pytest.mark.django_db
CALLS = 12
FALL = {"line": 0.9, "usable_test": 5, "new_rows": 10, "cool_down_minutes": 0}


@pytest.fixture
def watched(loop: Loop) -> Loop:
    """Gates, two approvers, a canary, and a roll back by rule."""
    loop.world.says = says_the_truth
    makers.make_policy(loop.project, audit=1, blind={"review": 1})
    make_gate(loop.project, "quality_below", **FALL)
    make_gate(loop.project, "challenger_better", rule="study")
    owner = makers.make_member(loop.project, Role.OWNER)
    rules = {
        "approvals": "two_approvers",
        "canary_percent": 10,
        "canary_calls": 20,
        "roll_back": "by_itself",
    }
    promotion_rules.change(loop.project, rules, by=owner, reason="With great care.")
    loop.model.refresh_from_db()
    return loop


def quality_falls(loop: Loop, after: int) -> Training:
    """Half of what the version in use says is wrong: the gate opens, a model is trained."""
    review(loop)
    all_is_counted()
    training = gates.look(loop.project)
    assert training is not None
    work_and_die(loop.world, after)
    training.refresh_from_db()
    assert (training.state, training.version) == (Training.State.DONE, "2")
    return training


def disagreements_are_labelled(loop: Loop, after: int) -> Study:
    """Live traffic; the challenger answers it unheard, people label where both differ."""
    studied = Studied(loop, Study.objects.get())
    studied.send(*["cat"] * 20, *["dog"] * 12)
    all_is_counted()

    shadowing.ask()
    work_and_die(loop.world, after)
    studied.advance()
    assert studied.settle_all() == 12
    for _ in range(2):
        study_work.take()
    studied.study.refresh_from_db()
    return studied.study


def two_approve(loop: Loop, after: int) -> Promotion:
    proposed = Promotion.objects.get(state="proposed")
    assert proposed.proposed_by is None
    promotion.approve(proposed, by=loop.lead, reason="The evidence is clear.")
    proposed.refresh_from_db()
    assert proposed.state == Promotion.State.PROPOSED
    promotion.approve(proposed, by=loop.other_lead, reason="I looked too.")
    loop.world.deployment.traffic = 100
    work_and_die(loop.world, after)
    proposed.refresh_from_db()
    loop.model.refresh_from_db()
    assert proposed.state == Promotion.State.DONE, proposed.failure
    return proposed


def it_turns_out_worse(loop: Loop, after: int) -> None:
    """The version before it goes on answering, and knows what the new one does not."""
    for _ in range(60):
        make_reviewed(loop.project, "cat", "dog", version="2")
    all_is_counted()
    shadowing.ask()
    work_and_die(loop.world, after)
    aftercare.look(loop.project)
    work_and_die(loop.world, after)


@pytest.mark.parametrize("after", sometimes_all(CALLS))
def test_from_a_fall_to_a_roll_back_each_thing_happens_once(
    watched: Loop, after: int
) -> None:
    training = quality_falls(watched, after)
    study = disagreements_are_labelled(watched, after)
    promoted = two_approve(watched, after)
    between = watched.model.champion, watched.world.alias(watched.model)
    it_turns_out_worse(watched, after)

    model = RegisteredModel.objects.get(pk=watched.model.pk)
    promoted.refresh_from_db()
    back = Promotion.objects.get(kind="rollback")
    assert dead_letters() == []
    assert between == ("2", "2")
    assert (study.training, study.state, study.promotion) == (
        training,
        Study.State.OVER,
        promoted,
    )
    assert promoted.evidence["study"]["only_challenger"] > 0
    assert promoted.evidence["study"]["agreed"] == 20
    opened = GateCheck.objects.filter(verdict="open").values_list(
        "gate__condition", flat=True
    )
    assert set(opened) == {"quality_below", "challenger_better"}
    steps = [step["step"] for step in promoted.steps]
    assert steps == ["checked", "beside", "canary", "deployed", "named"]
    assert Approval.objects.filter(promotion=promoted).count() == 2
    assert (promoted.state, back.state) == ("undone", "done")
    assert back.ruled_by is not None
    assert model.champion == watched.world.alias(model) == "1"
    assert watched.world.serving() == ["1"]
    versions = Deployment.objects.order_by("pk").values_list("version", flat=True)
    assert list(versions) == ["1", "2", "1"]
    assert Training.objects.count() == 2
    assert Promotion.objects.count() == 3
    drawn = Task.objects.filter(selection__design=study.design)
    assert drawn.count() == 12
    assert AuditEntry.objects.filter(action="promotion roll back").count() == 1
