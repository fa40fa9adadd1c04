"""The story of a task as one member may see it: pre-label, answers, gold, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from labeling import comments, gold, prelabels
from labeling.models import Annotation, Comment
from projects import access
from reviewer.models import Assignment, SentBack

if TYPE_CHECKING:
    from projects.models import User
    from reviewer.sight import Sight

ROLES: Mapping[str, str] = {
    "reviewer": gettext_noop("A reviewer"),
    "adjudicator": gettext_noop("An adjudicator"),
    "lead": gettext_noop("A lead"),
    "owner": gettext_noop("A lead"),
}
SOMEBODY = gettext_noop("Somebody")


@dataclass(frozen=True)
class Names:
    """How people are called before this viewer: themselves, by name, letter or role."""

    viewer: int
    shown: bool
    letters: Mapping[int, str]

    def of(self, person: User, otherwise: str) -> str:
        if person.pk == self.viewer:
            return _("You")
        if self.shown:
            return str(person)
        return self.letters.get(person.pk, otherwise)


def names(sight: Sight) -> Names:
    """Letters are those of the answers side by side (labeling/workbench.py)."""
    said = _opinions(sight) if sight.answers else []
    letters = {author: letter(at) for at, author in enumerate(said)}
    return Names(sight.who.user.pk, sight.names, letters)


def role_in_words(role: str) -> str:
    """What somebody is called whose name is not shown."""
    return _(ROLES.get(role, SOMEBODY))


def letter(at: int) -> str:
    return chr(ord("A") + at)


def _opinions(sight: Sight) -> list[int]:
    said = Annotation.objects.filter(
        task=sight.task,
        expert=False,
        check_task=False,
        superseded_by=None,
        withdrawn=False,
    )
    return list(said.order_by("pk").values_list("author", flat=True))


def of(sight: Sight) -> dict[str, Any]:
    """As JSON, for the page and for the workbench."""
    task, known = sight.task, names(sight)
    pre_label = prelabels.sorted_out(task)[0] if sight.pre_label else None
    return {
        "task": task.pk,
        "state": task.state if sight.gold else "open",
        "blind": task.blind,
        "pre_label": pre_label,
        "answers": [_answer(each, known) for each in _answers(sight)],
        "gold": _gold(sight),
        "sent_back": [_sent_back(each, known) for each in sent_back(sight)],
        "comments": Comment.objects.filter(task=task, resolved_at=None).count(),
    }


def _answers(sight: Sight) -> Sequence[Annotation]:
    found = Annotation.objects.filter(task=sight.task)
    if not sight.answers:
        found = found.filter(author=sight.who.user)
    related = found.select_related("author", "superseded_by")
    return list(related.order_by("pk"))


def _answer(each: Annotation, known: Names) -> dict[str, Any]:
    mine = each.author_id == known.viewer
    return {
        "id": each.pk,
        "who": known.of(
            each.author, _("Adjudicator") if each.expert else _("Another reviewer")
        ),
        "letter": known.letters.get(each.author_id, ""),
        "mine": mine,
        "expert": each.expert,
        "at": each.created_at,
        "seconds": each.seconds,
        "answer": each.answer,
        "guess": each.guess,
        "note": each.note,
        "late": each.late,
        "counted": each.counted,
        # that it measured them is told to nobody but leads
        "check": each.check_task and known.shown,
        "stands": not each.withdrawn and not hasattr(each, "superseded_by"),
        "withdrawn": each.withdrawn,
    }


def _gold(sight: Sight) -> dict[str, Any]:
    if not sight.gold:
        return {}
    return {
        question: {
            "value": {"unanswerable": "settled"} if each.unanswerable else each.value,
            "source": each.get_source_display(),
            "at": each.created_at,
        }
        for question, each in gold.of(sight.task).items()
        if gold.stands(each)
    }


def sent_back(sight: Sight) -> list[SentBack]:
    """Of everybody for who sees what happened, else one's own."""
    found = SentBack.objects.filter(task=sight.task)
    if not sight.events:
        found = found.filter(author=sight.who.user) | found.filter(
            sent_by=sight.who.user
        )
    return list(found.select_related("author", "sent_by").order_by("pk"))


def _sent_back(each: SentBack, known: Names) -> dict[str, Any]:
    return {
        "answer": each.annotation_id,
        "by": known.of(each.sent_by, role_in_words(each.role)),
        "reason": each.reason,
        "at": each.created_at,
        "state": each.state,
        "state_words": each.get_state_display(),
        "reply": each.reply,
        "answered_at": each.answered_at,
    }


def flags(sight: Sight) -> list[Assignment]:
    """When it was set aside or skipped, and why; by others only for who sees events."""
    outcomes = (Assignment.Outcome.FLAGGED, Assignment.Outcome.SKIPPED)
    found = Assignment.objects.filter(item__task=sight.task, outcome__in=outcomes)
    if not sight.events:
        found = found.filter(reviewer=sight.who.user)
    return list(found.select_related("reviewer", "item__queue").order_by("pk"))


def thread(sight: Sight) -> list[dict[str, Any]]:
    """The comments, their authors called as this viewer may know them."""
    known = names(sight)
    return [comment(each, known, sight) for each in comments.of(sight.task)]


def comment(each: Comment, known: Names, sight: Sight) -> dict[str, Any]:
    resolver = each.resolved_by
    return {
        "id": each.pk,
        "who": known.of(each.author, role_in_words(each.role)),
        "mine": each.author_id == known.viewer,
        "text": each.text,
        "at": each.created_at,
        "resolved_at": each.resolved_at,
        "resolved_by": known.of(resolver, _("somebody else")) if resolver else None,
        "may_resolve": each.resolved_at is None and may_resolve(each, sight),
    }


def may_resolve(each: Comment, sight: Sight) -> bool:
    return each.author_id == sight.who.user.pk or sight.who.may(access.ADJUDICATE)
