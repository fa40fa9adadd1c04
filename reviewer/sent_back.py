"""Sends an answer back to whoever gave it: they correct it, or say why it stands.

Nothing moves: the answer, what it settled and the places in queues stay as they are until
the author answers. The lease under which it was given lets the author correct it, as an
undo does (submission.py), and the correction marks it as answered (migration 0015).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.models import Annotation
from projects import access, audit
from projects.models import Membership
from projects.refused import Conflict, NotFound
from reviewer import leasing
from reviewer.models import Assignment, QueueItem, SentBack

if TYPE_CHECKING:
    from projects.access import Member
    from projects.models import Project, User

State = SentBack.State


class NotCorrectable(Conflict):
    code, title = "not_correctable", "This answer cannot be sent back"


class SentBackAlready(Conflict):
    code, title = "sent_back_already", "This answer was sent back already"


@transaction.atomic
def send(
    annotation_id: int, by: Member, reason: str, *, task_id: int | None = None
) -> SentBack:
    """Ask the author to look at it again; whoever may settle tasks may ask."""
    by.require(access.ADJUDICATE)
    found = _answer(annotation_id, by.project)
    if task_id not in (None, found.task_id):
        raise NotFound("There is no such answer to this task.")
    if found.author_id == by.user.pk:
        raise NotCorrectable("It is your own: open it in your work and correct it.")
    if found.check_task:
        raise NotCorrectable("It measures its author, so it stays as it is.")
    newest = getattr(found, "superseded_by", found)
    if newest.withdrawn:
        raise NotCorrectable("A lead has withdrawn it: it counts no more.")
    if newest is not found:
        raise NotCorrectable("Its author has corrected it since. Load the page again.")
    if not _works_here(found.author, by.project):
        raise NotCorrectable("Its author does not review here any more.")
    lease = _lease(found)
    sent = SentBack(
        annotation=found,
        author=found.author,
        task=found.task,
        item=lease.item,
        token=lease.token,
        sent_by=by.user,
        role=by.role,
        reason=reason,
    )
    _keep(sent)
    audit.record(
        "answer sent back",
        by.project,
        f"task {found.task_id}",
        by=by.user,
        after={"annotation": found.pk, "author": found.author.username},
        reason=reason,
    )
    return sent


def _answer(annotation_id: int, project: Project) -> Annotation:
    answers = Annotation.objects.select_related("task", "author", "superseded_by")
    found = answers.filter(pk=annotation_id, task__project=project).first()
    if found is None:
        raise NotFound("There is no such answer in this project.")
    return found


def _works_here(author: User, project: Project) -> bool:
    standing = Membership.objects.active().filter(project=project, user=author).first()
    return standing is not None and access.REVIEW in access.ABILITIES[standing.role]


def _lease(annotation: Annotation) -> Assignment:
    """The last lease under which its author had the task, in the queue for such answers."""
    leases = Assignment.objects.filter(
        item__task=annotation.task_id, reviewer=annotation.author_id
    ).select_related("item__queue")
    newest = sorted(leases.order_by("pk"), key=lambda each: _is_for(each, annotation))
    if not newest:
        raise NotCorrectable("It was not given in a queue, so it cannot go back there.")
    return newest[-1]


def _is_for(lease: Assignment, annotation: Annotation) -> bool:
    return (lease.item.queue.purpose == "adjudication") is annotation.expert


def _keep(sent: SentBack) -> None:
    try:
        with transaction.atomic():
            sent.save()
    except IntegrityError as error:
        raise SentBackAlready("It waits for its author.") from error


def put_behind(item_id: int, token: int, user: User) -> None:
    """Whoever settles a task and sent an answer of it back sees it again at the end."""
    leasing.put_off(item_id, token, user, timezone.now())


def waiting(numbers: Sequence[int], user: User) -> list[SentBack]:
    """These, as far as they still wait for this person, the oldest first."""
    found = SentBack.objects.filter(pk__in=numbers, author=user, state=State.WAITS)
    related = ("annotation", "item__task__payload", "item__queue")
    return list(found.select_related(*related).order_by("pk"))


def of_person(user: User, projects: Sequence[int]) -> list[SentBack]:
    """What waits for this person in these projects, the oldest first."""
    found = SentBack.objects.filter(
        author=user, state=State.WAITS, item__queue__project__in=projects
    )
    return list(found.select_related("item__queue__project").order_by("pk"))


def item_of(sent: SentBack) -> QueueItem:
    """The item as its author once held it."""
    item = sent.item
    item.token, item.lease_until = sent.token, None
    return item
