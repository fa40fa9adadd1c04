"""One step of a study: what was scored is drawn, what was settled becomes evidence.

Each is one transaction that holds the study's row and moves its place with what it did:
a kill at any moment neither loses nor repeats a draw or an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from registry_bridge import base, shadowing, snapshots, studies
from registry_bridge.models import Study
from reviewer import disagreements, paired_items, queueing
from reviewer.models import Prediction
from reviewer.paired_items import Pairs
from reviewer.stats import intake_order
from reviewer.stats.disagreements import Evidence, Items, Terms
from reviewer.stats.intake_order import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reviewer.disagreements import Design
    from reviewer.paired_items import Item

State = Study.State
# So many disagreements are drawn in one transaction.
AT_ONCE: Final = 500
# What nobody answered in time counts as if only the version in use were right.
WORST: Final = -1.0
# Predictions without the key that slices are told apart by.
WITHOUT: Final = "(without)"


@transaction.atomic
def draw(study_id: int) -> bool:
    """Draw among what was scored since: one transaction. True: there is more to draw."""
    study = _held(study_id)
    if study is None or study.state != State.RUNNING:
        return False
    shadow = study.shadow
    if study.drawn_upto >= shadow.upto:
        return False
    queue = queueing.review_queue(study.project)
    if queue is None:
        return False
    next_ = _differing(study)
    differing = next_[:AT_ONCE]
    chosen = _while_wanted(study, differing)
    drawn = disagreements.draw(_design(study), queue, _not_trained_on(study, chosen))
    study.drawn += drawn
    study.drawn_upto = chosen[-1].pk if len(chosen) < len(next_) else shadow.upto
    study.save(update_fields=["drawn", "drawn_upto"])
    if study.drawn >= study.most_labels:
        studies.rest(study, studies.MOST_DRAWN)
        return False
    return len(next_) > AT_ONCE


def _while_wanted(study: Study, differing: Sequence[Prediction]) -> list[Prediction]:
    """Those before as many are drawn as the study may use."""
    left = study.most_labels - study.drawn
    design, chosen = _design(study), []
    for each in differing:
        if left <= 0:
            break
        chosen.append(each)
        left -= disagreements.is_drawn(design, each)
    return chosen


def _differing(study: Study) -> list[Prediction]:
    """The next disagreements, the oldest first; one more than are drawn at once."""
    shadow = study.shadow
    scores = shadowing.of_version(shadow).filter(
        prediction__project=study.project_id,
        prediction__endpoint=shadow.endpoint_id,
        prediction__gt=study.drawn_upto,
        prediction__lte=shadow.upto,
        prediction__model_version=study.champion,
        prediction__repeats=False,
        prediction__received_at__gt=study.since,
    )
    rows = scores.exclude(label=F("prediction__label")).order_by("prediction")
    rows = rows.select_related("prediction__endpoint", "prediction__payload")
    rows = rows.defer("prediction__payload__content", "prediction__output", "output")
    return [each.prediction for each in rows[: AT_ONCE + 1]]


def _not_trained_on(study: Study, found: Sequence[Prediction]) -> list[Prediction]:
    trained = base.digests(snapshots.model_of(study.project))
    return [each for each in found if each.payload.sha256 not in trained]


def _design(study: Study) -> Design:
    return disagreements.Design(
        study.design, bytes(study.salt), float(study.terms["pi"])
    )


@transaction.atomic
def use(study_id: int, at: datetime) -> bool:
    """Take the next items as evidence: one transaction. True: there may be more."""
    study = _held(study_id)
    if study is None or study.state == State.OVER:
        return False
    items = _items(study, at)
    upto = intake_order.first_open(
        [Standing.TIE if each.standing is None else each.standing for each in items]
    )
    used = items[:upto]
    _add(study, used)
    study.looked_at = timezone.now()
    whole = len(items) < paired_items.AT_ONCE
    study.upto = _reached(study, items, upto, whole=whole)
    study.save(update_fields=["evidence", "left_out", "not_drawn", "upto", "looked_at"])
    return upto == len(items) and not whole


def _items(study: Study, at: datetime) -> list[Item]:
    model = snapshots.model_of(study.project)
    pairs = Pairs(
        project=study.project_id,
        endpoint=study.shadow.endpoint_id,
        question=study.question,
        name=model.name,
        version=study.champion,
        other=study.challenger,
        since=study.since,
        design=study.design,
        slices=study.slices,
    )
    return paired_items.of(pairs, study.upto, study.drawn_upto, at, base.digests(model))


def _reached(study: Study, items: Sequence[Item], upto: int, *, whole: bool) -> int:
    """All up to this prediction is used; the next one is open, or not drawn yet."""
    if upto < len(items):
        return items[upto].id - 1
    return study.drawn_upto if whole else items[-1].id


def _add(study: Study, used: Sequence[Item]) -> None:
    used = [each for each in used if not study.is_in_a_gap(each.id)]
    study.left_out += sum(each.left_out for each in used)
    study.not_drawn += sum(each.standing is None and not each.left_out for each in used)
    counted = [each for each in used if each.standing is not None]
    if not counted:
        return
    standing = np.array([each.standing for each in counted])
    d = np.array([WORST if each.d is None else each.d for each in counted])
    tie = standing == Standing.TIE
    items = Items(
        d=np.where(tie, 0.0, d),
        pi=np.array([each.pi for each in counted]),
        tie=tie,
        overdue=standing == Standing.OVERDUE,
    )
    names = [each.slice or WITHOUT for each in counted] if study.slices else None
    before = Evidence.from_json(study.evidence)
    study.evidence = before.after(items, names, terms_of(study)).as_json()


def terms_of(study: Study) -> Terms:
    return Terms(**study.claims)


def _held(study_id: int) -> Study | None:
    """Of two workers only one holds a study; the other goes on to something else."""
    rows = Study.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    return (
        rows.select_related("shadow__endpoint", "project").filter(pk=study_id).first()
    )
