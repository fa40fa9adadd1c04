"""Labels over the REST API: what a row says, and how an export goes on."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client

from labeling.models import Gold
from projects.models import Project
from tests import makers
from tests.reviewer.exports.making import (
    CURSOR,
    cells_of,
    client_of,
    correct,
    get,
    make_predicted,
    make_settled,
    rows_of,
    values,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    project = makers.make_project("birds")
    makers.make_schema(project)
    return project


@pytest.fixture
def client(project: Project) -> Client:
    return client_of(project)


def test_a_label_says_what_was_settled_and_what_the_model_had_said(
    project: Project, client: Client
) -> None:
    endpoint = makers.make_endpoint(project, "eyes")
    gold = make_predicted(
        endpoint, "dog", inference_id="i-1", confidence=0.25, group="doc", pi=0.125
    )

    (row,) = rows_of(get(client, project))

    assert row.pop("cursor").startswith("1.")
    assert row.pop("settled_at") == gold.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert row == {
        "gold": gold.pk,
        "supersedes": None,
        "task": gold.task_id,
        "schema_version": 1,
        "question": "label",
        "value": "dog",
        "unanswerable": False,
        "source": "single",
        "blind": False,
        "uses_model": False,
        "payload": gold.task.payload.sha256,
        "input": gold.task.payload.content,
        "prediction": {
            "endpoint": "eyes",
            "inference_id": "i-1",
            "model": {"name": "model", "version": "1"},
            "label": "cat",
            "confidence": 0.25,
            "pi": 0.125,
            "b": 0.25,
            "blind": False,
            "verdict": "audit",
            "group": "doc",
        },
    }


def test_a_label_without_a_prediction_or_an_answer_says_so(
    project: Project, client: Client
) -> None:
    make_settled(project, value=None, unanswerable=True)

    (row,) = rows_of(get(client, project, "?payload=0"))
    (cells,) = cells_of(get(client, project, "?format=csv"))

    assert (row["value"], row["unanswerable"], row["prediction"]) == (None, True, None)
    assert "input" not in row
    assert (cells["value"], cells["unanswerable"], cells["endpoint"]) == (
        "",
        "true",
        "",
    )


def test_of_a_corrected_label_only_the_correction_is_exported(
    project: Project, client: Client
) -> None:
    correct(make_settled(project, "cat"), "dog")

    assert values(rows_of(get(client, project))) == ["dog"]


def test_an_export_goes_on_where_the_last_one_ended(
    project: Project, client: Client
) -> None:
    first = make_settled(project, "cat")
    answer = get(client, project)
    assert values(rows_of(answer)) == ["cat"]
    correct(first, "dog")
    make_settled(project, "cat")

    later = get(client, project, f"?since={answer[CURSOR]}")
    nothing_new = get(client, project, f"?since={later[CURSOR]}")

    rows = rows_of(later)
    assert [(row["value"], row["supersedes"]) for row in rows] == [
        ("dog", first.pk),
        ("cat", None),
    ]
    assert rows_of(nothing_new) == []


def test_a_download_that_broke_goes_on_after_its_last_whole_row(
    project: Project, client: Client
) -> None:
    labels = [make_settled(project).pk for _ in range(5)]
    whole = get(client, project).getvalue()
    received = whole[: len(whole) // 2].split(b"\n")[:-1]
    cursor = json.loads(received[-1])["cursor"]

    rest = rows_of(get(client, project, f"?since={cursor}"))

    had = [json.loads(line)["gold"] for line in received]
    assert had + [row["gold"] for row in rest] == labels


def test_a_limit_gives_pages(project: Project, client: Client) -> None:
    labels = [make_settled(project).pk for _ in range(5)]
    pages, cursor = [], ""

    for _ in range(3):
        answer = get(client, project, f"?limit=2&since={cursor}")
        pages.append([row["gold"] for row in rows_of(answer)])
        cursor = answer[CURSOR]

    assert pages == [labels[:2], labels[2:4], labels[4:]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?format=xml", "format"),
        ("?since=yesterday", "since"),
        ("?since=1.ffffff.1.1", "since"),
        ("?limit=0", "limit"),
        ("?limit=many", "limit"),
        ("?payload=perhaps", "payload"),
        ("?question=colour", "question"),
        ("?endpoint=ears", "endpoint"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    project: Project, client: Client, query: str, field: str
) -> None:
    answer = get(client, project, query)

    told = answer.json()
    assert answer.status_code == 400
    assert told["errors"][0]["field"] == field
    assert field in told["detail"]


def test_a_cursor_of_the_future_is_refused(project: Project, client: Client) -> None:
    answer = get(client, project, f"?since=1.{project.pk:x}.fffffffff.1")

    assert answer.status_code == 409
    assert answer.json()["code"] == "cursor_ahead"


def test_labels_restored_from_a_dump_are_not_passed_by(
    project: Project, client: Client
) -> None:
    gold = make_settled(project)
    answer = get(client, project)
    Gold.objects.filter(pk=gold.pk).update(xid=10**12)

    assert values(rows_of(client.get(answer.wsgi_request.get_full_path()))) == ["cat"]


@pytest.mark.parametrize(
    "format", ["jsonl", "csv", "parquet", "manifest", "model-monitor"]
)
def test_the_export_of_an_empty_project_is_a_valid_empty_file(
    project: Project, client: Client, format: str
) -> None:
    answer = get(client, project, f"?format={format}")

    data = answer.getvalue()
    assert answer.status_code == 200
    if format == "parquet":
        assert pq.read_table(io.BytesIO(data)).num_rows == 0
    elif format == "csv":
        assert data.decode().splitlines()[0].startswith("cursor,gold,")
        assert data.count(b"\n") == 1
    else:
        assert data == b""


@pytest.mark.parametrize(
    ("query", "accept", "encoding", "media"),
    [
        ("", "gzip, deflate", "gzip", "application/x-ndjson"),
        ("", "gzip;q=0, identity", "", "application/x-ndjson"),
        ("?gzip=1", "gzip", "", "application/gzip"),
        ("?format=parquet", "gzip", "", "application/vnd.apache.parquet"),
    ],
)
def test_an_export_is_compressed_on_request(
    project: Project, client: Client, query: str, accept: str, encoding: str, media: str
) -> None:
    make_settled(project)

    answer = get(client, project, query, **{"Accept-Encoding": accept})

    data = answer.getvalue()
    assert answer.get("Content-Encoding", "") == encoding
    assert answer["Content-Type"] == media
    if encoding or "gzip=1" in query:
        assert json.loads(gzip.decompress(data))["value"] == "cat"


def test_only_so_many_are_downloaded_at_once(project: Project, client: Client) -> None:
    make_settled(project)
    held = [get(client, project) for _ in range(2)]

    refused = get(client, project)
    for answer in held:
        answer.close()
    after = get(client, project)

    assert refused.status_code == 429
    assert refused["Retry-After"] == "15"
    assert values(rows_of(after)) == ["cat"]


def test_a_manifest_line_is_ground_truths(project: Project, client: Client) -> None:
    gold = make_settled(project, "dog", content={"text": "A “word”\n"})
    make_settled(project, value=None, unanswerable=True)

    (row,) = rows_of(get(client, project, "?format=manifest"))

    assert row == {
        "source": "A “word”\n",
        "label": 1,
        "label-metadata": {
            "class-name": "dog",
            "job-name": "labeling-job/birds",
            "human-annotated": "yes",
            "creation-date": gold.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "type": "groundtruth/text-classification",
            "overread-cursor": f"1.{project.pk:x}.{gold.xid:x}.{gold.pk:x}",
        },
    }


def test_a_manifest_names_objects_by_where_they_lie(
    project: Project, client: Client
) -> None:
    make_settled(project, content={"ref": "s3://bucket/a.png"})

    (row,) = rows_of(get(client, project, "?format=manifest"))

    assert row["source-ref"] == "s3://bucket/a.png"
    assert "source" not in row


def test_a_manifest_names_the_picture_of_several_fields_by_where_it_lies(
    project: Project, client: Client
) -> None:
    shown = [{"name": "note", "type": "text"}, {"name": "scan", "type": "image"}]
    makers.make_schema(project, fields=shown)
    scan = {"ref": "s3://bucket/a.png"}
    make_settled(project, content={"note": "left eye", "scan": scan})
    make_settled(project, content={"note": "by value", "scan": "data:image/png,"})

    first, second = rows_of(get(client, project, "?format=manifest"))

    assert first["source-ref"] == "s3://bucket/a.png"
    assert json.loads(second["source"])["note"] == "by value"


def test_model_monitor_gets_answers_by_inference_id(
    project: Project, client: Client
) -> None:
    endpoint = makers.make_endpoint(project, "eyes")
    make_predicted(endpoint, 'a "cat", so', inference_id='i"1')
    make_settled(project)

    (row,) = rows_of(get(client, project, "?format=model-monitor"))

    assert row == {
        "groundTruthData": {"data": '"a ""cat"", so"', "encoding": "CSV"},
        "eventMetadata": {"eventId": 'i"1'},
        "eventVersion": "0",
    }


def test_a_parquet_file_has_types(project: Project, client: Client) -> None:
    endpoint = makers.make_endpoint(project, "eyes")
    make_predicted(endpoint, "dog", confidence=None, group="")
    make_settled(project)

    data: Any = get(client, project, "?format=parquet").getvalue()

    first, second = pq.read_table(io.BytesIO(data)).to_pylist()
    assert (first["value"], first["confidence"], first["group"]) == ("dog", None, "")
    assert (first["pi"], first["blind"], first["verdict"]) == (0.125, False, "audit")
    assert first["settled_at"].tzinfo is not None
    assert (second["endpoint"], second["pi"], second["group"]) == (None, None, None)


def test_an_export_can_be_narrowed_to_one_endpoint(
    project: Project, client: Client
) -> None:
    make_predicted(makers.make_endpoint(project, "eyes"), "cat")
    make_predicted(makers.make_endpoint(project, "ears"), "dog")

    rows = rows_of(get(client, project, "?endpoint=ears&question=label"))

    assert values(rows) == ["dog"]


def test_model_monitor_asks_which_endpoint_is_meant(
    project: Project, client: Client
) -> None:
    makers.make_endpoint(project, "eyes")
    makers.make_endpoint(project, "ears")

    answer = get(client, project, "?format=model-monitor")

    assert answer.status_code == 400
    assert "ears, eyes" in answer.json()["detail"]
