"""Questions that mark pictures, for tests."""

from __future__ import annotations

from labeling.kinds.base import Json, Label, Question

LABELS = (Label("car", "Car"), Label("tree", "Tree"))


def asked(
    kind: str, *, labels: tuple[Label, ...] = LABELS, **settings: Json
) -> Question:
    full: dict[str, Json] = {"field": "photo", **settings}
    return Question("q", kind, "What is there?", labels=labels, settings=full)


def box(
    x: float,
    y: float,
    width: float = 40,
    height: float = 20,
    label: str = "car",
    **more: Json,
) -> dict[str, Json]:
    return {"x": x, "y": y, "width": width, "height": height, "label": label, **more}
