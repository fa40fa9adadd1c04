"""What became of predictions: one question and one shape, for the API, waiters and webhooks.

Knows no Django: the process that waits is too small for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

OPEN = ("open", "disputed")
QUESTION = """
select p.id, p.inference_id, e.name, p.verdict, p.reason, p.pi, y.version, p.task_id,
  coalesce(t.state, 'accepted'),
  to_char(t.settled_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  (select jsonb_object_agg(g.question, case when g.unanswerable
     then '{"unanswerable": true}' else g.value end)::text
   from labeling_gold g
   where g.task_id = p.task_id and g.source <> 'withdrawn'
     and not exists (select 1 from labeling_gold n where n.supersedes_id = g.id))
from reviewer_prediction p
join reviewer_endpoint e on e.id = p.endpoint_id
join reviewer_policy y on y.id = p.policy_id
left join labeling_task t on t.id = p.task_id
"""
BY_ID = f"{QUESTION} where p.id = any(%s)"
BY_TASK = f"{QUESTION} where p.task_id = any(%s)"
ENDPOINT = "select id from reviewer_endpoint where project_id = %s and name = %s"
BY_NAME = f"{QUESTION} where p.inference_id = %s and p.endpoint_id = ({ENDPOINT})"


@dataclass(frozen=True, slots=True)
class Fate:
    """One prediction and what is known of it now."""

    prediction: int
    task: int | None
    # Nobody will look at it, or somebody has: nothing to wait for.
    final: bool
    told: dict[str, Any]


def read(row: Sequence[Any]) -> Fate:
    """A row of QUESTION in the shape in which it is told."""
    pk, inference, endpoint, verdict, reason, pi, version, task, state, at, answer = row
    told = {
        "inference_id": inference,
        "endpoint": endpoint,
        "decision": verdict,
        "reason": reason,
        "inclusion_probability": pi,
        "policy_version": version,
        "task": task,
        "state": state,
        "settled_at": at,
        "answer": json.loads(answer) if answer else None,
    }
    return Fate(pk, task, state not in OPEN, told)
