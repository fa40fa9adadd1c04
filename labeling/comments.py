"""Comments on a task: written once, then at most resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from labeling.kinds.wording import wrong_with_text
from labeling.models import Comment, Task
from projects.refused import Conflict, DoesNotFit, FieldProblem

if TYPE_CHECKING:
    from uuid import UUID

    from projects.models import User

LONGEST = 2_000


class SentByAnother(Conflict):
    code, title = "client_id_taken", "This client_id belongs to another comment"


def write(task: Task, author: User, role: str, client_id: UUID, text: str) -> Comment:
    """Keep a comment; the same one sent again is the one that is there."""
    if wrong := wrong_with_text(text, longest=LONGEST):
        problem = FieldProblem(field="text", problem=wrong)
        raise DoesNotFit(f"The comment {wrong}.", errors=[problem])
    kept, made = Comment.objects.get_or_create(
        client_id=client_id,
        defaults={"task": task, "author": author, "role": role, "text": text.strip()},
    )
    if not made and (kept.task_id, kept.author_id) != (task.pk, author.pk):
        raise SentByAnother("Make a new UUID for each comment.")
    return kept


def resolve(comment: Comment, by: User) -> None:
    """Settle it; whoever did so first stays the one who did."""
    now = timezone.now()
    open_ = Comment.objects.filter(pk=comment.pk, resolved_at=None)
    open_.update(resolved_at=now, resolved_by=by)
    comment.refresh_from_db(fields=["resolved_at", "resolved_by"])


def of(task: Task) -> list[Comment]:
    """All of them, the oldest first."""
    found = Comment.objects.filter(task=task).select_related("author", "resolved_by")
    return list(found.order_by("pk"))
