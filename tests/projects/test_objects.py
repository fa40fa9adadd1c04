"""Files of the local object store: handed out by a signed address, for a while."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from projects import storage
from tests.makers import make_user, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(tmp_path: Path, settings: Settings) -> str:
    settings.OBJECT_STORE = f"file:{tmp_path}"
    storage.objects().put("some/rows.jsonl", b'{"a": 1}\n')
    return storage.objects().sign("some/rows.jsonl", 60)


def test_a_signed_address_gives_the_file(address: str) -> None:
    answer = sign_in(make_user()).get(address)

    assert answer.getvalue() == b'{"a": 1}\n'
    assert "rows.jsonl" in answer["Content-Disposition"]


def test_an_address_ends(address: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        answer = sign_in(make_user()).get(address)

    assert answer.status_code == 404


def test_an_address_that_was_changed_is_not_found(address: str) -> None:
    assert sign_in(make_user()).get(f"{address}x").status_code == 404


def test_who_is_not_signed_in_gets_nothing(address: str) -> None:
    assert Client().get(address).status_code == 302
