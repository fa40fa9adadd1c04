"""My work: by day and answer by answer; nobody else opens it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Annotation
from reviewer import my_work, sent_back
from tests.makers import make_annotation, make_member, make_project, make_task, sign_in
from tests.reviewer.disputes import make_dispute

pytestmark = pytest.mark.django_db


def test_each_day_has_its_answers_and_their_median_time() -> None:
    project = make_project()
    user, at = make_member(project), timezone.now()
    for seconds in (2.0, 4.0, 9.0):
        make_annotation(make_task(project), user, seconds=seconds)
    old = make_annotation(make_task(project), user, seconds=7.0)
    yesterday = at - timedelta(days=1)
    Annotation.objects.filter(pk=old.pk).update(created_at=yesterday)

    today, before, *rest = my_work.days(user, project, at)

    assert (today.answers, today.seconds) == (3, 4.0)
    assert (before.answers, before.seconds) == (1, 7.0)
    assert len(rest) == my_work.DAYS - 2
    assert not any(each.answers for each in rest)


def test_answers_of_others_and_of_other_projects_do_not_count() -> None:
    project, user = make_project(), make_member(make_project())
    make_annotation(make_task(project), make_member(project))
    make_annotation(make_task(make_project()), user)

    assert not any(each.answers for each in my_work.days(user, project, timezone.now()))
    assert my_work.answers(user, project) == []


def test_a_correction_is_no_second_answer() -> None:
    project = make_project()
    user = make_member(project)
    first = make_annotation(make_task(project), user)
    again = make_annotation(first.task, user, "dog", supersedes=first)

    today = my_work.days(user, project, timezone.now())[0]

    assert (today.answers, today.corrected) == (1, 1)
    assert my_work.answers(user, project) == [again]


def test_the_page_shows_what_came_back_to_me_and_nothing_of_others() -> None:
    given = make_dispute()
    sent_back.send(given.first().pk, given.judge, "Look at the ears")
    address = f"/p/{given.project.slug}/mine/"

    mine = sign_in(given.one).get(address).content.decode()
    theirs = sign_in(given.two).get(address).content.decode()
    leads = sign_in(make_member(given.project, "lead")).get(address).content.decode()

    assert "Look at the ears" in mine
    for page in (theirs, leads):
        assert "Look at the ears" not in page
        assert str(given.one) not in page
    # not even to the author: who sent it back
    assert str(given.adjudicator) not in mine
