"""The rows that a database is filled with: every table's columns, in one place.

Sizes are realistic: a text of about 450 bytes, probabilities of four labels. A new column
without a default gets its line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

# Of each table: its columns, and what stands in them.
Rows: TypeAlias = Mapping[str, Mapping[str, str]]
# In the order in which rows need one another.
TABLES = (
    *("labeling_payload", "labeling_task", "reviewer_prediction", "reviewer_queueitem"),
    *("labeling_annotation", "labeling_gold"),
)
TEXT_BYTES = 440
WORDS = " ".join(
    f"{word}{number}"
    for number in range(60)
    for word in ("court", "goal", "salt", "colour", "rule", "match", "trial", "bread")
)
# What the columns below are made of, each computed once for row i.
MADE = """
(
  select *, chance * pi as u,
    jsonb_build_object('label', label, 'confidence', confidence, 'probabilities',
      jsonb_build_object('art', p[1], 'food', p[2], 'law', p[3], 'sport', p[4])) as output
  from (
    select *, array[
        case when label = 'art' then confidence else rest end,
        case when label = 'food' then confidence else rest end,
        case when label = 'law' then confidence else rest end,
        case when label = 'sport' then confidence else rest end] as p,
      case when audit then 0.0625 else 1 end::float8 as pi
    from (
      select *, round((1 - confidence) / 3, 6) as rest
      from (
        select i, chance, i % 5 = 0 as audit,
          (array['art', 'food', 'law', 'sport'])[1 + i % 4] as label,
          round((%(unsure)s + %(unsure)s * chance)::numeric, 4) as confidence
        from (
          -- looks like chance, and is the same again
          select i, ((i * 2654435761) % 1000003 + 0.5)::float8 / 1000004 as chance
          from generate_series(%(first)s::bigint, %(last)s) as i offset 0
        ) as drawn offset 0
      ) as said offset 0
    ) as added_up offset 0
  ) as weighed offset 0
) as made
"""


PAYLOAD = {
    "id": "%(payload)s + i",
    "project_id": "%(project)s",
    "sha256": "encode(sha256(convert_to('bench ' || %(payload)s + i, 'UTF8')), 'hex')",
    "content": (
        "jsonb_build_object('text', %(payload)s + i || ': ' "
        f"|| substr(%(words)s, (1 + (i * 37) % 1500)::int, {TEXT_BYTES}))"
    ),
    "created_at": "now()",
}
TASK = {
    "id": "%(task)s + i",
    "project_id": "%(project)s",
    "payload_id": "%(payload)s + i",
    "schema_version_id": "%(version)s",
    "pre_label": (
        "jsonb_build_object('label', "
        "output - 'label' || jsonb_build_object('value', label))"
    ),
    "blind": "audit",
    "context": (
        """'{"verdict": "review", "reason": "“unsure”: confidence is below 0.50", """
        """"model": {"name": "texts", "version": "1"}}'::jsonb"""
    ),
    "state": "%(task_state)s",
    "created_at": "now()",
    "settled_at": "%(settled_at)s::timestamptz",
}
PREDICTION = {
    "id": "%(prediction)s + i",
    "project_id": "%(project)s",
    "endpoint_id": "%(endpoint)s",
    "inference_id": "'bench-' || %(prediction)s + i",
    "payload_id": "%(payload)s + i",
    "model_name": "'texts'",
    "model_version": "'1'",
    "output": "output",
    "label": "label",
    "confidence": "confidence",
    "probabilities": "p",
    '"group"': "''",
    "metadata": """'{"wanted": false}'::jsonb""",
    "received_at": "now()",
    "content_hash": "encode(sha256(convert_to((%(prediction)s + i)::text, 'UTF8')), 'hex')",
    "pi": "pi",
    "u": "u",
    "b": "case when audit then 1 else 0.25 end",
    "blind": "audit",
    "verdict": "case when audit then 'audit' else 'review' end",
    "reason": "'“unsure”: confidence is below 0.50'",
    "rule": "'unsure'",
    "policy_id": "%(policy)s",
    "repeats": "false",
    "task_id": "%(task)s + i",
}
# Not drawn: the model was sure, and nobody looks.
ACCEPTED = {
    **PREDICTION,
    "pi": "0.0625",
    "u": "0.0625 + 0.9 * chance",
    "b": "1",
    "blind": "false",
    "verdict": "'accepted'",
    "reason": "'Accepted: no rule asks for a review; not drawn as an audit, 1 in 16'",
    "rule": "''",
    "task_id": "null::bigint",
}
ITEM = {
    "id": "%(item)s + i",
    "queue_id": "%(queue)s",
    "task_id": "%(task)s + i",
    "state": "%(item_state)s",
    "priority": "0",
    "place": "u / pi",
    "skill": "''",
    "audit": "audit",
    "check_task": "false",
    "wanted": "1",
    "done": "%(done)s",
    "seen": "%(seen)s::bigint[]",
    "skips": "0",
    "token": "%(done)s",
    "note": "''",
    "due_at": "now() + interval '72 hours'",
    "created_at": "now()",
}
ANNOTATION = {
    "id": "%(annotation)s + i",
    "client_id": "gen_random_uuid()",
    "task_id": "%(task)s + i",
    "author_id": "%(author)s",
    "answer": "jsonb_build_object('label', label)",
    "seconds": "2 + 4 * chance",
    "blind": "audit",
    "late": "false",
    "counted": "true",
    "check_task": "false",
    "expert": "false",
    "created_at": "now()",
}
GOLD = {
    "id": "%(gold)s + i",
    "project_id": "%(project)s",
    "task_id": "%(task)s + i",
    "question": "'label'",
    "value": "to_jsonb(label)",
    "unanswerable": "false",
    "source": "'single'",
    "uses_model": "false",
    "blind": "audit",
    "created_at": "now()",
}
WAITING = {
    "labeling_payload": PAYLOAD,
    "labeling_task": TASK,
    "reviewer_prediction": PREDICTION,
    "reviewer_queueitem": ITEM,
}
ACCEPTED_ONLY = {"labeling_payload": PAYLOAD, "reviewer_prediction": ACCEPTED}
LABELS = {**WAITING, "labeling_annotation": ANNOTATION, "labeling_gold": GOLD}
# The state that rows are in, and where the model's confidence begins.
WAITS: Mapping[str, Any] = {
    "unsure": 0.25,
    "task_state": "open",
    "settled_at": None,
    "item_state": 0,
    "done": 0,
}
SURE = {**WAITS, "unsure": 0.5}
DONE = {
    **WAITS,
    "task_state": "settled",
    "settled_at": "now",
    "item_state": 2,
    "done": 1,
}
