"""Nodes of a tree: which trees can be asked, how alike two nodes are, what is settled."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.kinds.base import Json
from labeling.kinds.taxonomy.reading import DEEPEST, MOST_NODES
from tests.labeling.kinds.asking import alike, ask, refusals, settled, wrong
from tests.labeling.kinds.values import TREE

LEAVES = ask("taxonomy", tree=TREE)
NODES = ask("taxonomy", tree=TREE, leaves_only=False)
MANY = ask("taxonomy", tree=TREE, many=True)


def node(id_: str, *children: Json) -> dict[str, Json]:
    plain: dict[str, Json] = {"id": id_, "name": id_}
    return {**plain, "children": [*children]} if children else plain


def chain(length: int) -> dict[str, Json]:
    return node(f"n{length}", chain(length - 1)) if length > 1 else node("n1")


@pytest.mark.parametrize(
    ("tree", "field"),
    [
        (None, "tree"),
        ([], "tree"),
        (["cat"], "tree[0]"),
        ([node("a", node("b"), node("a"))], "tree[0].children[1].id"),
        ([node("a"), {"id": "b"}], "tree[1].name"),
        ([{**node("a"), "children": []}], "tree[0].children"),
        ([{**node("a"), "labels": []}], "tree[0].labels"),
        ([node("a", {**node("b"), "description": 1})], "tree[0].children[0].description"),
        ([chain(DEEPEST + 1)], "tree[0]" + ".children[0]" * (DEEPEST - 1) + ".children"),
        ([node(str(at)) for at in range(MOST_NODES + 1)], "tree"),
    ],
)  # fmt: skip
def test_a_tree_that_cannot_be_asked_is_named_by_its_path(
    tree: Json, field: str
) -> None:
    assert refusals("taxonomy", tree=tree) == [field]


def test_a_tree_that_is_wrong_all_over_is_told_in_part() -> None:
    assert len(refusals("taxonomy", tree=[{}] * 1000)) < 100


def test_the_deepest_and_the_largest_tree_can_be_asked() -> None:
    tree = [chain(DEEPEST), *[node(f"m{at}") for at in range(MOST_NODES - DEEPEST)]]

    assert refusals("taxonomy", tree=tree) == []


@pytest.mark.parametrize("settings", [{"leaves_only": 1}, {"many": "yes"}])
def test_a_switch_is_true_or_false(settings: dict[str, Any]) -> None:
    assert refusals("taxonomy", tree=TREE, **settings) == [*settings]


def test_only_a_leaf_answers_unless_every_node_may() -> None:
    assert wrong(LEAVES, "pug") == []
    assert wrong(LEAVES, "plant") == []
    assert "below it" in wrong(LEAVES, "dog")[0].problem
    assert wrong(NODES, "dog") == []


@pytest.mark.parametrize("value", ["owl", ["pug"], None, 3])
def test_what_is_no_node_is_no_answer(value: Json) -> None:
    assert wrong(LEAVES, value)


@pytest.mark.parametrize("value", [[], "pug", ["pug", "dog"], ["pug", "pug"], [1]])
def test_several_nodes_are_a_list_of_at_least_one(value: Json) -> None:
    assert wrong(MANY, value)


@pytest.mark.parametrize(
    ("a", "b", "likeness"),
    [
        ("pug", "plant", 0),
        ("pug", "cat", pytest.approx(2 / 5)),
        ("pug", "dog", pytest.approx(4 / 5)),
        ("animal", "pug", 0.5),
    ],
)
def test_nodes_are_as_alike_as_their_ways_from_the_root(
    a: str, b: str, likeness: float
) -> None:
    assert alike(NODES, a, b) == likeness


def test_several_nodes_are_as_alike_as_each_is_to_the_best_of_the_others() -> None:
    # pug: itself; cat: 2/5 of its way; and pug again from the other side
    assert alike(MANY, ["cat", "pug"], ["pug"]) == pytest.approx((1 + 0.4 + 1) / 3)


def test_the_very_node_needs_a_majority() -> None:
    assert settled(NODES, "pug", "pug", "dog") == "pug"
    assert settled(NODES, "pug", "dog") is None


def test_of_several_nodes_each_has_its_own_majority() -> None:
    assert settled(MANY, ["cat", "pug"], ["cat", "plant"], ["cat"]) == ["cat"]
    assert settled(MANY, ["cat"], ["pug"], ["plant"]) is None
