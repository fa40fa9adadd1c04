"""How far the confidence of champion and challenger is to be believed, on the same test items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from reviewer.stats import calibration_error
from reviewer.stats.calibrated import Everyone, Reviewed
from reviewer.stats.estimates import Estimate, NotEnough, joined
from reviewer.stats.reliability import reliability

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from registry_bridge.models import SnapshotItem
    from registry_bridge.said import Answers

Row = tuple[bool, float | None, float]
# The champion's and the challenger's.
Rows = tuple[list[Row], list[Row]]
MISSING: Final = "a confidence from every answer"


def of_both(rows: Rows) -> dict[str, Any]:
    """Reliability curves as plain JSON; {} where neither model said how sure it was."""
    champion, challenger = rows
    if not any(sure is not None for _, sure, _ in (*champion, *challenger)):
        return {}
    return {"champion": _curve(champion), "challenger": _curve(challenger)}


def errors(rows: Rows, lacking: NotEnough | None) -> dict[str, Any]:
    """Calibration error of both, debiased, and how much greater the challenger's is.

    As plain JSON; `lacking` where no item stands for a kind of prediction.
    """
    champion, challenger = (lacking or _error(each) for each in rows)
    return {
        "champion": champion.as_json(),
        "challenger": challenger.as_json(),
        "increase": joined(challenger, champion, calibration_error.increase).as_json(),
    }


def _error(rows: list[Row]) -> Estimate | NotEnough:
    sure = [each for _, each, _ in rows if each is not None]
    if len(sure) < len(rows) or not rows:
        return NotEnough(MISSING, len(rows))
    right = [float(each) for each, _, _ in rows]
    pi = [each for _, _, each in rows]
    return calibration_error.of_sample(Reviewed(right, pi, sure))


def rows(usable: QuerySet[SnapshotItem], answers: Mapping[int, Answers]) -> Rows:
    """Champion's and challenger's: whether it was right, how sure it was, its chance."""
    known = [
        (answers[gold], str(value), pi)
        for gold, value, pi in usable.values_list("gold_id", "gold__value", "pi")
        if gold in answers and pi is not None
    ]
    return (
        [(a.champion == truth, a.champion_sure, pi) for a, truth, pi in known],
        [(a.challenger == truth, a.challenger_sure, pi) for a, truth, pi in known],
    )


def _curve(rows: list[Row]) -> Any:
    """A part holds about as many test items as another; each counts with its weight."""
    sure = [each for _, each, _ in rows if each is not None]
    if len(sure) < len(rows):
        return NotEnough(MISSING, len(rows)).as_json()
    right = [float(each) for each, _, _ in rows]
    pi = [each for _, _, each in rows]
    found = reliability(Reviewed(right, pi, sure), Everyone(sure))
    if isinstance(found, NotEnough):
        return found.as_json()
    return [asdict(point) for point in found]
