"""More of a promotion's frozen evidence: changed answers, calibration, and all numbers as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from labeling.models import Task
from registry_bridge import changed
from reviewer import charts
from reviewer.charts import Plot, Value
from reviewer.stats.estimates import Estimate
from reviewer.templatetags.figures import excerpt, percent

if TYPE_CHECKING:
    from projects.models import Project

SIDES: Final = ("champion", "challenger")


@dataclass(frozen=True)
class ChangedItem:
    """One input that both answered differently; no text where it was erased or is gone."""

    task: int
    text: str
    truth: str
    champion: str
    challenger: str


@dataclass(frozen=True)
class ChangedKind:
    title: str
    n: int
    items: tuple[ChangedItem, ...]


@dataclass(frozen=True)
class CurvePoint:
    confidence: float
    accuracy: Estimate


@dataclass(frozen=True)
class Curve:
    side: str
    points: tuple[CurvePoint, ...]
    missing: str


@dataclass(frozen=True)
class More:
    changed: tuple[ChangedKind, ...]
    curves: tuple[Curve, ...]
    plot: Plot | None


def read(project: Project, kept: Mapping[str, Any]) -> More:
    """What is in it; evidence that was frozen before these were kept has neither."""
    curves = tuple(_curve(kept, side) for side in SIDES if kept.get("calibration"))
    return More(tuple(_changed(project, kept)), curves, _plot(curves))


def _changed(project: Project, kept: Mapping[str, Any]) -> Iterator[ChangedKind]:
    found = kept.get("changed") or {}
    names = _names(kept)
    texts = _texts(project, found)
    titles = {
        changed.BETTER: _("Only the challenger is right"),
        changed.WORSE: _("Only the champion is right"),
        changed.OTHERWISE: _("Both are wrong, in different ways"),
    }
    for kind, title in titles.items():
        part = found.get(kind)
        if part:
            items = tuple(
                ChangedItem(
                    task=each["task"],
                    text=texts.get(each["task"], ""),
                    **{
                        name: names.get(each[name], each[name])
                        for name in ("truth", *SIDES)
                    },
                )
                for each in part["items"]
            )
            yield ChangedKind(title, int(part["n"]), items)


def _names(kept: Mapping[str, Any]) -> dict[str, str]:
    labels = (kept.get("confusion") or {}).get("labels", ())
    return {str(each["id"]): str(each["name"]) for each in labels}


def _texts(project: Project, found: Mapping[str, Any]) -> dict[int, str]:
    wanted = [each["task"] for part in found.values() for each in part["items"]]
    tasks = Task.objects.filter(project=project, pk__in=wanted)
    return {
        pk: excerpt(content)
        for pk, content in tasks.values_list("pk", "payload__content")
    }


def _curve(kept: Mapping[str, Any], side: str) -> Curve:
    found = kept["calibration"][side]
    title = _("Champion") if side == "champion" else _("Challenger")
    if isinstance(found, Mapping):
        return Curve(title, (), str(found["missing"]))
    points = tuple(
        CurvePoint(each["confidence"], Estimate(**each["accuracy"])) for each in found
    )
    return Curve(title, points, "")


def _plot(curves: tuple[Curve, ...]) -> Plot | None:
    series = [
        (
            curve.side,
            [
                Value(p.confidence, p.accuracy.value, p.accuracy.low, p.accuracy.high)
                for p in curve.points
            ],
        )
        for curve in curves
        if curve.points
    ]
    return charts.against_diagonal(series, percent) if series else None


COLUMNS: Final = ("part", "name", "of", "value", "low", "high", "n", "missing")


def rows(kept: Mapping[str, Any]) -> Iterator[list[Any]]:
    """All numbers of the evidence, one a row: comparisons, calibration, confusion."""
    yield from _comparison("all", "", kept.get("comparison") or {})
    for each in kept.get("labels") or ():
        yield from _comparison("label", each["name"], each["comparison"])
    for key, slices in (kept.get("metadata") or {}).items():
        for each in slices:
            yield from _comparison(f"metadata.{key}", _slice(each), each["comparison"])
    for side in SIDES if kept.get("calibration") else ():
        found = kept["calibration"][side]
        for each in [] if isinstance(found, Mapping) else found:
            yield _row(
                "calibration", f"{each['confidence']:.4f}", side, each["accuracy"]
            )
    yield from _confusion(kept.get("confusion") or {})


def _slice(each: Mapping[str, Any]) -> str:
    if each["joined"]:
        return f"({each['joined']} further values)"
    return "(none)" if each["value"] is None else str(each["value"])


def _comparison(part: str, name: str, found: Mapping[str, Any]) -> Iterator[list[Any]]:
    if "difference" not in found:
        n, why = found.get("n", 0), found.get("missing", "")
        yield [part, name, "difference", "", "", "", n, why]
        return
    for of in (*SIDES, "difference"):
        yield _row(part, name, of, found[of])


def _row(part: str, name: str, of: str, found: Mapping[str, Any]) -> list[Any]:
    return [part, name, of, *(found[key] for key in ("value", "low", "high", "n")), ""]


def _confusion(found: Mapping[str, Any]) -> Iterator[list[Any]]:
    """`name` is what is so, then what was said; numbers of all predictions, and of items."""
    if not found:
        return
    names = [str(each["name"]) for each in found["labels"]] + [str(found["other"])]
    for side in SIDES:
        table = found[side]
        for i, truth in enumerate(names):
            for j, said in enumerate(names):
                value, n = table["weighted"][i][j], table["counts"][i][j]
                yield ["confusion", f"{truth} > {said}", side, value, "", "", n, ""]
