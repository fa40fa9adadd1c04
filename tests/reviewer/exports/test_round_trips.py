"""Whatever can be stored comes back from a file as it was."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from labeling.exports.cells import guarded, guarded_sql, plain
from labeling.models import Gold
from projects.models import Project
from reviewer.exports import formats, sending
from reviewer.exports.cursors import START, Place
from reviewer.exports.formats import Wish
from reviewer.exports.reading import Span
from tests import makers

SLOW_DATABASE = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# all that PostgreSQL can keep in a text
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
NASTY = 'a\u2028b\u2029\u0085 "quoted", \\.\n\r\n\t\x01\x02\x1f\x7f=1+1\'\ufeff😀'


@pytest.fixture
def gold(transactional_db: None) -> Gold:
    project = makers.make_project()
    makers.make_schema(project)
    task = makers.make_task(project)
    makers.make_prediction(task=task, verdict="audit")
    return makers.make_gold(task)


def exported(gold: Gold, format: str, **wish: Any) -> bytes:
    # no bound: what is read was committed by this connection
    span = Span(gold.project_id, START, Place(gold.xid, gold.pk))
    plan = formats.plan(Project.objects.get(), Wish(format, **wish))
    return b"".join(sending.pieces(span, plan))


def put(gold: Gold, text: str, number: float) -> None:
    Gold.objects.filter(pk=gold.pk).update(value=text)
    gold.task.payload.content = {"text": text}
    gold.task.payload.save(update_fields=["content"])
    prediction = gold.task.prediction
    prediction.group, prediction.confidence = text[:120], number
    prediction.save(update_fields=["group", "confidence"])


def read(data: bytes, format: str) -> tuple[Any, Any, Any, Any]:
    """The value, the input, the group and the confidence, as a reader takes them."""
    if format == "jsonl":
        (line, rest) = data.split(b"\n")
        assert rest == b""
        row = json.loads(line)
        said = row["prediction"]
        return row["value"], row["input"], said["group"], said["confidence"]
    if format == "csv":
        (row,) = csv.DictReader(io.StringIO(data.decode(), newline=""))
        group, confidence = plain(row["group"]), float(row["confidence"])
        return plain(row["value"]), json.loads(row["input"]), group, confidence
    (row,) = pq.read_table(io.BytesIO(data)).to_pylist()
    return row["value"], json.loads(row["input"]), row["group"], row["confidence"]


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
@SLOW_DATABASE
@given(text=TEXT, number=st.floats(0, 1))
@example(text=NASTY, number=1e-05)
@example(text="", number=0.1)
@example(text="\\.", number=0.1)
@example(text="null", number=0.1)
def test_a_value_comes_back_as_it_was(
    gold: Gold, format: str, text: str, number: float
) -> None:
    put(gold, text, number)

    data = exported(gold, format, payload=True)

    assert read(data, format) == (text, {"text": text}, text[:120], number)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2", "'-2"),
        ("\tx", "'\tx"),
        ("'tis", "''tis"),
        ("", ""),
        ("a=b", "a=b"),
    ],
)
def test_no_cell_is_a_formula(gold: Gold, text: str, cell: str) -> None:
    put(gold, text, 0.5)

    (row,) = csv.DictReader(io.StringIO(exported(gold, "csv").decode(), newline=""))
    (raw,) = csv.DictReader(
        io.StringIO(exported(gold, "csv", raw=True).decode(), newline="")
    )

    assert row["value"] == guarded(text) == cell
    assert raw["value"] == text


@SLOW_DATABASE
@given(text=TEXT)
def test_the_server_guards_cells_as_we_do(transactional_db: None, text: str) -> None:
    with connection.cursor() as cursor:
        as_text = guarded_sql("t")
        cursor.execute(f"select {as_text} from (select %s::text t) x", [text])  # noqa: S608
        (cell,) = cursor.fetchone()

    assert cell == guarded(text)
    assert plain(cell) == text


@SLOW_DATABASE
@given(text=TEXT)
@example(text=NASTY)
def test_lines_for_ground_truth_and_model_monitor_are_json_whatever_is_said(
    gold: Gold, text: str
) -> None:
    put(gold, text, 0.5)

    manifest = exported(gold, "manifest").split(b"\n")[:-1]
    monitor = exported(gold, "model-monitor").split(b"\n")[:-1]

    assert json.loads(manifest[0])["label-metadata"]["class-name"] == text
    assert json.loads(manifest[0])["source"] == text
    data = json.loads(monitor[0])["groundTruthData"]["data"]
    assert next(csv.reader(io.StringIO(data, newline="")), [""]) == [text]
    assert len(manifest) == len(monitor) == 1
