"""What an exported label is, format by format, as PostgreSQL writes it.

The server builds whole lines and cells: one text of an expression for each row. Aliases
are those of reading.LABELS: g gold, t task, y payload, v schema version, p prediction,
e endpoint. `concat` writes NULL as nothing, so what may be missing says `null` itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from labeling.exports.cells import guarded_sql
from labeling.exports.manifest import Attribute
from reviewer.exports import cursors

# JSON text holds no control characters: nothing in it is ever quoted or escaped.
LINES: Final = "format csv, quote E'\\x01', delimiter E'\\x02'"
DELIMITER: Final = b"\x02"
TABLE: Final = "format csv"
SETTLED_AT: Final = (
    """to_char(g.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
)
HOUR: Final = "to_char(g.created_at at time zone 'UTC', 'YYYY/MM/DD/HH24')"
SAID: Final = "g.value #>> '{}'"
REF: Final = "y.content ->> 'ref'"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is selected of each label, which labels, and how COPY writes them."""

    select: str
    options: str
    only: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A cell: its name, its expression, and whether it is text that people wrote."""

    name: str
    expression: str
    type: str = "text"
    written: bool = False


def _text(expression: str) -> str:
    return f"to_json({expression})"


def _maybe(expression: str) -> str:
    return f"coalesce({expression}::text, 'null')"


def _bool(expression: str) -> str:
    return f"case when {expression} then 'true' else 'false' end"


def _object(*pairs: tuple[str, str]) -> str:
    """The arguments of concat() that write an object; each value writes JSON itself."""
    parts = []
    for at, (name, value) in enumerate(pairs):
        parts += [f"""'{"," if at else "{"}"{name}":'""", value]
    return ", ".join([*parts, "'}'"])


PREDICTION: Final = f"""case when p.id is null then 'null' else concat({
    _object(
        ("endpoint", _text("e.name")),
        ("inference_id", _text("p.inference_id")),
        (
            "model",
            f"concat({_object(('name', _text('p.model_name')), ('version', _text('p.model_version')))})",
        ),
        ("label", _text("p.label")),
        ("confidence", _maybe("p.confidence")),
        ("pi", "p.pi"),
        ("b", "p.b"),
        ("blind", _bool("p.blind")),
        ("verdict", _text("p.verdict")),
        ("group", _text('p."group"')),
    )
}) end"""


def lines(project_id: int, *, payload: bool) -> Shape:
    """One JSON object a label."""
    pairs = [
        ("cursor", f"""concat('"', {cursors.word_sql(project_id)}, '"')"""),
        ("gold", "g.id"),
        ("supersedes", _maybe("g.supersedes_id")),
        ("task", "g.task_id"),
        ("schema_version", "v.number"),
        ("question", _text("g.question")),
        ("value", _maybe("g.value")),
        ("unanswerable", _bool("g.unanswerable")),
        ("source", _text("g.source")),
        ("blind", _bool("g.blind")),
        ("uses_model", _bool("g.uses_model")),
        ("settled_at", f"""concat('"', {SETTLED_AT}, '"')"""),
        ("payload", _text("y.sha256")),
        *([("input", _maybe("y.content"))] if payload else []),
        ("prediction", PREDICTION),
    ]
    return Shape(f"concat({_object(*pairs)})", LINES)


def columns(project_id: int, *, payload: bool) -> list[Column]:
    """The same as a table; NULL is an empty cell, empty text is two quotes."""
    return [
        Column("cursor", f"concat({cursors.word_sql(project_id)})"),
        Column("gold", "g.id", "integer"),
        Column("supersedes", "g.supersedes_id", "integer"),
        Column("task", "g.task_id", "integer"),
        Column("schema_version", "v.number", "integer"),
        Column("question", "g.question", written=True),
        Column("value", f"({SAID})", written=True),
        Column("unanswerable", "g.unanswerable::text", "boolean"),
        Column("source", "g.source"),
        Column("blind", "g.blind::text", "boolean"),
        Column("uses_model", "g.uses_model::text", "boolean"),
        Column("settled_at", SETTLED_AT, "time"),
        Column("payload", "y.sha256"),
        *([Column("input", "y.content::text")] if payload else []),
        Column("endpoint", "e.name", written=True),
        Column("inference_id", "p.inference_id", written=True),
        Column("model_name", "p.model_name", written=True),
        Column("model_version", "p.model_version", written=True),
        Column("prediction_label", "p.label", written=True),
        Column("confidence", "p.confidence", "number"),
        Column("pi", "p.pi", "number"),
        Column("b", "p.b", "number"),
        Column("prediction_blind", "p.blind::text", "boolean"),
        Column("verdict", "p.verdict"),
        Column("group", 'p."group"', written=True),
    ]


def table(found: list[Column], *, guard: bool) -> Shape:
    """Rows of a CSV file; guarded, no cell is a formula for a spreadsheet."""
    cells = [
        guarded_sql(each.expression) if guard and each.written else each.expression
        for each in found
    ]
    return Shape(", ".join(cells), TABLE)


def header(found: list[Column]) -> bytes:
    return ",".join(each.name for each in found).encode() + b"\n"


def manifest(
    project_id: int, attribute: Attribute, job: str, *, payload: bool
) -> Shape:
    """Lines of Ground Truth's augmented manifest, for labels that have a value."""
    name = attribute.name
    value = _class_number(attribute) if attribute.classes else "g.value::text"
    pairs = [
        *([("class-name", "g.value::text")] if attribute.classes else []),
        ("job-name", f"""'"labeling-job/{job}"'"""),
        ("human-annotated", """case when g.source in ('outcome', 'import') then '"no"' else '"yes"' end"""),
        ("creation-date", f"""concat('"', left({SETTLED_AT}, 26), '"')"""),
        ("type", f"""'"{attribute.type}"'"""),
        ("overread-cursor", f"""concat('"', {cursors.word_sql(project_id)}, '"')"""),
    ]  # fmt: skip
    what = f"'{{', {_source(attribute, payload=payload)}, ',\"{name}\":', {value}, ',\"{name}-metadata\":'"
    select = f"concat({what}, {_object(*pairs)}, '}}')"
    return Shape(select, LINES, "not g.unanswerable")


def _class_number(attribute: Attribute) -> str:
    known = _literal(msgspec.json.encode(attribute.classes).decode())
    return f"coalesce({known}::jsonb ->> ({SAID}), '-1')"


def _source(attribute: Attribute, *, payload: bool) -> str:
    """The object itself: where it lies, its one text, or all its fields as JSON text."""
    digest = "'sha256:' || y.sha256"
    if not payload:
        return f"""'"source":', {_text(digest)}"""
    one = f"y.content ->> {_literal(attribute.field)}, " if attribute.field else ""
    text = _text(f"coalesce({one}y.content::text, {digest})")
    ref = REF
    if attribute.object:
        ref = f"coalesce({REF}, y.content -> {_literal(attribute.object)} ->> 'ref')"
    return (
        f"""case when {ref} like 's3://%' then '"source-ref":' else '"source":' end, """
        f"""case when {ref} like 's3://%' then {_text(ref)} else {text} end"""
    )


def ground_truth(*, hourly: bool = False) -> Shape:
    """Model Monitor's ground truth: one line for each answered prediction.

    Hourly: before the line stands the hour it was settled in, as its folder is called.
    """
    quoted = f"""'"' || replace({SAID}, '"', '""') || '"'"""
    csv = f"""case when {SAID} ~ '[",\\r\\n]' then {quoted} else {SAID} end"""
    deep = "jsonb_typeof(g.value) in ('object', 'array')"
    data = f"case when {deep} then {SAID} else {csv} end"
    line = f"""concat('{{"groundTruthData":{{"data":', {_text(data)}, ',"encoding":"', case when {deep} then 'JSON' else 'CSV' end, '"}},"eventMetadata":{{"eventId":', {_text("p.inference_id")}, '}},"eventVersion":"0"}}')"""
    select = f"{HOUR}, {line}" if hourly else line
    return Shape(select, LINES, "not g.unanswerable and p.id is not null")


def narrowed(shape: Shape, question: str, endpoint: str) -> Shape:
    """Only of one question, only of one endpoint's predictions; "" for all."""
    only = [
        shape.only,
        f"g.question = {_literal(question)}" if question else "",
        f"e.name = {_literal(endpoint)}" if endpoint else "",
    ]
    return Shape(shape.select, shape.options, " and ".join(filter(None, only)))


def _literal(text: str) -> str:
    """A text constant; E'' so that it reads the same under every setting."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"
