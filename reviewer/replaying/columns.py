"""Predictions as columns: all that routing looks at, and how they were decided; pure.

What is not known is NaN (confidence, entropy) or 0 (a key of the metadata).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

# (model name, model version)
Version: TypeAlias = tuple[str, str]
ACCEPTED, REVIEW, AUDIT = 0, 1, 2
NO_BIN: Final = -1
NOT_THERE: Final = 0
_PURPOSE: Final = b"metadata"
_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Columns:
    """One element for each prediction, in the order of intake."""

    id: NDArray[np.int64]
    # Seconds since 1970.
    at: Floats
    u: Floats
    # The draw that hides the model's answer: hidden iff below b.
    v: Floats
    # As decided at intake.
    pi: Floats
    b: Floats
    verdict: NDArray[np.uint8]
    repeats: Flags
    confidence: Floats
    # Of stats.chance.bin_of(), NO_BIN without a confidence.
    bin: NDArray[np.int16]
    margin: Floats
    entropy: Floats
    # Places in `labels` and `versions`.
    label: NDArray[np.int32]
    version: NDArray[np.int32]
    labels: tuple[str, ...]
    versions: tuple[Version, ...]
    # Of each key of the metadata, value_key() of its value.
    keys: Mapping[str, NDArray[np.uint64]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return int(self.id.size)

    @property
    def inclusion(self) -> Floats:
        """The chance with which each one's blind answer comes to be known."""
        return self.pi * self.b

    def part(self, first: int, last: int | None = None) -> Columns:
        """From one place up to another; nothing is copied."""
        cut = {name: getattr(self, name)[first:last] for name in ARRAYS}
        keys = {key: values[first:last] for key, values in self.keys.items()}
        return Columns(**cut, labels=self.labels, versions=self.versions, keys=keys)


ARRAYS: Final = tuple(
    each.name
    for each in fields(Columns)
    if each.name not in ("labels", "versions", "keys")
)
TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("at", "u", "v", "pi", "b", "confidence", "margin", "entropy"), "<f8"
    ),
    "id": "<i8",
    "verdict": "|u1",
    "repeats": "|b1",
    "bin": "<i2",
    "label": "<i4",
    "version": "<i4",
}
KEY_TYPE: Final = "<u8"


class _Head(msgspec.Struct, frozen=True):
    n: int
    labels: tuple[str, ...]
    versions: tuple[Version, ...]
    keys: tuple[str, ...]


def dump(columns: Columns) -> bytes:
    """As bytes: the length of a head in JSON, the head, each array, each key."""
    keys = tuple(sorted(columns.keys))
    head = msgspec.json.encode(_Head(columns.n, columns.labels, columns.versions, keys))
    arrays = [getattr(columns, name).astype(TYPES[name]) for name in ARRAYS]
    arrays += [columns.keys[key].astype(KEY_TYPE) for key in keys]
    whole = [len(head).to_bytes(_LENGTH, "little"), head]
    return b"".join([*whole, *(each.tobytes() for each in arrays)])


def load(kept: bytes | memoryview) -> Columns:
    """What dump() gave; the arrays are read only."""
    view = memoryview(kept)
    end = _LENGTH + int.from_bytes(view[:_LENGTH], "little")
    head = msgspec.json.decode(bytes(view[_LENGTH:end]), type=_Head)

    def take(kind: str) -> NDArray[Any]:
        nonlocal end
        found = np.frombuffer(view, dtype=kind, count=head.n, offset=end)
        end += found.nbytes
        return found

    arrays = {name: take(TYPES[name]) for name in ARRAYS}
    keys = {key: take(KEY_TYPE) for key in head.keys}
    return Columns(**arrays, labels=head.labels, versions=head.versions, keys=keys)


def joined(parts: Sequence[Columns]) -> Columns:
    """One after the other; labels and versions are counted anew."""
    labels, label_maps = _together([each.labels for each in parts])
    versions, version_maps = _together([each.versions for each in parts])
    found = {
        name: np.concatenate([getattr(each, name) for each in parts])
        for name in ARRAYS
        if name not in ("label", "version")
    }
    pairs = list(zip(parts, label_maps, version_maps, strict=True))
    found["label"] = np.concatenate([of[each.label] for each, of, _ in pairs])
    found["version"] = np.concatenate([of[each.version] for each, _, of in pairs])
    common = set.intersection(*(set(each.keys) for each in parts))
    keys = {key: np.concatenate([each.keys[key] for each in parts]) for key in common}
    return Columns(**found, labels=labels, versions=versions, keys=keys)


def _together(
    lists: Sequence[tuple[Any, ...]],
) -> tuple[tuple[Any, ...], list[NDArray[np.int32]]]:
    """All values once, and for each list where its own are among them."""
    place: dict[Any, int] = {}
    maps = []
    for values in lists:
        where = [place.setdefault(value, len(place)) for value in values]
        maps.append(np.array(where, dtype=np.int32))
    return tuple(place), maps


def value_key(salt: bytes, value: object) -> int:
    """64 bits that are the same for values that a policy takes for the same.

    1 and 1.0 are; true and 1 are not. NOT_THERE for what no condition can name: null, lists
    and maps. Keyed with the secret salt, so that values cannot be tried out.
    """
    written = _written(value)
    if written is None:
        return NOT_THERE
    digest = hashlib.blake2b(written.encode(), digest_size=8, key=salt, person=_PURPOSE)
    return int.from_bytes(digest.digest(), "big") or 1


def value_keys(salt: bytes, values: Iterable[object]) -> NDArray[np.uint64]:
    return np.array([value_key(salt, each) for each in values], dtype=np.uint64)


def _written(value: object) -> str | None:
    if isinstance(value, bool):
        return f"b{value}"
    if isinstance(value, str):
        return f"s{value}"
    if isinstance(value, int):
        return f"n{value}"
    if isinstance(value, float):
        return f"n{int(value)}" if value.is_integer() else f"n{value!r}"
    return None
