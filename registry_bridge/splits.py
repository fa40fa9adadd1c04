"""Which side a row is on: fixed for good by a secret salt and by whom the row belongs with.

An input may come in two groups (documents, users), and a group with an input of another.
Whatever is joined so, however long the chain, is one body and on one side. The side of a
body that was ever frozen is the one it had. If two bodies are joined later that were on
two sides, what was trained on stays there, and nothing else of them is trained on or
compared: a test on it would be a test on what models have seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db.models import Min

from registry_bridge.models import PayloadSide, SnapshotItem
from reviewer.models import Prediction
from reviewer.stats.sampling import draw

if TYPE_CHECKING:
    from registry_bridge.models import RegisteredModel

_SPLIT: Final = b"split"
CHUNK: Final = 10_000
Side = SnapshotItem.Side
# A payload by its number, or a group by its name.
Node = int | str


class Came(NamedTuple):
    """An input that came in a group; `first` tells groups apart by their age."""

    payload: int
    group: str
    first: int


class Was(NamedTuple):
    """What earlier snapshots did with an input."""

    payload: int
    group: str
    trained: bool
    tested: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a row belongs. `joined`: its body was on both sides, so it compares nothing."""

    group: str
    side: str
    joined: bool = False


@dataclass(slots=True)
class _Body:
    """All that is joined: the name it goes by, and the sides that it was on."""

    group: str
    age: int
    trained: bool = False
    tested: bool = False


class Split:
    """The sides of one project's inputs."""

    def __init__(
        self, salt: bytes, test_percent: int, came: Iterable[Came], was: Iterable[Was]
    ) -> None:
        self._salt, self._test_percent = salt, test_percent
        self._above: dict[Node, Node] = {}
        self._was = {each.payload: each for each in was}
        # a name that was frozen is older than any other: what is known by it stays so
        ages: dict[str, int] = {}
        for each in came:
            self._join(each.payload, each.group)
            ages[each.group] = min(each.first, ages.get(each.group, each.first))
        for old in self._was.values():
            self._join(old.payload, old.group)
            ages[old.group] = 0
        self._bodies = self._gather(ages)

    def _gather(self, ages: dict[str, int]) -> dict[Node, _Body]:
        found: dict[Node, _Body] = {}
        for group, age in ages.items():
            root = self._root(group)
            body = found.setdefault(root, _Body(group, age))
            if (age, group) < (body.age, body.group):
                body.age, body.group = age, group
        for old in self._was.values():
            body = found[self._root(old.payload)]
            body.trained |= old.trained
            body.tested |= old.tested
        return found

    def _join(self, one: Node, other: Node) -> None:
        first, second = self._root(one), self._root(other)
        if first != second:
            self._above[first] = second

    def _root(self, node: Node) -> Node:
        above = self._above
        while (parent := above.setdefault(node, node)) != node:
            above[node] = above.setdefault(parent, parent)
            node = parent
        return node

    def of(self, payload: int, sha256: str) -> Placed:
        """Where this input belongs, whatever group it comes with this time."""
        body = (
            self._bodies.get(self._root(payload)) if self._is_known(payload) else None
        )
        if body is None:
            return Placed(sha256, side(self._salt, sha256, self._test_percent))
        if not (body.trained and body.tested):
            return Placed(body.group, self._side(body))
        was = self._was.get(payload)
        if was is not None and was.trained and not was.tested:
            return Placed(body.group, Side.TRAIN, joined=True)
        return Placed(body.group, Side.TEST, joined=True)

    def _is_known(self, payload: int) -> bool:
        return payload in self._above

    def _side(self, body: _Body) -> str:
        if body.tested:
            return Side.TEST
        if body.trained:
            return Side.TRAIN
        return side(self._salt, body.group, self._test_percent)


def side(salt: bytes, group: str, test_percent: int) -> str:
    """The side of what was never frozen, by the name that it goes by."""
    on_test = draw(salt, group, _SPLIT) * 100 < test_percent
    return Side.TEST if on_test else Side.TRAIN


def of(model: RegisteredModel) -> Split:
    """The split as predictions and snapshots tell it now: two reads, whatever there is."""
    named = Prediction.objects.filter(project=model.project_id).exclude(group="")
    came = named.values_list("payload_id", "group").annotate(first=Min("pk")).order_by()
    kept = PayloadSide.objects.filter(project=model.project_id)
    was = kept.values_list("payload_id", "group", "trained", "tested")
    return Split(
        bytes(model.split_salt),
        model.test_percent,
        (Came(*row) for row in came.iterator(chunk_size=CHUNK)),
        (Was(*row) for row in was.iterator(chunk_size=CHUNK)),
    )
