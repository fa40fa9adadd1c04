"""The audit chain: in the order of commit, unbroken, and it shows a change."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from projects import audit
from projects.models import AuditEntry
from tests.makers import make_project, make_user, seal


def entries(count: int) -> None:
    project, person = make_project(), make_user()
    for number in range(count):
        audit.record("did", project, f"thing {number}", by=person, after={"n": number})


@pytest.mark.django_db(transaction=True)
def test_sealed_entries_make_an_unbroken_chain() -> None:
    entries(3)

    assert seal(3) == 3
    assert audit.seal() == 0
    assert audit.first_broken() is None


@pytest.mark.django_db(transaction=True)
def test_a_changed_entry_breaks_the_chain_where_it_stands() -> None:
    entries(3)
    seal(3)

    AuditEntry.objects.filter(number=2).update(reason="never said")

    assert audit.first_broken() == 2


@pytest.mark.django_db(transaction=True)
def test_a_removed_entry_breaks_the_chain() -> None:
    entries(3)
    seal(3)

    AuditEntry.objects.filter(number=2).delete()

    assert audit.first_broken() == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sealed_past_a_transaction_that_is_still_open() -> None:
    entries(1)
    wrote, checked = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            audit.record("slow", None, "written early, committed late", by=None)
            wrote.set()
            checked.wait(60)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    wrote.wait(10)
    entries(1)
    while_open = seal(1)
    checked.set()
    thread.join()
    after = seal(2)

    assert while_open == 1
    assert after == 2
    order = AuditEntry.objects.order_by("number").values_list("action", flat=True)
    assert list(order) == ["did", "slow", "did"]
    assert audit.first_broken() is None
