"""What fetched bytes really are: told from the bytes, never from what the sender says. Pure."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

import msgspec

from labeling.media.refused import Unfit
from labeling.references import DOCUMENT, JSON, PICTURE, TEXT

if TYPE_CHECKING:
    from labeling.kinds.base import Json

# So many bytes tell what something is.
HEAD: Final = 64
PICTURES: Final = ("image/png", "image/jpeg", "image/webp")
WANTED: Final = {
    PICTURE: "a PNG, JPEG or WebP picture",
    TEXT: "plain text",
    JSON: "JSON",
    DOCUMENT: "JSON with the fields of the input",
}
# Encodings of text that senders may name; others would be guesses, or no text at all.
CHARSETS: Final = frozenset(
    codecs.lookup(name).name
    for name in (
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "koi8-r", "gb18030"),
        *("big5", "euc-jp", "euc-kr", "shift_jis"),
        *(f"iso8859-{part}" for part in (*range(1, 12), 13, 14, 15, 16)),
        *(f"cp125{part}" for part in range(9)),
    )
)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Named in words when they come in the place of something else.
_OTHERS: Final = (
    (b"%PDF-", "a PDF file"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"\x7fELF", "a program"),
)


def sniffed(head: bytes) -> str:
    """The media type that the first bytes prove; "" for none that is known."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return ""


def refuse_unfit(holds: str, head: bytes) -> None:
    """Unfit when the first bytes cannot begin what should be there."""
    found = sniffed(head)
    if holds == PICTURE and found not in PICTURES:
        raise Unfit(f"It is {_words_for(head)}, not {WANTED[holds]}.")
    if holds != PICTURE and (found or _other(head)):
        raise Unfit(f"It is {_words_for(head)}, not {WANTED[holds]}.")


def text(data: bytes, charset: str = "") -> str:
    """The text: in what its byte order mark says, else the sender's charset, else UTF-8."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], name)
    return _decoded(data, _known(charset) if charset else "utf-8")


def json(data: bytes, charset: str = "") -> Json:
    try:
        found: Json = msgspec.json.decode(text(data, charset))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unfit(f"It is no JSON that can be read: {error}.") from error
    return found


def _decoded(data: bytes, charset: str) -> str:
    try:
        found = data.decode(charset)
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1:,}"
        raise Unfit(
            f"It is no text in {charset.upper()}: {where} does not fit."
        ) from error
    if "\0" in found:
        raise Unfit("It is no text: it holds the character U+0000.")
    return found


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if name not in CHARSETS:
        raise Unfit(f"It comes in an encoding that is not known: {charset[:40]!r}.")
    return name


def _words_for(head: bytes) -> str:
    found = sniffed(head)
    if found:
        return f"a picture ({found.partition('/')[2].upper()})"
    if not head:
        return "empty"
    return _other(head) or _written(head)


def _other(head: bytes) -> str:
    return next((words for mark, words in _OTHERS if head.startswith(mark)), "")


def _written(head: bytes) -> str:
    start = head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")):
        return "an SVG or XML file, which may hold scripts"
    if start.startswith(b"<"):
        return "a web page"
    return "something else"
