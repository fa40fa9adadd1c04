"""A page that one person opened cannot act under the session of another who signed in beside it."""

from __future__ import annotations

import pytest

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
