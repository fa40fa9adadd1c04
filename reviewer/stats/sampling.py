"""Draws by hash, so that the same request always gets the same decision."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

# Spaced about evenly on a log scale (steps of at most a quarter), on numbers that people
# write: "2 %" stays 2 %. There are 32, so counts by level say all about a window.
LEVELS: Final[tuple[float, ...]] = (
    *(0.005, 0.006, 0.007, 0.0085),
    *(0.01, 0.012, 0.015, 0.0175, 0.02, 0.025, 0.03, 0.035, 0.04),
    *(0.05, 0.06, 0.07, 0.085),
    *(0.1, 0.12, 0.15, 0.175, 0.2, 0.25, 0.3, 0.35, 0.4),
    *(0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
)
_LONGEST_KEY = 64
_LONGEST_PURPOSE = 16
_BITS = 53


def level_at_least(pi: float) -> float:
    """The smallest of LEVELS that is not below `pi`.

    Rounded up, never down: nobody is looked at less often than was asked.
    Raises ValueError unless 0 < pi <= 1.
    """
    if not 0 < pi <= 1:
        raise ValueError(f"an inclusion probability is in (0, 1], not {pi}")
    return LEVELS[bisect_left(LEVELS, pi)]


def levels_at_least(pi: ArrayLike) -> Floats:
    """level_at_least() of each of many."""
    wanted = np.asarray(pi, dtype=np.float64)
    if not np.all((wanted > 0) & (wanted <= 1)):
        raise ValueError("inclusion probabilities are in (0, 1]")
    levels = np.array(LEVELS)
    return levels[np.searchsorted(levels, wanted, side="left")]


def draw(salt: bytes, key: str, purpose: bytes) -> float:
    """A number in [0, 1), fixed by (salt, key, purpose), uniform over keys.

    u = (h >> 11) / 2^53 with h the 64 bits of BLAKE2b (RFC 7693), keyed with the secret
    salt and personalised with the purpose: draws for two purposes are independent, and
    who does not know the salt cannot choose a key that escapes review.
    Raises ValueError for an empty salt or one over 64 bytes, or a purpose over 16.
    """
    return float(draws(salt, [key], purpose)[0])


def draws(salt: bytes, keys: Iterable[str], purpose: bytes) -> Floats:
    """draw() for each of many keys, in their order."""
    if not 0 < len(salt) <= _LONGEST_KEY or len(purpose) > _LONGEST_PURPOSE:
        raise ValueError("a salt has 1 to 64 bytes, a purpose at most 16")
    # keyed once; each key goes on from a copy
    begun = hashlib.blake2b(digest_size=8, key=salt, person=purpose)
    digests = []
    for key in keys:
        one = begun.copy()
        one.update(key.encode())
        digests.append(one.digest())
    hashes = np.frombuffer(b"".join(digests), dtype=">u8")
    found: Floats = (hashes >> (64 - _BITS)).astype(np.float64) / 2**_BITS
    return found


def joined(*probabilities: ArrayLike) -> Floats:
    """The probability of being selected by at least one of several independent designs.

    1 - ∏(1 - pi), item by item: arrays of the same length, one per design, 0 where a
    design could not have selected the item.
    """
    missed = [1.0 - np.asarray(p, dtype=np.float64) for p in probabilities]
    if any(np.any((m < 0) | (m > 1)) for m in missed):
        raise ValueError("inclusion probabilities are in [0, 1]")
    either: Floats = 1.0 - np.prod(np.stack(missed), axis=0)
    return either


def worked_share(u: ArrayLike, pi: ArrayLike, settled: ArrayLike) -> float:
    """The c of an unfinished queue worked in the order of u/pi.

    Of the drawn items (u < pi), the smallest u/pi that is not settled; 1 when all are.
    The items with u/pi < c are a Poisson sample with inclusion probability c·pi: u is
    uniform, and u/pi < c is u < c·pi (design-based sampling with permanent random
    numbers, Ohlsson 1995). Use only those items, each with c·pi.
    """
    place = np.asarray(u, dtype=np.float64) / np.asarray(pi, dtype=np.float64)
    open_ = place[~np.asarray(settled, dtype=bool)]
    return float(open_.min()) if open_.size else 1.0
