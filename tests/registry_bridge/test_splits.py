"""The same input, or one of the same document, is never on both sides."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.models import Gold
from projects.models import Project
from registry_bridge import drawn, snapshots, splits
from registry_bridge.models import (
    PayloadSide,
    RegisteredModel,
    Snapshot,
    SnapshotItem,
)
from registry_bridge.splits import Came, Split, Was
from reviewer.models import Prediction
from tests import makers
from tests.registry_bridge.makers import make_model, make_reviewed

SALT = b"known to everybody, for a split."
# Rounds between two snapshots; in each, inputs that come in groups.
ROUNDS = st.lists(
    st.lists(st.tuples(st.integers(1, 12), st.sampled_from("abcdefgh")), max_size=8),
    min_size=1,
    max_size=5,
)


def digest(payload: int) -> str:
    return f"sha of {payload}"


def bodies(came: list[Came], payloads: set[int]) -> dict[int, set[int]]:
    """Payload -> all that it is joined with, found the slow way."""
    found = {payload: {payload} for payload in payloads}
    for _ in range(len(payloads)):
        groups: dict[str, set[int]] = defaultdict(set)
        for each in came:
            groups[each.group] |= found[each.payload]
        for each in came:
            found[each.payload] |= groups[each.group]
        for payload in payloads:
            found[payload] = set().union(*(found[other] for other in found[payload]))
    return found


@given(ROUNDS, st.booleans())
def test_no_snapshot_compares_on_what_any_snapshot_trained_on(
    rounds: list[list[tuple[int, str]]], forgetful: bool
) -> None:
    came: list[Came] = []
    ever: list[Came] = []
    was: dict[int, Was] = {}
    for at, new in enumerate(rounds):
        named = [
            Came(payload, group, len(ever) + n)
            for n, (payload, group) in enumerate(new)
        ]
        # predictions may have been removed since: what was frozen must still hold
        came, ever = [*([] if forgetful else came), *named], [*ever, *named]
        payloads = {each.payload for each in came} | set(was) | {100 + at}
        split = Split(SALT, 50, came, was.values())

        placed = {each: split.of(each, digest(each)) for each in sorted(payloads)}

        belongs = bodies(
            [*came, *(Came(w.payload, w.group, 0) for w in was.values())], payloads
        )
        for payload, here in placed.items():
            old = was.get(payload)
            if old is not None and old.tested:
                assert here.side == "test", "what was a test is never trained on"
            if old is not None and old.trained:
                assert here.side == "train", "what was trained on stays where it was"
            if here.side == "test" and not here.joined:
                for mate in belongs[payload]:
                    assert placed[mate].side == "test"
                    assert mate not in was or not was[mate].trained
        was = {
            payload: Was(
                payload,
                here.group,
                here.side == "train" or (payload in was and was[payload].trained),
                here.side == "test" or (payload in was and was[payload].tested),
            )
            for payload, here in placed.items()
        }


def test_a_chain_of_groups_is_one_body() -> None:
    came = [Came(1, "a", 1), Came(1, "b", 2), Came(2, "b", 3), Came(2, "c", 4)]
    came += [Came(3, "c", 5), Came(9, "z", 6)]

    split = Split(SALT, 50, came, [])

    assert {split.of(n, digest(n)).group for n in (1, 2, 3)} == {"a"}
    assert split.of(9, digest(9)).group == "z"


def test_an_input_that_no_group_names_goes_by_its_own_digest() -> None:
    split = Split(SALT, 50, [], [])

    assert split.of(1, "sha").group == "sha"
    assert split.of(1, "sha").side == splits.side(SALT, "sha", 50)


def test_a_body_keeps_the_side_it_was_frozen_on_when_it_grows() -> None:
    trained, tested = name_on("train"), name_on("test")
    came = [Came(1, tested, 1), Came(1, trained, 2), Came(2, trained, 3)]

    split = Split(SALT, 50, came, [Was(2, trained, trained=True, tested=False)])

    assert {split.of(n, digest(n)).side for n in (1, 2)} == {"train"}


@pytest.fixture
def model() -> RegisteredModel:
    return make_model()


@pytest.fixture
def project(model: RegisteredModel) -> Project:
    return model.project


def name_on(side: str) -> str:
    """A document whose name alone puts it on a side."""
    names = (f"document {n}" for n in range(1000))
    return next(name for name in names if splits.side(SALT, name, 50) == side)


def join(first: Gold, second: Gold) -> None:
    """Somebody sends the input of one in the document of the other."""
    other = second.task.prediction.group
    makers.make_prediction(
        endpoint=first.task.prediction.endpoint,
        payload=first.task.payload,
        group=other,
        repeats=True,
    )


def item(snapshot: Snapshot, gold: Gold) -> SnapshotItem:
    return snapshot.items.get(gold=gold)


@pytest.mark.django_db
def test_documents_that_are_joined_before_a_snapshot_are_on_one_side(
    project: Project,
) -> None:
    one = make_reviewed(project, group=name_on("train"))
    two = make_reviewed(project, group=name_on("test"))
    join(two, one)

    frozen = snapshots.freeze(project)

    assert item(frozen, one).side == item(frozen, two).side == "train"
    assert item(frozen, one).group == item(frozen, two).group


@pytest.mark.django_db
def test_what_joins_two_sides_later_compares_nothing_and_is_not_trained_on(
    project: Project,
) -> None:
    trained = make_reviewed(project, group=name_on("train"))
    tested = make_reviewed(project, group=name_on("test"))
    first = snapshots.freeze(project)
    assert item(first, tested).pi == 1.0
    join(tested, trained)
    newcomer = make_reviewed(project, group=trained.task.prediction.group)

    second = snapshots.freeze(project)

    assert item(second, trained).side == "train"
    for gold in (tested, newcomer):
        found = item(second, gold)
        assert (found.side, found.pi, found.left_out) == ("test", None, drawn.JOINED)


@pytest.mark.django_db
def test_a_side_outlives_the_prediction_that_named_the_document(
    project: Project,
) -> None:
    group = name_on("test")
    first = make_reviewed(project, group=group)
    before = item(snapshots.freeze(project), first)
    Prediction.objects.filter(task=first.task).update(group="")
    make_reviewed(project, "dog")

    after = item(snapshots.freeze(project), first)

    assert (after.side, after.group) == (before.side, before.group) == ("test", group)
    assert PayloadSide.objects.get(payload=first.task.payload).tested
