"""What two versions of a schema ask differently."""

from __future__ import annotations

import copy
from typing import Any

from labeling import differences

SCHEMA: dict[str, Any] = {
    "guideline": "Look.",
    "fields": [{"name": "text", "type": "text"}],
    "questions": [
        {
            "id": "topic",
            "kind": "choice",
            "title": "Topic?",
            "required": True,
            "labels": [{"id": "a", "name": "Apples"}, {"id": "b", "name": "Beans"}],
        },
        {"id": "mood", "kind": "choice", "title": "Mood?", "labels": []},
    ],
}


def changed(change: Any) -> list[tuple[str, str, str, str]]:
    new = copy.deepcopy(SCHEMA)
    change(new)
    found = differences.between(SCHEMA, new)
    return [(each.what, each.thing, each.id, each.key) for each in found.changes]


def test_nothing_differs_from_itself() -> None:
    assert not differences.between(SCHEMA, copy.deepcopy(SCHEMA))


def test_a_label_is_told_by_its_id_whatever_it_is_called() -> None:
    def rename(new: Any) -> None:
        new["questions"][0]["labels"] = [
            {"id": "b", "name": "Broad beans"},
            {"id": "c", "name": "Carrots"},
        ]

    assert changed(rename) == [
        ("removed", "label", "a", ""),
        ("changed", "label", "b", "name"),
        ("added", "label", "c", ""),
    ]


def test_questions_that_change_places_are_moved_not_removed() -> None:
    assert changed(lambda new: new["questions"].reverse()) == [
        ("moved", "question", "mood", ""),
        ("moved", "question", "topic", ""),
    ]


def test_what_is_left_out_is_what_it_usually_is() -> None:
    assert changed(lambda new: new["questions"][1].update(required=True, help="")) == []
    assert changed(lambda new: new["questions"][1].update(required=False)) == [
        ("changed", "question", "mood", "required")
    ]


def test_settings_of_a_kind_are_shown_as_people_write_them() -> None:
    new = copy.deepcopy(SCHEMA)
    new["questions"][1]["scale"] = {"low": 1, "high": 5}

    (change,) = differences.between(SCHEMA, new).changes

    assert [each.text for each in change.pieces] == ["low: 1\nhigh: 5"]


def test_fields_are_told_by_their_names() -> None:
    assert changed(
        lambda new: new["fields"].append({"name": "x", "type": "image"})
    ) == [("added", "field", "x", "")]
