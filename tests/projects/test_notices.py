"""Notices: told once, to whoever wants them, by one mail for many, in their language."""

from __future__ import annotations

import smtplib
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from projects import mailing, members, notices, worker
from projects.models import Event, Job, Membership, Notice, NoticeMail, Project, User
from projects.notices import Kind, Said
from tests import makers

pytestmark = pytest.mark.django_db
TITLE = "Version %(version)s waits for a decision"


def said(version: str = "7") -> Said:
    return Said(TITLE, "/p/x/promotions/1/", values={"version": version})


def make_lead(project: Project, role: str = "lead", **fields: Any) -> User:
    user = makers.make_member(project, role)
    User.objects.filter(pk=user.pk).update(
        **{"email": f"{user.username}@example.org", **fields}
    )
    user.refresh_from_db()
    return user


@pytest.fixture
def project(db: None) -> Project:
    return makers.make_project(name="Digits")


@pytest.fixture
def lead(project: Project) -> User:
    return make_lead(project)


def wait(span: timedelta = mailing.GATHER) -> None:
    """As if so much time had gone by."""
    for each in NoticeMail.objects.all():
        each.created_at -= span
        if each.ended_at:
            each.ended_at -= span
        each.save()


def send() -> list[mail.EmailMessage]:
    """What the worker does about mail now; all that was mailed so far."""
    mailing.ask()
    worker.drain()
    return list(mail.outbox)


def told(project: Project, key: str = "a", kind: Kind = Kind.DECISION) -> Notice | None:
    return notices.tell(project, kind, key, said())


def test_a_lead_is_mailed_of_a_decision_with_its_link(
    project: Project, lead: User, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://review.example.org"
    told(project)
    wait()

    (sent,) = send()

    assert sent.to == [lead.email]
    assert sent.subject == "Digits: Version 7 waits for a decision"
    assert "https://review.example.org/p/x/promotions/1/" in sent.body
    assert "https://review.example.org/notices/" in sent.body


def test_it_is_sent_once_however_often_it_is_told_and_sent(
    project: Project, lead: User
) -> None:
    assert told(project) is not None
    assert told(project) is None
    wait()

    send()
    send()
    wait(mailing.APART)

    assert len(send()) == 1
    assert Event.objects.filter(name="notice.decision").count() == 1


def test_many_that_come_within_minutes_are_one_mail(
    project: Project, lead: User
) -> None:
    for key in "abc":
        told(project, key)
    wait()

    (sent,) = send()

    assert sent.subject == "Digits: 3 notices"
    assert sent.body.count("Version 7 waits for a decision") == 3


def test_it_waits_for_others_before_it_is_sent(project: Project, lead: User) -> None:
    told(project)

    assert send() == []


def test_after_a_mail_the_next_waits_longer(project: Project, lead: User) -> None:
    told(project, "a")
    wait()
    send()
    told(project, "b")
    wait()

    assert len(send()) == 1
    wait(mailing.APART)
    assert len(send()) == 2


def test_it_is_written_in_the_language_of_the_person(
    project: Project, lead: User
) -> None:
    makers.sign_in(lead).post("/language/", {"language": "de"})
    told(project)
    wait()

    (sent,) = send()

    assert sent.subject == "Digits: Version 7 wartet auf eine Entscheidung"


def test_nobody_but_leads_is_mailed_unless_they_choose_it(project: Project) -> None:
    reviewer = make_lead(project, "reviewer")
    lead = make_lead(project)

    assert notices.wanting(project, Kind.DECISION) == [lead]
    assert notices.wanting(project, Kind.QUEUE) == []
    notices.choose(reviewer, [(project.pk, Kind.QUEUE), (project.pk, Kind.DECISION)])
    notices.choose(lead, [(project.pk, Kind.GATE)])
    assert notices.wanting(project, Kind.QUEUE) == [reviewer]
    # a reviewer may not look at promotions, whatever they send
    assert notices.wanting(project, Kind.DECISION) == []
    assert notices.wanting(project, Kind.GATE) == [lead]


def test_somebody_who_left_gets_none_even_of_what_waits(
    project: Project, lead: User
) -> None:
    owner = make_lead(project, "owner", email="")
    told(project)
    wait()
    members.end(Membership.objects.get(user=lead), by=owner)

    assert send() == []
    assert told(project, "later") is not None
    assert NoticeMail.objects.get().state == NoticeMail.State.DROPPED


def test_whoever_has_no_address_or_no_account_any_more_gets_none(
    project: Project,
) -> None:
    make_lead(project, email="")
    make_lead(project, is_active=False)
    told(project)

    assert not NoticeMail.objects.exists()


def test_without_a_mail_server_nothing_piles_up_and_the_page_says_so(
    project: Project, lead: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = notices.NO_MAIL
    told(project)

    page = makers.sign_in(lead).get("/notices/").content.decode()

    assert not NoticeMail.objects.exists()
    assert "nothing is mailed" in page


class Away(EmailBackend):
    """A server that cannot be reached."""

    def send_messages(self, _messages: Any) -> int:
        raise OSError("no route to it")


class Killed(EmailBackend):
    """Takes the mail, and the worker dies before it can write that down."""

    def send_messages(self, messages: Any) -> int:
        super().send_messages(messages)
        raise KeyboardInterrupt


class Refuses(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({"x": (550, b"no such person")})


class Later(EmailBackend):
    """As a server does that does not know the sender yet (greylisting)."""

    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({"x": (450, b"try again")})


class NotThis(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise smtplib.SMTPDataError(554, b"not this mail")


def backend(name: str) -> str:
    return f"{__name__}.{name}"


def test_a_server_that_is_away_is_tried_again(
    project: Project, lead: User, settings: Settings
) -> None:
    usual = settings.EMAIL_BACKEND
    told(project)
    wait()
    settings.EMAIL_BACKEND = backend("Away")
    send()
    settings.EMAIL_BACKEND = usual
    Job.objects.filter(handler=mailing.SEND).update(next_at=timezone.now())

    assert len(send()) == 1
    assert NoticeMail.objects.get().state == NoticeMail.State.SENT


def test_who_is_killed_while_sending_sends_the_same_mail_and_not_another(
    project: Project, lead: User, settings: Settings
) -> None:
    usual = settings.EMAIL_BACKEND
    told(project, "a")
    wait()
    settings.EMAIL_BACKEND = backend("Killed")
    with pytest.raises(KeyboardInterrupt):
        mailing.send({"user": lead.pk})
    settings.EMAIL_BACKEND = usual
    told(project, "b")

    mailing.send({"user": lead.pk})

    first, second = mail.outbox
    # the same id and text: whoever gets both sees one; what came since is in the next
    assert first.message()["Message-ID"] == second.message()["Message-ID"]
    assert first.body == second.body
    assert NoticeMail.objects.filter(state=NoticeMail.State.WAITING).count() == 1


def test_an_address_that_is_refused_is_told_on_the_page_and_not_tried_again(
    project: Project, lead: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = backend("Refuses")
    told(project)
    wait()

    send()

    assert NoticeMail.objects.get().state == NoticeMail.State.FAILED
    page = makers.sign_in(lead).get("/notices/").content.decode()
    assert "Not delivered" in page
    assert "no such person" in page


def test_a_person_chooses_on_the_page(project: Project, lead: User) -> None:
    client = makers.sign_in(lead)
    client.cookies["django_language"] = "de"
    mine = f"{project.pk}:{Kind.TRAINING}"

    answer = client.post("/notices/", {"email": lead.email, "mail": [mine]})

    assert answer.status_code == 302
    lead.refresh_from_db()
    assert lead.language == "de"
    assert notices.wanting(project, Kind.TRAINING) == [lead]
    assert notices.wanting(project, Kind.DECISION) == []
    page = client.get("/notices/").content.decode()
    assert f'value="{mine}" checked' in page


def test_a_project_of_others_cannot_be_chosen(project: Project, lead: User) -> None:
    elsewhere = makers.make_project()

    notices.choose(lead, [(elsewhere.pk, Kind.QUEUE)])

    assert [each.project for each in notices.choices(lead)] == [project]
    assert notices.wanting(elsewhere, Kind.QUEUE) == []


def test_a_line_break_in_a_name_makes_no_second_header(
    project: Project, lead: User
) -> None:
    Project.objects.filter(pk=project.pk).update(name="Digits\r\nBcc: x@example.org")
    project.refresh_from_db()
    told(project)
    wait()

    (sent,) = send()

    assert "Bcc" not in sent.message()
    assert "\n" not in sent.subject


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_tell_the_same_at_once_tell_it_once() -> None:
    project = makers.make_project()
    make_lead(project)
    begin, found = threading.Barrier(4), []

    def worker() -> None:
        begin.wait()
        found.append(told(project))
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len([each for each in found if each]) == 1
    assert NoticeMail.objects.count() == 1
    assert Event.objects.filter(name="notice.decision").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_send_at_once_send_one_mail() -> None:
    project = makers.make_project()
    lead = make_lead(project)
    told(project)
    wait()
    mailing.ask()
    mailing.ask()
    begin = threading.Barrier(2)

    def work() -> None:
        begin.wait()
        worker.drain()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert [each.to for each in mail.outbox] == [[lead.email]]


@pytest.mark.parametrize(
    ("name", "state"),
    [("Later", NoticeMail.State.WAITING), ("NotThis", NoticeMail.State.FAILED)],
)
def test_the_code_says_whether_a_refusal_is_for_good(
    project: Project, lead: User, settings: Settings, name: str, state: str
) -> None:
    told(project)
    wait()
    settings.EMAIL_BACKEND = backend(name)

    send()

    assert NoticeMail.objects.get().state == state


def test_several_notices_of_a_name_with_a_line_break_are_one_mail(
    project: Project, lead: User
) -> None:
    Project.objects.filter(pk=project.pk).update(name="Digits\nof the house")
    project.refresh_from_db()
    told(project, "a")
    told(project, "b")
    wait()

    (sent,) = send()

    assert sent.subject.startswith("Digits of the house: 2")
