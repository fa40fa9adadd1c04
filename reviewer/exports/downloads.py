"""A download that ends: it holds one of the few places there are, and gives it back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Final

from projects.refused import TooMany

if TYPE_CHECKING:
    from collections.abc import Generator

# Servers hold some pieces for a slow reader: small ones are little to hold.
PIECE: Final = 64 * 1024
# Each holds a thread of the web process for as long as its reader takes.
AT_ONCE: Final = 2
RETRY_SECONDS: Final = 15
_places = threading.BoundedSemaphore(AT_ONCE)


class Download(Iterator[bytes]):
    """Pieces for a response, which closes it whether or not they were read."""

    _open = False

    def __init__(self, pieces: Generator[bytes]) -> None:
        if not _places.acquire(blocking=False):
            raise TooMany(
                f"{AT_ONCE} exports are being downloaded from this process already. "
                "Try again soon, or have a file written: POST …/exports.",
                retry_after=RETRY_SECONDS,
            )
        self._pieces = small(pieces)
        self._open = True

    def __next__(self) -> bytes:
        return next(self._pieces)

    def __del__(self) -> None:
        # a response that was never sent is not closed by anybody
        self.close()

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        with closing(self._pieces):
            _places.release()


def small(pieces: Generator[bytes]) -> Generator[bytes]:
    """The same bytes in pieces of a size that is sent at once."""
    with closing(pieces):
        for piece in pieces:
            for at in range(0, len(piece), PIECE):
                yield piece[at : at + PIECE]
