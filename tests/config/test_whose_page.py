"""Pages that stay open while their person signs out and in, or another does, in a tab beside."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from tests.makers import make_member, make_queue, make_schema, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("whose", "status"), [("mine", 200), ("another", 401)])
def test_a_call_names_the_person_whose_page_it_is(whose: str, status: int) -> None:
    queue = make_queue()
    make_schema(queue.project)
    user = make_member(queue.project)
    page_of = user.pk if whose == "mine" else user.pk + 1

    response = sign_in(user).post(
        f"/api/v1/queues/{queue.pk}/claim",
        {"count": 1},
        content_type="application/json",
        headers={"X-Overread-User": str(page_of)},
    )

    assert response.status_code == status


def test_a_call_that_comes_too_late_does_not_take_a_new_sessions_cookie_away() -> None:
    """The browser may have it already when the answer to a call with the ended one comes."""
    queue = make_queue()
    page = sign_in(make_member(queue.project))
    Session.objects.all().delete()

    call = page.post(f"/api/v1/queues/{queue.pk}/claim")
    looked_at = page.get(f"/p/{queue.project.slug}/")

    assert call.status_code == 401
    assert settings.SESSION_COOKIE_NAME not in call.cookies
    assert looked_at.cookies[settings.SESSION_COOKIE_NAME].value == ""
