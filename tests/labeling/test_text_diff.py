"""Differences of two texts: what is shown is what changed, and nothing is lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from labeling import text_diff
from labeling.text_diff import Line, Piece

TEXTS = st.lists(st.sampled_from(["one", "two", "three four", ""]), max_size=12).map(
    "\n".join
)


def test_of_a_changed_line_the_changed_words_are_marked() -> None:
    found = text_diff.lines("Choose the topic.", "Choose the main topic.")

    assert found == [
        Line("removed", (Piece("same", "Choose the "), Piece("same", "topic."))),
        Line(
            "added",
            (
                Piece("same", "Choose the "),
                Piece("added", "main "),
                Piece("same", "topic."),
            ),
        ),
    ]


def test_lines_far_from_a_change_are_left_out_and_counted() -> None:
    text = "\n".join(f"line {n}" for n in range(10))

    found = text_diff.lines(text, f"{text}\nnew")

    assert [each.kind for each in found] == ["gap", "same", "same", "added"]
    assert found[0].count == 8


def test_texts_that_say_the_same_have_no_difference() -> None:
    assert text_diff.lines("a\nb", "a\nb") == []


def test_a_long_passage_is_shown_whole_instead_of_word_by_word() -> None:
    old, new = "a " * 3000, "b " * 3000

    assert text_diff.words(old, new) == [Piece("removed", old), Piece("added", new)]


def side(found: list[Line], without: str, whole: list[str]) -> list[str]:
    """One of the two texts, put together again; what was left out is taken from `whole`."""
    text: list[str] = []
    for line in found:
        if line.kind == "gap":
            text += whole[len(text) : len(text) + line.count]
        elif line.kind != without:
            text.append("".join(each.text for each in line.pieces))
    return text


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_their_difference(old: str, new: str) -> None:
    found = text_diff.lines(old, new)

    if found:
        assert side(found, "added", old.splitlines()) == old.splitlines()
        assert side(found, "removed", new.splitlines()) == new.splitlines()


@settings(deadline=None)
@given(st.text(alphabet="ab .\n"), st.text(alphabet="ab .\n"))
def test_the_words_of_both_texts_can_be_read_from_the_pieces(
    old: str, new: str
) -> None:
    pieces = text_diff.words(old, new)

    assert "".join(p.text for p in pieces if p.kind != "added") == old
    assert "".join(p.text for p in pieces if p.kind != "removed") == new
