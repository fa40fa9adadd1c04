"""The pages where sources and adapters of an endpoint are seen, changed and tried."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from labeling import yaml_text
from projects.models import AuditEntry, Job
from registry_bridge.models import CaptureFile, CaptureRefusal, CaptureSource
from reviewer.models import Endpoint, Prediction
from tests import makers
from tests.registry_bridge.capturing import records
from tests.registry_bridge.capturing.records import line, make_endpoint, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint() -> Endpoint:
    return make_endpoint()


@pytest.fixture
def lead(endpoint: Endpoint) -> Client:
    return makers.sign_in(makers.make_member(endpoint.project, "lead"))


def address(endpoint: Endpoint, page: str) -> str:
    return f"/p/{endpoint.project.slug}/endpoints/{endpoint.name}/{page}/"


def body(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_a_lead_adds_a_source_and_stops_it(lead: Client, endpoint: Endpoint) -> None:
    page = address(endpoint, "sources")

    added = lead.post(page, {"kind": "capture", "uri": "s3://b/p/"}, follow=True)
    source = CaptureSource.objects.get()
    stopped = lead.post(f"{page}{source.pk}/stop/", follow=True)

    assert "s3://b/p" in body(added)
    assert source.uri == "s3://b/p"
    assert Job.objects.get().payload["source"] == source.pk
    assert "Stopped" in body(stopped)
    assert AuditEntry.objects.filter(action="source stopped").count() == 1


def test_what_is_wrong_with_a_source_is_told_beside_its_field(
    lead: Client, endpoint: Endpoint
) -> None:
    given = {"kind": "async", "uri": "ours/p", "joined": "on"}

    answer = lead.post(address(endpoint, "sources"), given)

    assert answer.status_code == 422
    assert "must be an address such as s3://bucket/prefix" in body(answer)
    assert "only the topic" in body(answer)
    assert "is for the kind transform" in body(answer)


def test_a_source_shows_what_was_refused_and_has_it_tried_again(
    lead: Client, endpoint: Endpoint
) -> None:
    source = make_source(endpoint, problem="Allow s3:GetObject on x.")
    file = CaptureFile.objects.create(
        source=source, key="k.jsonl", etag="e", state="read", taken=5, refused=1
    )
    CaptureRefusal.objects.create(
        source=source, file=file, line=7, code="x", reason="is not JSON", raw="<b>{"
    )
    page = address(endpoint, "sources")

    shown = body(lead.get(page))
    again = body(lead.post(f"{page}{source.pk}/again/", follow=True))

    assert "Allow s3:GetObject on x." in shown
    assert "line 8" in shown
    assert "is not JSON" in shown
    assert "&lt;b&gt;{" in shown
    assert "1 file is tried again" in again
    file.refresh_from_db()
    assert file.again_at is not None


def test_an_adapter_is_tried_on_a_record_and_nothing_is_kept(
    lead: Client, endpoint: Endpoint
) -> None:
    given = {"step": "try", "sent": line("a", scores=(0, 3))}

    answer = body(lead.post(address(endpoint, "adapter"), given))

    assert "Fits" in answer
    assert "label: dog" in answer
    assert "text: a text a" in answer
    assert not Prediction.objects.exists()


def test_what_an_adapter_cannot_read_is_told_with_its_key(
    lead: Client, endpoint: Endpoint
) -> None:
    given = {
        "step": "try",
        "text": yaml_text.write(records.ADAPTER),
        "sent": json.dumps({"instances": [{"texts": "x"}]}),
        "answered": json.dumps({"predictions": [{"scores": [1, 2]}]}),
    }

    answer = body(lead.post(address(endpoint, "adapter"), given))

    assert "<code>input.fields.text</code>" in answer
    assert "there are: texts" in answer


def test_an_adapter_is_kept_and_a_wrong_one_is_told_by_line(
    lead: Client, endpoint: Endpoint
) -> None:
    page = address(endpoint, "adapter")
    other = yaml_text.write(records.CSV)
    wrong = other.replace("csv: 1", "csv: true")

    refused = lead.post(page, {"step": "save", "text": wrong})
    broken = lead.post(page, {"step": "save", "text": "a: [", "sent": ""})
    kept = lead.post(page, {"step": "save", "text": other})

    assert refused.status_code == 422
    assert "output.confidence must be a column" in body(refused)
    assert "line " in body(refused)
    assert broken.status_code == 422
    assert kept.status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.adapter == records.CSV
    assert AuditEntry.objects.get().action == "adapter changed"


def test_two_who_change_an_adapter_do_not_overwrite_each_other(
    lead: Client, endpoint: Endpoint
) -> None:
    given = {
        "step": "save",
        "text": yaml_text.write(records.CSV),
        "based_on": "what stood there before",
    }

    answer = lead.post(address(endpoint, "adapter"), given)

    assert answer.status_code == 422
    endpoint.refresh_from_db()
    assert endpoint.adapter == records.ADAPTER


def test_an_endpoint_without_an_adapter_is_shown_an_example_that_fits(
    lead: Client, endpoint: Endpoint
) -> None:
    endpoint.adapter = None
    endpoint.save()
    page = address(endpoint, "adapter")

    shown = body(lead.get(page))
    kept = lead.post(page, {"step": "save"})

    assert "an example after the schema" in shown
    assert kept.status_code == 302
