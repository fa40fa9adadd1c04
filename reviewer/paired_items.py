"""Predictions that two versions of a model answered, in the order of intake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from reviewer import settling
from reviewer.stats.intake_order import Standing

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

AT_ONCE: Final = 5_000
# Slices are told apart as in slices.py: by "label", or by "metadata." and a key.
ITEMS: Final = f"""
select p.id, p.label, s.label, y.sha256,
       case when %(slices)s = '' then null when %(slices)s = 'label' then p.label
            else p.metadata ->> substr(%(slices)s, 10) end,
       x.pi, x.u < x.pi, {settling.STANDS}
from reviewer_prediction p
join labeling_payload y on y.id = p.payload_id
left join lateral (
  select s.label from reviewer_score s
  where s.prediction_id = p.id and s.model_version = %(other)s
    and s.model_name in (%(name)s, p.model_name)
  order by s.id limit 1
) s on true
left join reviewer_selection x on x.prediction_id = p.id and x.design = %(design)s
-- a task of its own, or that of the prediction where routing drew it blind
left join labeling_task t
  on t.id = case when x.u < x.pi then coalesce(x.task_id, p.task_id) end
left join lateral (
  select i.state, i.due_at from reviewer_queueitem i
  join reviewer_queue q on q.id = i.queue_id and q.purpose = 'review'
  where i.task_id = t.id and not i.check_task order by i.id limit 1
) i on true
left join labeling_gold g on g.task_id = t.id and g.supersedes_id is null
  and g.question = %(question)s
where p.project_id = %(project)s and p.endpoint_id = %(endpoint)s
  and p.id > %(after)s and p.id <= %(upto)s and p.received_at > %(since)s
  and p.model_version = %(version)s and not p.repeats
order by p.id limit %(most)s
"""  # noqa: S608 (our own)


@dataclass(frozen=True, slots=True)
class Pairs:
    """What two versions said to the same inputs: which predictions, and whose answers."""

    project: int
    endpoint: int
    question: str
    # The model in the registry; the version that was in use, and the one behind it.
    name: str
    version: str
    other: str
    since: datetime
    # The design that drew where they differ (disagreements.py).
    design: str
    # "": of one kind; by what was said ("label"), or by a key ("metadata.KEY").
    slices: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One prediction: what evidence makes of it.

    `standing` None: it says nothing, since it was not drawn, or nobody can tell any more
    what the other version would say. d is 1 where only the other version is right, -1
    where only the one in use is, 0 where neither is; None unless it is settled.
    """

    id: int
    slice: str | None
    standing: Standing | None
    pi: float
    d: int | None
    left_out: bool = False


def of(
    pairs: Pairs, after: int, upto: int, at: datetime, known: Collection[str]
) -> list[Item]:
    """At most AT_ONCE predictions after one number, up to another.

    All of them have been scored and drawn. `known`: digests of inputs that the models
    were trained on.
    """
    values: dict[str, Any] = {
        name: getattr(pairs, name) for name in Pairs.__dataclass_fields__
    }
    values |= {"after": after, "upto": upto, "at": at, "most": AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, values)
        return [_item(*row, trained=row[3] in known) for row in cursor.fetchall()]


def _item(
    number: int,
    said: str,
    other: str | None,
    _sha256: str,
    slice_: str | None,
    pi: float | None,
    drawn: bool | None,
    *stands: Any,
    trained: bool,
) -> Item:
    if other is None or trained:
        return Item(number, slice_, None, 1.0, None, left_out=True)
    if other == said:
        return Item(number, slice_, Standing.TIE, 1.0, None)
    if pi is None or not drawn:
        return Item(number, slice_, None, pi or 1.0, None, left_out=pi is None)
    found = settling.read(*stands)
    if found.value is None:
        return Item(number, slice_, found.standing, pi, None)
    d = int(found.value == other) - int(found.value == said)
    return Item(number, slice_, found.standing, pi, d)
