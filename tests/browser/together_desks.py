"""Tasks that go back and forth between people, in a real browser."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from playwright.sync_api import Page, expect

from labeling.models import Annotation, Task
from projects.models import User
from reviewer import leasing, submission
from reviewer.models import Queue, QueueItem
from reviewer.submission import Submission
from tests.browser.desks import Desk, add_digit, open_desk
from tests.makers import make_member, make_queue, new_uuid


@dataclass
class Dispute:
    """Two people answered one task of `desk` differently; `experts` is where it is settled."""

    desk: Desk
    experts: Desk
    authors: list[User]

    @property
    def task(self) -> Task:
        return Task.objects.get(project=self.desk.project)


def disputed(**experts: str) -> Dispute:
    """By the ways that people go: each answer was given under a lease."""
    desk = open_desk(0, overlap=2, max_overlap=2)
    waiting = make_queue(
        desk.project,
        name="experts",
        purpose=Queue.Purpose.ADJUDICATION,
        max_overlap=1,
        **experts,
    )
    add_digit(desk, 5)
    QueueItem.objects.filter(queue=desk.queue).update(wanted=2)
    authors = [desk.user, make_member(desk.project)]
    for author, digit in zip(authors, "38", strict=True):
        answer(desk, author, digit)
    adjudicator = make_member(desk.project, "adjudicator")
    settling = Desk(desk.project, desk.schema, waiting, adjudicator)
    return Dispute(desk, settling, authors)


def answer(desk: Desk, author: User, digit: str) -> None:
    at = timezone.now()
    (item,) = leasing.take(desk.queue, author, 1, at=at)
    given = Submission(item.pk, item.token, new_uuid(), {"digit": digit}, 3.0)
    submission.submit(desk.queue, author, given, at)


def newest(user: User) -> Annotation:
    return Annotation.objects.filter(author=user).latest("pk")


def drawer(page: Page, name: str) -> None:
    expect(page.get_by_role("dialog", name=name)).to_be_visible()


def comment(page: Page, text: str) -> None:
    """What is typed at once belongs to the comment, whatever keys mean on the page."""
    page.keyboard.type(text)
    drawer(page, "Comments on this task")
    expect(page.get_by_role("button", name="Comment", exact=True)).to_be_enabled()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comments li").last).to_contain_text(text)
