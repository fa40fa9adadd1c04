"""Comments: kept once, never changed, resolved by whoever is first."""

from __future__ import annotations

import pytest

from labeling import comments
from labeling.comments import SentByAnother
from labeling.models import Comment
from projects.refused import DoesNotFit
from tests.makers import make_task, make_user, new_uuid

pytestmark = pytest.mark.django_db


def test_a_comment_that_is_sent_twice_is_kept_once() -> None:
    task, author, client_id = make_task(), make_user(), new_uuid()

    first = comments.write(task, author, "reviewer", client_id, " A seven? ")
    again = comments.write(task, author, "reviewer", client_id, " A seven? ")

    assert first.pk == again.pk
    assert Comment.objects.get().text == "A seven?"


def test_nobody_takes_the_number_of_anothers_comment() -> None:
    task, client_id = make_task(), new_uuid()
    comments.write(task, make_user(), "reviewer", client_id, "A seven?")

    with pytest.raises(SentByAnother):
        comments.write(task, make_user(), "reviewer", client_id, "A one!")


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001, "a\0b"])
def test_what_is_no_comment_is_refused(text: str) -> None:
    with pytest.raises(DoesNotFit):
        comments.write(make_task(), make_user(), "reviewer", new_uuid(), text)

    assert not Comment.objects.exists()


def test_whoever_resolves_it_first_stays_the_one() -> None:
    first, second = make_user(), make_user()
    made = comments.write(make_task(), first, "reviewer", new_uuid(), "A seven?")

    comments.resolve(made, first)
    comments.resolve(made, second)

    assert made.resolved_by == first


def test_the_oldest_comes_first() -> None:
    task, author = make_task(), make_user()
    for text in ("one", "two"):
        comments.write(task, author, "reviewer", new_uuid(), text)

    assert [each.text for each in comments.of(task)] == ["one", "two"]
