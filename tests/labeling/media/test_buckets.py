"""Objects in S3: only through a connection of the project, never by the service's own role."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from tests.labeling.media.host import png
from tests.labeling.media.scenes import Scene, make_connection, make_scene

pytestmark = pytest.mark.django_db
ODD = "s3://photos/team/a b+ü%20.png"


def scene_of(ref: str) -> Scene:
    return make_scene({"image": {"ref": ref}})


def test_an_object_comes_through_the_projects_connection_whatever_its_key(
    bucket: str,
) -> None:
    scene = scene_of(ODD)
    make_connection(scene.project, bucket)

    assert scene.get().getvalue() == png()


def test_the_narrowest_connection_that_holds_it_is_used(bucket: str) -> None:
    scene = scene_of(ODD)
    make_connection(scene.project, "http://127.0.0.1:9", uri="s3://photos")
    make_connection(scene.project, bucket, uri="s3://photos/team")

    assert scene.get().getvalue() == png()


@pytest.mark.parametrize("uri", ["s3://photos/tea", "s3://photos/team/a", "s3://photo"])
def test_what_lies_in_no_connection_is_refused_with_what_to_do(
    bucket: str, uri: str
) -> None:
    scene = scene_of(ODD)
    make_connection(scene.project, bucket, uri=uri)
    make_connection(make_scene({"image": "x"}).project, bucket)

    status, code, words = scene.told()

    assert (status, code) == (422, "reference_not_allowed")
    assert "An owner adds one in the project’s settings: kind S3" in words


def test_the_services_own_credentials_serve_only_buckets_its_operator_lists(
    bucket: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "known")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "to everybody")
    scene = scene_of(ODD)
    make_connection(scene.project, bucket, secret=None)
    before = scene.told()
    settings.MEDIA_BUCKETS = ["photos"]
    listed = scene.get().getvalue()
    settings.MEDIA_BUCKETS, settings.OBJECT_STORE = ["*"], "s3://photos/kept"

    assert before[:2] == (422, "reference_not_allowed")
    assert "OVERREAD_MEDIA_BUCKETS" in before[2]
    assert listed == png()
    assert scene.told() == before


def test_an_object_that_is_not_there_is_gone(bucket: str) -> None:
    scene = scene_of("s3://photos/absent.png")
    make_connection(scene.project, bucket)

    status, code, words = scene.told()

    assert (status, code) == (404, "reference_gone")
    assert words == "The bucket photos has nothing there any more (404)."


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254",
        "http://[::ffff:169.254.169.254]",
        "file:///etc",
        "nonsense",
    ],
)
def test_an_endpoint_of_a_connection_leads_nowhere_inside_either(
    bucket: str, endpoint: str
) -> None:
    scene = scene_of("s3://latest/meta-data/iam")
    make_connection(scene.project, endpoint, uri="s3://latest")

    assert scene.told()[:2] == (422, "reference_not_allowed")


def test_an_endpoint_in_a_private_network_needs_the_operators_word(
    bucket: str, settings: Settings
) -> None:
    settings.MEDIA_PRIVATE = False
    scene = scene_of(ODD)
    make_connection(scene.project, bucket)

    assert "OVERREAD_MEDIA_PRIVATE=1" in scene.told()[2]


@pytest.mark.parametrize("options", [{"endpoint_url": 7}, {"region": {"a": 1}}])
def test_a_connection_that_makes_no_sense_is_told_of(
    bucket: str, options: dict[str, Any]
) -> None:
    scene = scene_of(ODD)
    make_connection(scene.project, bucket, options=options)

    assert scene.told()[:2] == (422, "reference_not_allowed")
