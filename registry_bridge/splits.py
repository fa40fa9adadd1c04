"""Which side a row is on: fixed for good by a secret salt and the row's group."""

from __future__ import annotations

from typing import Final

from registry_bridge.models import SnapshotItem
from reviewer.stats.sampling import draw

_SPLIT: Final = b"split"


def side(salt: bytes, group: str, test_percent: int) -> str:
    """Rows of one group (document, user, payload) never land on both sides."""
    on_test = draw(salt, group, _SPLIT) * 100 < test_percent
    return SnapshotItem.Side.TEST if on_test else SnapshotItem.Side.TRAIN
