"""What stands in a file, line by line: the calls of a model, or why a line is none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from registry_bridge.capturing import lines, places
from registry_bridge.capturing.lines import Broken, Line
from registry_bridge.gateways.ports import Shelf
from registry_bridge.models import CaptureFile, CaptureSource
from reviewer.adapters import Call
from reviewer.adapting import records
from reviewer.adapting.bodies import Body, Unread

if TYPE_CHECKING:
    from typing import BinaryIO

Shelves = Callable[[str], Shelf]
OUTPUT, JOINED, SENT = ".out", "SageMakerOutput", "SageMakerInput"
JSON_TYPE: Final = "application/json"


# What nobody foresaw of what others wrote: numbers without end, brackets within brackets,
# letters in a code without letters. It is that line's fault, and no other's.
ODD: Final = (ValueError, ArithmeticError, RecursionError)


def unforeseen(error: Exception) -> Unread:
    return Unread("record", f"cannot be read: {type(error).__name__} {error}"[:1_000])


class Item(Struct, frozen=True):
    """A line by its number, as it stands there, and the call it tells of."""

    line: int
    raw: bytes
    call: Call | Unread | None = None


Wanted = Callable[[int], bool]


def of(file: CaptureFile, shelves: Shelves, wanted: Wanted) -> Iterator[Item]:
    """The lines that are wanted; those that hold nothing have no call.

    Missing: an object is gone. Broken: the file can be read no further.
    """
    readers = {
        CaptureSource.Kind.CAPTURE: _captured,
        CaptureSource.Kind.ASYNC: _answered,
        CaptureSource.Kind.TRANSFORM: _transformed,
    }
    return readers[CaptureSource.Kind(file.source.kind)](file, shelves, wanted)


def _captured(file: CaptureFile, shelves: Shelves, wanted: Wanted) -> Iterator[Item]:
    variant = places.variant(file.key)
    with _open(file, shelves) as opened:
        for line in lines.of(opened):
            if wanted(line.number):
                yield _item(line, partial(_record, variant))


def _item(line: Line, read: Callable[[bytes], Call]) -> Item:
    if not line.whole:
        problem = Unread("record", f"is longer than {lines.LONGEST:,} bytes")
        return Item(line.number, line.data[:1_000], problem)
    if not line.data.strip():
        return Item(line.number, b"")
    try:
        return Item(line.number, line.data, read(line.data))
    except Unread as problem:
        return Item(line.number, line.data, problem)
    except ODD as error:
        return Item(line.number, line.data, unforeseen(error))


def _record(variant: str, data: bytes) -> Call:
    found = records.read(data)
    return Call(found.id, found.sent, found.answered, found.at, variant)


def _answered(file: CaptureFile, shelves: Shelves, wanted: Wanted) -> Iterator[Item]:
    """One request of asynchronous inference: its input and its output, each an object."""
    if not wanted(0):
        return
    bucket, key = places.split(file.input_uri)
    if not bucket or not key:
        problem = Unread("message", "does not say where the input lies (inputLocation)")
        yield Item(0, b"", problem)
        return
    try:
        with _open(file, shelves) as opened:
            answer = lines.whole(opened)
        with shelves(bucket).open(key) as opened:
            sent = lines.whole(opened)
    except Unread as problem:
        yield Item(0, b"", problem)
        return
    call = Call(file.inference_id, Body(sent), Body(answer), file.occurred_at)
    yield Item(0, sent, call)


def _transformed(file: CaptureFile, shelves: Shelves, wanted: Wanted) -> Iterator[Item]:
    """Outputs of Batch Transform, each with the line of the input that it belongs to."""
    if file.source.joined:
        yield from _joined(file, shelves, wanted)
        return
    bucket, key = _input_of(file)
    with _open(file, shelves) as answers, shelves(bucket).open(key) as inputs:
        _refuse_unequal(lines.count(answers), lines.count(inputs), key)
    with _open(file, shelves) as answers, shelves(bucket).open(key) as inputs:
        pairs = zip(lines.of(inputs), lines.of(answers), strict=True)
        for sent, line in pairs:
            if wanted(line.number):
                yield _item(line, partial(_pair, file, sent, line))


def _refuse_unequal(answers: int, inputs: int, key: str) -> None:
    """Joined by the wrong line, everything would look well and be wrong."""
    if answers != inputs:
        raise Broken(
            f"It has {answers:,} lines, and its input {key} {inputs:,}. Run the transform "
            "with SplitType Line and AssembleWith Line, so that they belong together."
        )


def _pair(file: CaptureFile, sent: Line, line: Line, data: bytes) -> Call:
    return Call(_id(file, line.number), Body(sent.data), Body(data))


def _joined(file: CaptureFile, shelves: Shelves, wanted: Wanted) -> Iterator[Item]:
    with _open(file, shelves) as opened:
        for line in lines.of(opened):
            if wanted(line.number):
                yield _item(line, partial(_apart, _id(file, line.number)))


def _apart(name: str, data: bytes) -> Call:
    """JSON falls into input and output; a line of CSV is both, told apart by columns."""
    if not data.lstrip().startswith(b"{"):
        return Call(name, Body(data), Body(data))
    try:
        found = msgspec.json.decode(data)
        answer = found.pop(JOINED)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unread("record", f"is not JSON: {error}") from error
    except KeyError as error:
        raise Unread("record", f"has no {JOINED}; was it joined?") from error
    return Call(name, _json(found.get(SENT, found)), _json(answer))


def _json(value: Any) -> Body:
    return Body(msgspec.json.encode(value).decode(), JSON_TYPE)


def _id(file: CaptureFile, number: int) -> str:
    """The same for a line of a file, however often it is read."""
    bucket = places.split(file.source.uri)[0]
    text = f"s3://{bucket}/{file.key}#{number + 1}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _input_of(file: CaptureFile) -> tuple[str, str]:
    """`<input>.out` lies beside its input, or in the same place below another prefix."""
    source, key = file.source, file.key.removesuffix(OUTPUT)
    bucket, prefix = places.folder(source.uri)
    if not source.inputs:
        return bucket, key
    bucket, other = places.folder(source.inputs)
    return bucket, other + key.removeprefix(prefix)


def _open(file: CaptureFile, shelves: Shelves) -> BinaryIO:
    bucket = places.split(file.source.uri)[0]
    return shelves(bucket).open(file.key, file.etag)


def batches(items: Iterator[Item], most: int, most_bytes: int) -> Iterator[list[Item]]:
    """Lists of items, none larger than one call of intake should be."""
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += len(item.raw)
        if len(batch) >= most or size >= most_bytes:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
