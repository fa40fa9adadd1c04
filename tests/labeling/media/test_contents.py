"""What bytes are is told from the bytes."""

from __future__ import annotations

import codecs
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.media import contents
from labeling.media.refused import Unfit
from tests.labeling.media.host import png

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "


@pytest.mark.parametrize(
    ("head", "type_"), [(png()[:64], "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")]
)  # fmt: skip
def test_pictures_are_known_by_their_first_bytes(head: bytes, type_: str) -> None:
    contents.refuse_unfit("picture", head)

    assert contents.sniffed(head) == type_


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "SVG"),
        (b"\xef\xbb\xbf\n <?xml version='1.0'?><svg>", "SVG"),
        (b"<!doctype html><script>", "a web page"),
        (b"GIF89a", "GIF"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"RIFF\x00\x00\x00\x00WAVE", "something else"),
        (b"", "empty"),
        (b"\x89PNX\r\n\x1a\n", "something else"),
    ],
)
def test_what_is_no_picture_is_refused_and_named(head: bytes, words: str) -> None:
    with pytest.raises(Unfit, match=words):
        contents.refuse_unfit("picture", head)


@given(st.binary(max_size=64))
def test_no_bytes_but_a_pictures_are_taken_for_one(head: bytes) -> None:
    if not head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"RIFF")):
        with pytest.raises(Unfit):
            contents.refuse_unfit("picture", head)


@pytest.mark.parametrize(
    "head", [png()[:64], b"%PDF-1.7", b"\x1f\x8b\x08", b"PK\x03\x04"]
)
def test_what_is_no_text_is_refused_before_it_is_read(head: bytes) -> None:
    for holds in ("text", "json", "document"):
        with pytest.raises(Unfit):
            contents.refuse_unfit(holds, head)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")))
def test_text_comes_back_whatever_unicode_it_is_written_in(text: str) -> None:
    marked = {
        "utf-8": codecs.BOM_UTF8,
        "utf-16-le": codecs.BOM_UTF16_LE,
        "utf-16-be": codecs.BOM_UTF16_BE,
    }

    for name, mark in marked.items():
        assert contents.text(mark + text.encode(name), "latin-1") == text
    assert contents.text(text.encode()) == text
    assert contents.text(text.encode("utf-16-le"), "UTF-16LE") == text


def test_a_senders_encoding_counts_where_there_is_no_mark() -> None:
    assert contents.text("naïve".encode("latin-1"), "ISO-8859-1") == "naïve"
    assert contents.text("日本".encode("shift_jis"), "Shift_JIS") == "日本"


@pytest.mark.parametrize(
    "charset", ["rot13", "zlib", "idna", "no-such", "utf-7", "a\0b"]
)
def test_encodings_that_are_none_of_texts_are_refused(charset: str) -> None:
    with pytest.raises(Unfit, match="encoding"):
        contents.text(b"abc", charset)


def test_broken_text_is_told_with_its_place() -> None:
    with pytest.raises(Unfit, match=r"UTF-8: byte 4 does not fit"):
        contents.text(b"abc\xffdef")
    with pytest.raises(Unfit, match=r"U\+0000"):
        contents.text(b"a\0b")


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused_in_words(data: bytes) -> None:
    try:
        told = contents.text(data)
    except Unfit:
        return

    assert "\0" not in told


@pytest.mark.parametrize("data", [b"", b"{", b"{} {}", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(Unfit, match="no JSON"):
        contents.json(data)


@given(st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=5))
def test_json_comes_back(value: Any) -> None:
    plain = msgspec.json.encode(value)
    if b"\\u0000" not in plain:
        assert contents.json(plain) == value
