"""A mail address is used once its owner opened the link that was sent there."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from projects import addresses, notices, worker
from projects.models import Job, User
from tests import makers

pytestmark = pytest.mark.django_db
NEW = "ann@example.org"


@pytest.fixture
def ann(db: None) -> User:
    cache.clear()
    user = makers.make_member(makers.make_project(), "lead")
    User.objects.filter(pk=user.pk).update(email="old@example.org")
    user.refresh_from_db()
    return user


def wish(user: User, email: str = NEW) -> Client:
    """Ask for it on the page, and let the worker send the link."""
    client = makers.sign_in(user)
    client.post("/notices/", {"email": email})
    worker.drain()
    return client


def link() -> str:
    """The path of the newest link that was mailed."""
    found = re.search(r"/notices/address/\S+", str(mail.outbox[-1].body))
    assert found
    return found.group()


def address(user: User) -> str:
    return User.objects.get(pk=user.pk).email


def test_a_new_address_is_used_once_its_link_was_opened_and_said_yes_to(
    ann: User,
) -> None:
    client = wish(ann, "Ann@Example.org")
    assert [each.to for each in mail.outbox] == [[NEW]]

    looked = client.get(link())
    assert (looked.status_code, address(ann)) == (200, "old@example.org")
    client.post(link())
    client.post(link())

    assert address(ann) == NEW


def test_what_stays_the_same_needs_no_link(ann: User) -> None:
    wish(ann, "old@example.org")

    assert mail.outbox == []


def test_an_address_is_taken_away_at_once(ann: User) -> None:
    wish(ann, "")

    assert (address(ann), mail.outbox) == ("", [])


def test_the_link_is_of_use_to_nobody_else(ann: User) -> None:
    wish(ann)
    bob = makers.make_member(makers.make_project(), "lead")

    answer = makers.sign_in(bob).post(link())

    assert answer.status_code == 422
    assert "Somebody else asked for it" in answer.content.decode()
    assert (address(ann), address(bob)) == ("old@example.org", "")


@pytest.mark.parametrize("broken", ["x", "a:b:c", "%00"])
def test_a_broken_link_says_so(ann: User, broken: str) -> None:
    answer = makers.sign_in(ann).post(f"/notices/address/{broken}/")

    assert answer.status_code == 422
    assert "Ask for a new one" in answer.content.decode()


def test_an_old_link_says_so(ann: User) -> None:
    key = addresses.key(ann, NEW)

    with time_machine.travel(timezone.now() + timedelta(days=addresses.DAYS, hours=1)):
        answer = makers.sign_in(ann).post(f"/notices/address/{key}/")

    assert (answer.status_code, address(ann)) == (422, "old@example.org")


def test_an_older_link_does_not_undo_a_newer_choice(ann: User) -> None:
    client = wish(ann)
    older = link()
    client.post(older)
    wish(User.objects.get(pk=ann.pk), "newer@example.org")
    client.post(link())

    answer = client.post(older)

    assert (answer.status_code, address(ann)) == (422, "newer@example.org")


def test_one_address_is_of_one_person_the_first_who_says_yes(ann: User) -> None:
    bob = makers.make_member(makers.make_project(), "lead")
    keys = {each: addresses.key(each, NEW) for each in (ann, bob)}

    first, second = (
        makers.sign_in(each).post(f"/notices/address/{keys[each]}/")
        for each in (bob, ann)
    )

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Somebody else uses this address" in second.content.decode()
    assert (address(bob), address(ann)) == (NEW, "old@example.org")


def test_nobody_can_have_a_stranger_flooded(ann: User) -> None:
    for n in range(10):
        wish(ann, f"stranger-{n}@example.org")

    answer = makers.sign_in(ann).post("/notices/", {"email": NEW})

    worker.drain()
    assert answer.status_code == 422
    assert "many links today" in answer.content.decode()
    assert len(mail.outbox) == 10


def test_without_a_mail_server_an_address_cannot_be_shown_to_be_theirs(
    ann: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = notices.NO_MAIL

    wish(ann)

    assert address(ann) == "old@example.org"
    assert not Job.objects.filter(handler=addresses.SEND).exists()


class Away(EmailBackend):
    def send_messages(self, _messages: Any) -> int:
        raise OSError("no route to it")


class Refuses(EmailBackend):
    def send_messages(self, _messages: Any) -> int:
        raise smtplib.SMTPResponseException(550, b"no such person")


@pytest.mark.parametrize(("server", "waits"), [(Away, True), (Refuses, False)])
def test_a_server_that_is_away_is_tried_again_and_a_refusal_is_not(
    ann: User, settings: Settings, server: type[EmailBackend], waits: bool
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{server.__name__}"

    wish(ann)

    waiting = Job.objects.filter(handler=addresses.SEND, state=Job.State.WAITING)
    assert waiting.exists() == waits
