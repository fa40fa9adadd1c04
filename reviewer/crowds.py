"""How the people of a schema err: fitted by the worker, kept, and read by submissions.

Only queues with adaptive overlap have it fitted. Answers that were given blind and those
given with the model's in sight are fitted apart: whoever saw the same answer errs alike.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db.models import Max, Q
from django.db.models.fields.json import KeyTransform
from django.utils import timezone
from django_q.tasks import async_task

from labeling import versions
from labeling.models import Annotation, Schema, SchemaVersion, Task
from reviewer import adaptive
from reviewer.adaptive import Known
from reviewer.fixed_overlap import adapted
from reviewer.models import CrowdFit, Queue
from reviewer.stats import em, stopped, tempering
from reviewer.stats.em import Crowd
from reviewer.stats.estimates import NotEnough
from reviewer.stats.votes import votes as as_votes

if TYPE_CHECKING:
    from reviewer.stats.truth import Truth

FIT: Final = "reviewer.crowds.fit"
# Seconds for which a process uses what it has read.
FRESH: Final = 60.0
# Of the newest answers, so many are fitted; of the fits, so many are kept.
MOST_ANSWERS: Final = 200_000
KEPT: Final = 20
# Seconds between two fits; and of one's time, one part in so many goes into them.
PACE: Final = 60
PART: Final = 30
_ARRAYS: Final = ("shares", "pool", "cells", "counts", "of_truth")

_read: dict[tuple[int, bool], tuple[float, Known | None]] = {}
# When a fit was asked for last, and up to which answer.
_asked: dict[tuple[int, bool], tuple[datetime, int]] = {}


def newest(schema_version: int, blind: bool) -> Known:
    """What is known of the people, as of a minute ago; before a fit, an assumption.

    Where labels were added or taken away since, it is assumed anew.
    """
    labels = adaptive.labels(schema_version)
    schema = versions.get(schema_version).schema_id
    found = _of_schema(schema, blind=blind)
    if found is None or found.labels != labels:
        return Known(em.assumed(len(labels)), {}, labels)
    return found


def forget() -> None:
    """Read everything anew."""
    _read.clear()
    _asked.clear()


def _of_schema(schema: int, *, blind: bool) -> Known | None:
    until, found = _read.get((schema, blind), (0.0, None))
    if time.monotonic() >= until:
        fit = latest(schema, blind=blind)
        found = _known(fit) if fit else None
        _read[schema, blind] = time.monotonic() + FRESH, found
    return found


def latest(schema: int, *, blind: bool) -> CrowdFit | None:
    fits = CrowdFit.objects.filter(schema=schema, blind=blind)
    return fits.order_by("-id").first()


def _known(fit: CrowdFit) -> Known:
    place = {person: at for at, person in enumerate(fit.people)}
    return Known(crowd_of(fit), place, tuple(fit.labels), fit.temperature)


def crowd_of(fit: CrowdFit) -> Crowd:
    arrays = {name: np.asarray(fit.body[name], dtype=np.float64) for name in _ARRAYS}
    return Crowd(
        arrays["shares"],
        arrays["pool"],
        arrays["cells"].astype(np.intp),
        arrays["counts"].reshape(-1, len(fit.labels)),
        arrays["of_truth"].reshape(-1, len(fit.labels)),
        fit.body["strength"],
    )


def ask() -> None:
    """Every minute: have the people of each schema fitted anew where somebody answered."""
    at, upto = timezone.now(), _newest_answer()
    projects = Queue.objects.exclude(sure=None).values("project")
    for schema in Schema.objects.filter(project__in=projects):
        version = versions.latest(schema.pk)
        if version is None or not adaptive.has_posterior(version.pk):
            continue
        for blind in (True, False):
            if _is_due(schema, at, upto, blind=blind):
                _asked[schema.pk, blind] = at, upto
                async_task(FIT, schema.pk, blind, save=False)


def _is_due(schema: Schema, at: datetime, upto: int, *, blind: bool) -> bool:
    """Whether there are answers that none was asked for yet, and the last fit is a while ago."""
    asked_at, known = _asked.get((schema.pk, blind), (at - timedelta(days=1), -1))
    last = latest(schema.pk, blind=blind)
    if upto == known or (last is not None and last.newest >= upto):
        return False
    took = last.took if last else 0.0
    began = max(asked_at, last.made_at) if last else asked_at
    return at - began >= timedelta(seconds=max(PACE, PART * took))


def _newest_answer() -> int:
    """Of any project: found by index."""
    return Annotation.objects.aggregate(newest=Max("pk"))["newest"] or 0


def fit(schema_id: int, blind: bool) -> CrowdFit | None:
    """Fit the people of a schema by their newest answers, and keep what was found.

    None where there is too little for it, nothing new, or what came out is implausible:
    then the fit before stays in use. So it is where another worker was faster.
    """
    version = versions.latest(schema_id)
    if version is None or not adaptive.has_posterior(version.pk):
        return None
    schema, last = version.schema, latest(schema_id, blind=blind)
    started = time.perf_counter()
    upto, rows = _answers(version, blind=blind)
    if last is not None and last.newest >= upto:
        return None
    found = _fitted(version, rows)
    if found is None:
        return None
    people, fitted, temperature = found
    told = {
        "question": versions.questions(version.pk)[0].id,
        "labels": list(adaptive.labels(version.pk)),
        "people": people,
        "body": _body(fitted.crowd),
        "temperature": temperature,
        "answers": len(rows),
        "overlapped": fitted.overlapped,
        "took": time.perf_counter() - started,
        "made_at": timezone.now(),
    }
    kept, is_new = CrowdFit.objects.get_or_create(
        told, schema=schema, blind=blind, newest=upto
    )
    _forget_old(kept)
    _read.pop((schema_id, blind), None)
    return kept if is_new else None


def _body(crowd: Crowd) -> dict[str, Any]:
    arrays = {name: getattr(crowd, name).tolist() for name in _ARRAYS}
    return {**arrays, "strength": crowd.strength}


def _forget_old(kept: CrowdFit) -> None:
    same = CrowdFit.objects.filter(schema=kept.schema_id, blind=kept.blind)
    oldest = same.order_by("-id").values_list("id", flat=True)[KEPT - 1 : KEPT]
    for first in oldest:
        same.filter(id__lt=first).delete()


def _answers(
    version: SchemaVersion, *, blind: bool
) -> tuple[int, list[tuple[int, int, str]]]:
    """The newest answers as they stand, experts' left out: the number of the newest one,
    and (task, person, label) of those to tasks that no model helped to settle.
    """
    main, labels = versions.questions(version.pk)[0], adaptive.labels(version.pk)
    found = Annotation.objects.filter(
        task__schema_version__schema=version.schema_id,
        task__project=version.schema.project_id,
        superseded_by=None,
        counted=True,
        expert=False,
        check_task=False,
        blind=blind,
    )
    of_data_set = Q(task__pre_label__isnull=False, task__prediction=None)
    rows = found.annotate(
        said=KeyTransform(main.id, "answer"), helped=adapted() & of_data_set
    ).order_by("-id")
    columns = ("id", "task_id", "author_id", "said", "helped")
    newest = list(rows.values_list(*columns)[:MOST_ANSWERS])
    known = [
        (task, who, label)
        for _, task, who, value, helped in newest
        # only blind answers are ever helped
        if not (blind and helped and adaptive.may_be_helped(task))
        and (label := adaptive.what_it_says(value)) in labels
    ]
    return newest[0][0] if newest else 0, known


def _fitted(
    version: SchemaVersion, rows: list[tuple[int, int, str]]
) -> tuple[list[int], Truth, float | None] | None:
    labels = adaptive.labels(version.pk)
    tasks = {task: at for at, task in enumerate(dict.fromkeys(r[0] for r in rows))}
    people = {who: at for at, who in enumerate(sorted({r[1] for r in rows}))}
    given = as_votes(
        np.array([tasks[task] for task, _, _ in rows], dtype=np.intp),
        np.array([people[who] for _, who, _ in rows], dtype=np.intp),
        np.array([labels.index(label) for _, _, label in rows], dtype=np.intp),
        labels=len(labels),
        items=len(tasks),
        reviewers=len(people),
    )
    found = stopped.fit(given)
    if isinstance(found, NotEnough) or not stopped.is_plausible(found.crowd):
        return None
    return list(people), found, _temperature(version, list(tasks), found)


def _temperature(
    version: SchemaVersion, tasks: list[int], found: Truth
) -> float | None:
    """Of models that spoke of data sets' tasks, by what people (alone) say of these."""
    main, labels = versions.questions(version.pk)[0], adaptive.labels(version.pk)
    place = {task: at for at, task in enumerate(tasks)}
    told = Task.objects.filter(pk__in=tasks, prediction=None, pre_label__isnull=False)
    known, said = [], []
    for task, pre_label in told.values_list("pk", "pre_label"):
        probable = adaptive.probabilities(pre_label, main, labels)
        if probable is not None:
            # no model says that there is no answer
            known.append(found.posterior[place[task]][:-1])
            said.append(probable[:-1])
    if not said:
        return None
    fitted = tempering.temperature(known, said)
    return None if isinstance(fitted, NotEnough) else fitted
