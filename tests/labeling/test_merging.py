"""Two changes of one schema in one."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from labeling import merging

BASE: dict[str, Any] = {
    "guideline": "one\ntwo\nthree\nfour",
    "questions": [
        {
            "id": "topic",
            "title": "Topic?",
            "labels": [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}],
        },
        {"id": "mood", "title": "Mood?"},
    ],
}


def joined(theirs: Any, mine: Any) -> merging.Joined:
    sections = [copy.deepcopy(BASE), copy.deepcopy(BASE)]
    theirs(sections[0])
    mine(sections[1])
    return merging.join(BASE, *sections)


def test_what_two_people_changed_in_different_places_is_all_there() -> None:
    def theirs(section: Any) -> None:
        section["questions"][0]["title"] = "Main topic?"
        section["questions"].append({"id": "where", "title": "Where?"})
        section["guideline"] = "ONE\ntwo\nthree\nfour"

    def mine(section: Any) -> None:
        section["questions"][0]["labels"].append({"id": "c", "name": "C"})
        del section["questions"][1]
        section["guideline"] = "one\ntwo\nthree\nfour\nfive"

    found = joined(theirs, mine)

    assert found.clashes == []
    topic, where = found.section["questions"]
    assert (topic["title"], len(topic["labels"])) == ("Main topic?", 3)
    assert where["id"] == "where"
    assert found.section["guideline"] == "ONE\ntwo\nthree\nfour\nfive"


def test_where_both_changed_the_same_mine_stands_and_theirs_is_told() -> None:
    found = joined(
        lambda section: section["questions"][1].update(title="Which mood?"),
        lambda section: section["questions"][1].update(title="How is it?"),
    )

    assert found.section["questions"][1]["title"] == "How is it?"
    assert found.clashes == [
        merging.Clash("questions[mood].title", "Which mood?", "How is it?")
    ]


def test_a_question_that_one_removed_and_the_other_changed_is_told() -> None:
    found = joined(
        lambda section: section["questions"].pop(),
        lambda section: section["questions"][1].update(title="How is it?"),
    )

    assert [each.path for each in found.clashes] == ["questions[mood]"]
    assert found.clashes[0].theirs is None


def test_the_same_lines_of_a_guideline_changed_twice_are_told() -> None:
    found = joined(
        lambda section: section.update(guideline="one\n2\nthree\nfour"),
        lambda section: section.update(guideline="one\nTWO\nthree\nfour"),
    )

    assert [each.path for each in found.clashes] == ["guideline"]
    assert found.section["guideline"] == "one\nTWO\nthree\nfour"


SECTIONS: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "guideline": st.lists(st.sampled_from("abc"), max_size=4).map("\n".join),
        "questions": st.lists(
            st.fixed_dictionaries(
                {"id": st.sampled_from("xyz"), "title": st.sampled_from("TU")}
            ),
            max_size=3,
            unique_by=lambda each: each["id"],
        ),
    }
)


@settings(deadline=None)
@given(SECTIONS, SECTIONS)
def test_a_change_joined_with_none_is_that_change(base: Any, new: Any) -> None:
    assert merging.join(base, base, new) == merging.Joined(new)
    assert merging.join(base, new, base) == merging.Joined(new)
    assert merging.join(base, new, new) == merging.Joined(new)


@settings(deadline=None)
@given(SECTIONS, SECTIONS, SECTIONS)
def test_no_question_is_twice_and_none_is_made_up(
    base: Any, theirs: Any, mine: Any
) -> None:
    found = merging.join(base, theirs, mine).section["questions"]

    ids = [each["id"] for each in found]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {
        each["id"] for each in [*theirs["questions"], *mine["questions"]]
    }
