"""What a task refers to reaches the person who may see it, in a form that is never run."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from labeling.media import fetching
from tests import makers
from tests.labeling.media.host import Host, png
from tests.labeling.media.scenes import IMAGE, TEXT, make_scene

pytestmark = pytest.mark.django_db
LONG = {"image": {"ref": "s3://photos/a.png"}}


def body(answer: Any) -> bytes:
    return bytes(answer.getvalue())


def test_a_picture_comes_as_what_it_is_and_cannot_be_run(host: Host) -> None:
    url = host.has("/a.png", png(), Content_Type="text/html")
    scene = make_scene({"image": {"ref": url}})

    answer = scene.get()

    assert body(answer) == png()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Content-Disposition"] == 'attachment; filename="reference.png"'
    assert answer["Cache-Control"] == "private, max-age=3600"
    assert "Set-Cookie" not in answer


def test_nothing_of_the_person_is_told_to_the_host(host: Host) -> None:
    seen: list[dict[str, str]] = []
    url = host.does("/a", lambda handler: seen.append(dict(handler.headers.items())))
    scene = make_scene({"image": {"ref": url}})

    scene.get(Referer="https://here.example", Accept_Language="de")

    assert set(seen[0]) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


@pytest.mark.parametrize(
    "script",
    [b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"<html><script>"],
)
def test_what_says_it_is_a_picture_and_is_a_script_is_refused(
    host: Host, script: bytes
) -> None:
    url = host.has("/a.png", script, Content_Type="image/png")

    status, code, words = make_scene({"image": {"ref": url}}).told()

    assert (status, code) == (415, "reference_unfit")
    assert "not a PNG, JPEG or WebP picture" in words


def test_too_large_a_picture_is_told(host: Host, settings: Settings) -> None:
    settings.MEDIA_BYTES = 1024 * 1024
    url = host.has("/a.png", png() + b"x" * 2_000_000)

    status, code, words = make_scene({"image": {"ref": url}}).told()

    assert (status, code) == (413, "reference_too_large")
    assert words == "It is larger than 1 MB, the most that is shown."


@pytest.mark.parametrize(
    ("status", "told"), [(404, (404, "reference_gone")), (403, (424, "reference_unfetched"))]
)  # fmt: skip
def test_what_is_gone_or_forbidden_is_told_with_its_host(
    host: Host, status: int, told: tuple[int, str]
) -> None:
    url = host.has("/a.png", b"", status=status)

    said = make_scene({"image": {"ref": url}}).told()

    assert said[:2] == told
    assert said[2].startswith("127.0.0.1 ")
    assert str(status) in said[2]


def test_text_comes_as_utf8_whatever_it_was(host: Host) -> None:
    url = host.has("/a", "naïve".encode("latin-1"), Content_Type="x; charset=latin1")

    answer = make_scene({"text": {"ref": url}}, TEXT).get()

    assert body(answer).decode() == "naïve"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("data", [b"\xff\xff", b"", png(), b"a\0b"])
def test_what_could_not_be_sent_as_text_is_not_shown_as_text(
    host: Host, data: bytes
) -> None:
    url = host.has("/a", data)

    assert make_scene({"text": {"ref": url}}, TEXT).told()[1] == "reference_unfit"


def test_parts_and_digests_are_what_browsers_ask_for(host: Host) -> None:
    url = host.has("/a.png", png())
    scene, whole = make_scene({"image": {"ref": url}}), png()
    first = scene.get()
    tag = first["ETag"]
    assert body(first) == whole

    part = scene.get(Range="bytes=5-9")
    end = scene.get(Range="bytes=-4")
    rest = scene.get(Range="bytes=9999-")
    several = scene.get(Range="bytes=0-1,3-4")
    stale = scene.get(Range="bytes=5-9", If_Range='"other"')
    held = scene.get(If_None_Match=tag)

    assert (part.status_code, body(part)) == (206, whole[5:10])
    assert part["Content-Range"] == f"bytes 5-9/{len(whole)}"
    assert (end.status_code, body(end)) == (206, whole[-4:])
    assert (rest.status_code, rest["Content-Range"]) == (416, f"bytes */{len(whole)}")
    assert (several.status_code, body(several)) == (200, whole)
    assert (stale.status_code, body(stale)) == (200, whole)
    assert (held.status_code, held.content, held["ETag"]) == (304, b"", tag)


def test_head_tells_the_size_and_sends_nothing(host: Host) -> None:
    scene = make_scene({"image": {"ref": host.has("/a.png", png())}})

    answer = scene.client.head(scene.links()[0]["address"])

    assert answer.status_code == 200, answer
    assert answer["Content-Length"] == str(len(png()))
    assert answer.content == b""


def test_a_whole_input_of_one_field_is_that_field(host: Host) -> None:
    scene = make_scene({"ref": host.has("/a.png", png())})

    assert scene.links()[0]["field"] == "image"
    assert body(scene.get()) == png()


def test_a_whole_input_of_several_fields_is_a_document_with_them(host: Host) -> None:
    inner = host.has("/a.png", png())
    said = {"text": "Look", "image": {"ref": inner}, "more": 1}
    url = host.has("/input.json", json.dumps(said).encode())
    scene = make_scene({"ref": url}, IMAGE, TEXT)

    document = json.loads(body(scene.get()))

    assert document["payload"] == said
    (link,) = document["media"]
    assert (link["field"], link["holds"]) == ("image", "picture")
    assert body(scene.client.get(link["address"])) == png()


@pytest.mark.parametrize(
    "said",
    [
        [],
        {"ref": "https://example.org/again.json"},
        {"text": "no image"},
        {"text": "x", "image": {"ref": "http://169.254.169.254/"}},
        {"text": "x", "image": "data:image/svg+xml,x"},
    ],
)
def test_a_document_must_hold_what_could_be_sent(host: Host, said: Any) -> None:
    url = host.has("/input.json", json.dumps(said).encode())

    told = make_scene({"ref": url}, IMAGE, TEXT).told()

    assert told[:2] == (415, "reference_unfit")


def test_a_link_is_one_persons_alone() -> None:
    scene = make_scene(LONG)
    other = makers.sign_in(makers.make_member(scene.project))
    address = scene.links()[0]["address"]

    assert Client().get(address).status_code == 401
    assert other.get(address).json()["code"] == "link_of_another"
    assert scene.client.get(address[:-1] + "x").status_code == 404


def test_a_link_gives_nothing_to_somebody_who_has_left() -> None:
    scene = make_scene(LONG)
    address = scene.links()[0]["address"]

    scene.user.memberships.update(ended_at=timezone.now())

    assert scene.client.get(address).status_code == 404


def test_a_link_of_another_project_is_not_there() -> None:
    scene, other = make_scene(LONG), makers.make_project()
    makers.make_member(other, user=scene.user)
    address = scene.links()[0]["address"]

    answer = scene.client.get(address.replace(scene.project.slug, other.slug))

    assert answer.status_code == 404


def test_links_outlive_a_working_day_are_the_same_for_hours_and_end() -> None:
    scene = make_scene(LONG)
    with time_machine.travel("2026-11-23T06:00:01Z", tick=False) as clock:
        first = scene.links()[0]["address"]
        clock.shift(timedelta(hours=5))
        again = scene.links()[0]["address"]
        scene.client.force_login(scene.user)
        clock.shift(timedelta(hours=12))
        lasting = scene.client.get(first).json()["code"]
        clock.shift(timedelta(hours=2))
        ended = scene.client.get(first)

    assert first == again
    assert lasting == "reference_not_allowed"
    assert (ended.status_code, ended.json()["code"]) == (410, "link_ended")


def test_what_was_erased_is_not_fetched_any_more(host: Host) -> None:
    scene = make_scene({"image": {"ref": host.has("/a.png", png())}})
    (link,) = scene.links()
    scene.task.payload.content = None
    scene.task.payload.save()

    answer = scene.client.get(link["address"])

    assert (answer.status_code, answer.json()["code"]) == (404, "erased")
    assert host.asked == []


def test_a_task_that_was_moved_to_other_fields_refers_to_nothing(host: Host) -> None:
    scene = make_scene({"image": {"ref": host.has("/a.png", png())}})
    (link,) = scene.links()
    moved = makers.make_schema(scene.project, fields=[IMAGE | {"name": "scan"}])
    scene.task.schema_version = moved
    scene.task.save()

    assert scene.client.get(link["address"]).status_code == 404
    assert scene.links() == []


def test_the_claim_carries_the_links_and_renewing_brings_new_ones(host: Host) -> None:
    scene = make_scene({"image": {"ref": host.has("/a.png", png())}})
    queue = makers.make_queue(scene.project)
    makers.make_queue_item(queue, scene.task)

    (held,) = _post(scene.client, f"queues/{queue.pk}/claim", {"count": 1})[
        "assignments"
    ]
    with time_machine.travel(timezone.now() + timedelta(hours=7)):
        scene.client.force_login(scene.user)
        asked = {"token": held["token"], "media": True}
        renewed = _post(scene.client, f"assignments/{held['id']}/renew", asked)
        plain = _post(scene.client, f"assignments/{held['id']}/renew", {"token": held["token"]})  # fmt: skip

    assert body(scene.client.get(held["media"][0]["address"])) == png()
    assert renewed["media"][0]["address"] != held["media"][0]["address"]
    assert body(scene.client.get(renewed["media"][0]["address"])) == png()
    assert "media" not in plain


def test_a_program_that_claims_with_its_token_reads_with_it_too(host: Host) -> None:
    scene = make_scene({"image": {"ref": host.has("/a.png", png())}})
    secret = makers.make_token(scene.project, "reviewer", scene.user)

    answer = Client().get(scene.links()[0]["address"], headers=makers.bearer(secret))

    assert body(answer) == png()


def test_the_database_is_let_go_before_anybody_is_called(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene({"image": {"ref": host.has("/a.png", png())}})
    queries: list[int] = []
    real = fetching.fetch

    def counted(*args: Any, **more: Any) -> Any:
        with CaptureQueriesContext(connection) as found:
            try:
                return real(*args, **more)
            finally:
                queries.append(len(found))

    monkeypatch.setattr(fetching, "fetch", counted)

    body(scene.get())

    assert queries == [0]


def _post(client: Client, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(f"/api/v1/{path}", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()
