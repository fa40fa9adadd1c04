"""Fills the database by SQL: so many waiting tasks, so many settled labels, in minutes.

Rows have realistic sizes: a text of about 450 bytes, probabilities of four labels. Every
table's columns stand here once; a new column without a default gets its line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.service import Service

STEP = 50_000
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
LABEL = "(array['art', 'food', 'law', 'sport'])[1 + i % 4]"
# Of row i, counted from 0: a number in (0, 1) that looks like chance.
CHANCE = "((i * 2654435761) % 1000003 + 0.5) / 1000004"
# One in five was drawn by chance, the others since the model was unsure.
AUDIT = "(i % 5 = 0)"
PI, U = f"(case when {AUDIT} then 0.0625 else 1 end)", CHANCE
DRAWN_U = f"({U}) * {PI}"
CONFIDENCE = f"round((0.25 + 0.25 * ({CHANCE}))::numeric, 4)::float8"
SURE = f"round((0.5 + 0.5 * ({CHANCE}))::numeric, 4)::float8"


def _probabilities(confidence: str) -> str:
    """In the order of the labels; they add up to one."""
    rest = f"round(((1 - {confidence}) / 3)::numeric, 6)::float8"
    each = [
        f"case when i % 4 = {n} then {confidence} else {rest} end" for n in range(4)
    ]
    return f"array[{', '.join(each)}]"


def _output(confidence: str) -> str:
    labels = ("art", "food", "law", "sport")
    rest = f"round(((1 - {confidence}) / 3)::numeric, 6)"
    given = ", ".join(
        f"'{label}', case when i % 4 = {n} then {confidence}::numeric else {rest} end"
        for n, label in enumerate(labels)
    )
    return (
        f"jsonb_build_object('label', {LABEL}, 'confidence', {confidence}, "
        f"'probabilities', jsonb_build_object({given}))"
    )


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
        f"jsonb_build_object('label', {_output(CONFIDENCE)} - 'label' "
        f"|| jsonb_build_object('value', {LABEL}))"
    ),
    "blind": AUDIT,
    "context": (
        f"jsonb_build_object('verdict', case when {AUDIT} then 'audit' else 'review' "
        "end, 'reason', 'unsure: confidence is below 0.50', 'model', "
        "jsonb_build_object('name', 'texts', 'version', '1'))"
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
    "output": _output(CONFIDENCE),
    "label": LABEL,
    "confidence": CONFIDENCE,
    "probabilities": _probabilities(CONFIDENCE),
    '"group"': "''",
    "metadata": """'{"wanted": false}'::jsonb""",
    "received_at": "now()",
    "content_hash": "encode(sha256(convert_to((%(prediction)s + i)::text, 'UTF8')), 'hex')",
    "pi": PI,
    "u": DRAWN_U,
    "b": f"(case when {AUDIT} then 1 else 0.25 end)",
    "blind": AUDIT,
    "verdict": f"case when {AUDIT} then 'audit' else 'review' end",
    "reason": "'unsure: confidence is below 0.50'",
    "rule": "'unsure'",
    "policy_id": "%(policy)s",
    "repeats": "false",
    "task_id": "%(task)s + i",
}
# Not drawn: the model was sure, and nobody looks.
ACCEPTED = {
    **PREDICTION,
    "output": _output(SURE),
    "confidence": SURE,
    "probabilities": _probabilities(SURE),
    "pi": "0.0625",
    "u": f"0.0625 + 0.9 * ({U})",
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
    "place": f"({DRAWN_U}) / {PI}",
    "audit": AUDIT,
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
    "answer": f"jsonb_build_object('label', {LABEL})",
    "seconds": f"2 + 4 * ({CHANCE})",
    "blind": AUDIT,
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
    "value": f"to_jsonb({LABEL})",
    "unanswerable": "false",
    "source": "'single'",
    "uses_model": "false",
    "blind": AUDIT,
    "created_at": "now()",
}
WAITING_ROWS = {
    "labeling_payload": PAYLOAD,
    "labeling_task": TASK,
    "reviewer_prediction": PREDICTION,
    "reviewer_queueitem": ITEM,
}
ACCEPTED_ROWS = {"labeling_payload": PAYLOAD, "reviewer_prediction": ACCEPTED}
LABEL_ROWS = {**WAITING_ROWS, "labeling_annotation": ANNOTATION, "labeling_gold": GOLD}
WAITS: Mapping[str, Any] = {
    "task_state": "open",
    "settled_at": None,
    "item_state": 0,
    "done": 0,
}
DONE: Mapping[str, Any] = {
    "task_state": "settled",
    "settled_at": "now",
    "item_state": 2,
    "done": 1,
}
# What every row points to, looked up once.
POINTS_TO = """
select p.id as project, e.id as endpoint, q.id as queue, v.id as version, o.id as policy,
  (select min(user_id) from projects_membership where project_id = p.id) as author
from projects_project p
join reviewer_endpoint e on e.project_id = p.id
join reviewer_queue q on q.project_id = p.id and q.purpose = 'review'
join reviewer_policy o on o.project_id = p.id and o.active
join labeling_schemaversion v on v.schema_id = e.schema_id
where p.slug = 'bench'
order by v.number desc limit 1
"""


def have(service: Service, *, waiting: int, accepted: int, labels: int = 0) -> None:
    """Let about so many tasks wait; what is there already is used again."""
    with service.database() as database:
        _prepare(database)
        there = _waiting(database)
        if not 0.9 * waiting <= there <= 1.1 * waiting:
            empty(database)
            _fill(database, WAITING_ROWS, waiting, WAITS)
            _fill(database, ACCEPTED_ROWS, min(4 * waiting, accepted), WAITS)
        _fill(database, LABEL_ROWS, labels - _labels(database), DONE)
        _tidy_up(database)


def empty(database: psycopg.Connection[Any]) -> None:
    """Everything that was taken in is gone; the project and its people stay."""
    names = sql.SQL(", ").join(map(sql.Identifier, TABLES))
    database.execute(sql.SQL("truncate {} cascade").format(names))
    database.commit()


def _prepare(database: psycopg.Connection[Any]) -> None:
    """The rows are consistent as made: nothing is looked up again for each of them."""
    database.execute("set session_replication_role = replica")
    database.execute("set synchronous_commit = off")
    database.commit()


def _waiting(database: psycopg.Connection[Any]) -> int:
    return _one(database, "select count(*) from reviewer_queueitem where state = 0")


def _labels(database: psycopg.Connection[Any]) -> int:
    return _one(database, "select count(*) from labeling_gold")


def _one(database: psycopg.Connection[Any], query: str) -> int:
    row = database.execute(query.encode()).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _fill(
    database: psycopg.Connection[Any],
    tables: Mapping[str, Mapping[str, str]],
    rows: int,
    state: Mapping[str, Any],
) -> None:
    """In steps, each a transaction."""
    for first in range(0, rows, STEP):
        last = min(first + STEP, rows) - 1
        values = {**_values(database, first), **state, "first": first, "last": last}
        values["seen"] = [values["author"]] if values["done"] else []
        for table, columns in tables.items():
            database.execute(_insert(table, columns), values)
        database.commit()


def _values(database: psycopg.Connection[Any], first: int) -> dict[str, Any]:
    """Ids of what the rows point to; what is added to a row's number for its id."""
    found = database.execute(POINTS_TO)
    names = [column.name for column in found.description or ()]
    row = found.fetchone()
    if row is None:
        raise RuntimeError("There is no project to fill.")
    values: dict[str, Any] = dict(zip(names, row, strict=True))
    for table in TABLES:
        name = table.rpartition("_")[2].replace("queueitem", "item")
        newest = _one(database, f"select max(id) from {table}")  # noqa: S608
        values[name] = newest + 1 - first
    return {**values, "words": WORDS}


def _insert(table: str, columns: Mapping[str, str]) -> bytes:
    # an expression of our own may say `i % 4`; psycopg reads a single % as its own
    made = ", ".join(columns.values()).replace(" % ", " %% ")
    return (
        f"insert into {table} ({', '.join(columns)}) "  # noqa: S608
        f"select {made} from generate_series(%(first)s::bigint, %(last)s) as i"
    ).encode()


def _tidy_up(database: psycopg.Connection[Any]) -> None:
    """Numbers go on after ours; statistics and the visibility map are up to date."""
    for table in TABLES:
        database.execute(
            f"select setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608
            f"coalesce(max(id), 0) + 1) from {table}".encode()
        )
    database.commit()
    database.autocommit = True
    for table in TABLES:
        database.execute(sql.SQL("vacuum analyze {}").format(sql.Identifier(table)))
    database.execute("checkpoint")
    database.autocommit = False
