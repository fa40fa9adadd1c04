"""References in payloads: what their form must be, and where they may stand."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from labeling import answers, fields, payloads, references
from labeling.fields.base import Field, FieldType
from labeling.kinds import choice
from labeling.kinds.base import Json, Problem, Question
from labeling.references import Place

IMAGE, TEXT = Field("image", "image"), Field("text", "text")
GOOD = [
    "s3://bucket/key",
    "s3://my.bucket-1/folder/a b+ü%20.png",
    "https://example.org/a.png",
    "https://example.org:8443/a?b=c",
    "https://93.184.216.34/a",
]
BAD = [
    "",
    "s3://bucket",
    "s3://bucket/",
    "s3://bucket/folder/",
    "s3://Bucket/key",
    "s3://b/key",
    "s3://a..b/key",
    "s3://user:word@bucket/key",
    "s3://bucket/a/../b",
    "s3://bucket/./b",
    "s3://bucket/a\nb",
    "s3://bucket/a?versionId=1",
    "s3://bucket/a#b",
    f"s3://bucket/{'ü' * 600}",
    "http://example.org/a.png",
    "https://example.org/a#b",
    "https://user:word@example.org/a",
    "https://127.0.0.1/a",
    "https://[::ffff:169.254.169.254]/a",
    "https://localhost/a",
    "https:///a",
    "HTTPS://example.org/a",
    "ftp://example.org/a",
    "file:///etc/passwd",
    "data:text/html,x",
    "javascript:alert(1)",
    f"https://example.org/{'a' * 2_000}",
]


class Strip(FieldType):
    """A list of pictures, as a type of field might be."""

    by_reference: ClassVar[str] = "picture"

    def wrong(self, field: Field, value: Json) -> str | None:
        return None if isinstance(value, list) else "must be a list"


@pytest.mark.parametrize("ref", GOOD)
def test_a_reference_that_could_be_followed_is_taken(ref: str) -> None:
    assert payloads.check([IMAGE], {"image": {"ref": ref}}) == []


@pytest.mark.parametrize("ref", BAD)
def test_one_that_never_could_is_refused_at_intake(ref: str) -> None:
    (problem,) = payloads.check([IMAGE, TEXT], {"image": {"ref": ref}, "text": "a"})

    assert problem.field == "image"
    assert payloads.check([TEXT], {"ref": ref})


@given(st.text() | st.none() | st.integers() | st.lists(st.text()))
def test_whatever_is_referred_to_is_taken_or_refused_in_words(ref: Any) -> None:
    wrong = references.wrong_with({"ref": ref}, private=False)

    assert wrong is None or wrong.startswith(("must ", "refers to "))
    if wrong is None:
        assert ref.startswith(("s3://", "https://"))


def test_nothing_is_asked_of_a_network_at_intake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", pytest.fail)
    monkeypatch.setattr("socket.socket", pytest.fail)

    assert payloads.check([IMAGE], {"image": {"ref": "https://example.org/a"}}) == []


def test_plain_http_is_for_private_networks_that_are_allowed(
    settings: Settings,
) -> None:
    inside = {"image": {"ref": "http://10.0.0.7/a.png"}}
    before = payloads.check([IMAGE], inside)
    settings.MEDIA_PRIVATE = True

    assert before
    assert payloads.check([IMAGE], inside) == []


def test_what_has_more_keys_than_ref_is_no_reference() -> None:
    beside = {"image": {"ref": "s3://bucket/key", "also": 1}}

    assert payloads.check([IMAGE], beside) == [
        Problem("image", "is missing; the schema shows it, so it must be a picture")
    ]


def test_the_whole_input_may_be_a_reference_unless_a_field_is_called_so() -> None:
    whole = {"ref": "s3://bucket/key"}

    assert payloads.check([IMAGE], whole) == []
    assert payloads.check([IMAGE, TEXT], whole) == []
    assert payloads.check([Field("ref", "text")], {"ref": "read on"}) == []
    assert list(references.places([Field("ref", "text")], {"ref": "read on"})) == []


def test_a_whole_input_stands_for_the_only_field_or_for_a_document() -> None:
    whole = {"ref": "s3://bucket/key"}

    assert list(references.places([IMAGE], whole)) == [
        Place("s3://bucket/key", "image", None, "picture")
    ]
    assert list(references.places([IMAGE, TEXT], whole)) == [Place("s3://bucket/key")]
    assert references.spread([IMAGE], whole) == {"image": whole}


def test_items_of_a_list_of_pictures_may_be_references(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _add(monkeypatch, "strip", Strip())
    shown = [Field("frames", "strip")]
    given_: dict[str, Any] = {
        "frames": ["data:…", {"ref": "s3://bucket/a"}, {"ref": "s3://bucket/b"}]
    }

    assert payloads.check(shown, given_) == []
    assert payloads.check(shown, {"frames": [{"ref": "s3://bucket"}]})
    assert list(references.places(shown, given_)) == [
        Place("s3://bucket/a", "frames", 1, "picture"),
        Place("s3://bucket/b", "frames", 2, "picture"),
    ]


def test_marks_in_what_lies_elsewhere_are_taken_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    question = Question("q", "choice", "Where?", settings={"field": "text"})
    outside = [Problem("", "lies outside")]
    monkeypatch.setattr(choice.Choice, "check_place", lambda *_: outside)
    content: list[dict[str, Json]] = [
        {"text": "here"},
        {"text": {"ref": "s3://bucket/a"}},
        {"ref": "s3://bucket/a"},
    ]

    found = [answers.check_places([question], {"q": "a"}, each) for each in content]

    assert found == [[Problem("q", "lies outside")], [], []]


def _add(patch: pytest.MonkeyPatch, name: str, type_: FieldType) -> None:
    patch.setattr(fields, "_TYPES", {**fields._TYPES, name: type_})
