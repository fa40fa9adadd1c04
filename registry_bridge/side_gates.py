"""Side conditions of a promotion: as long as one is not open, no gate proposes it.

Calibration and latency are of the one comparison on the test side, looked at once. Cost is
a forecast by today's policy and traffic, of the moment. A person may propose all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from registry_bridge import gates, side_costs
from registry_bridge.gates import Finding, Verdict
from registry_bridge.models import Gate
from reviewer.stats import limits
from reviewer.stats.estimates import NotEnough, from_json
from reviewer.stats.limits import Side

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from registry_bridge.models import Study, Training
    from reviewer.stats.estimates import Estimate

Condition = Gate.Condition
# A study is looked at every few seconds; what a version costs changes more slowly.
AGAIN: Final = timedelta(minutes=10)
NOT_MEASURED: Final = NotEnough("a comparison in which this was measured", 0)


@dataclass(frozen=True, slots=True)
class Limit:
    """One number, the most it may be, and how both read."""

    name: str
    found: Estimate | NotEnough
    most: float
    unit: str
    digits: int = 3

    def said(self, value: float) -> str:
        return f"{value:,.{self.digits}f}{self.unit}"


@dataclass(frozen=True, slots=True)
class Looked:
    """A gate that holds proposals back, and what was found."""

    gate: Gate
    finding: Finding

    def as_json(self) -> dict[str, Any]:
        return {
            "gate": self.gate.name,
            "condition": self.gate.condition,
            "verdict": str(self.finding.verdict),
            "words": self.finding.words,
        }


def look(
    training: Training,
    evidence: Mapping[str, Any],
    at: datetime,
    *,
    study: Study | None = None,
) -> list[Looked]:
    """Each side condition of the project, judged for this challenger."""
    active = Gate.objects.that_hold_back().filter(project=training.project_id)
    return [
        Looked(gate, _recent(gate, study, at) or judge(gate, training, evidence, at))
        for gate in active
    ]


def remember(looked: Sequence[Looked], *, study: Study | None = None) -> None:
    for each in looked:
        gates.remember(each.gate, each.finding, study=study)


def in_the_way(looked: Sequence[Looked]) -> str:
    """What holds a proposal back, in words; "" where nothing does."""
    shut = [each for each in looked if not each.finding.is_open]
    if not shut:
        return ""
    names = ", ".join(each.gate.name for each in shut)
    return f"Held back by {names}: {shut[0].finding.words}"


def _recent(gate: Gate, study: Study | None, at: datetime) -> Finding | None:
    if study is None:
        return None
    last = gate.checks.filter(study=study, at__gt=at - AGAIN).order_by("-pk").first()
    if last is None or last.evidence["settings"] != gates.settings_of(gate):
        return None
    return Finding(last.verdict, last.words, last.evidence)


def judge(
    gate: Gate, training: Training, evidence: Mapping[str, Any], at: datetime
) -> Finding:
    """Open, shut, or not enough yet; in words also what would decide it."""
    found = list(_limits(gate, training, evidence, at))
    verdicts = [_verdict(each) for each in found]
    verdict = next(
        (v for v in (Verdict.SHUT, Verdict.NOT_ENOUGH) if v in verdicts), Verdict.OPEN
    )
    kept = {
        "challenger": {"version": training.version},
        "champion": {"version": training.champion},
        "settings": gates.settings_of(gate),
        **{each.name.replace(" ", "_"): each.found.as_json() for each in found},
    }
    return Finding(verdict, " ".join(_words(each) for each in found), kept)


def _limits(
    gate: Gate, training: Training, evidence: Mapping[str, Any], at: datetime
) -> Iterator[Limit]:
    settings = gates.settings_of(gate)
    if gate.condition == Condition.CALIBRATION:
        yield from _calibration(settings, evidence.get("calibration_error") or {})
    elif gate.condition == Condition.LATENCY:
        yield from _latency(settings, evidence.get("latency") or {})
    else:
        yield from _cost(settings, training, at)


def _calibration(
    settings: Mapping[str, Any], found: Mapping[str, Any]
) -> Iterator[Limit]:
    if settings["at_most"] is not None:
        error = _read(found, "challenger")
        yield Limit("calibration error", error, settings["at_most"], "")
    if settings["margin"] is not None:
        more = _read(found, "increase")
        name = "calibration error beyond the champion's"
        yield Limit(name, more, settings["margin"], "")


def _latency(settings: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Limit]:
    if settings["at_most_ms"] is not None:
        slow = _read(found, "challenger")
        yield Limit("p95 latency", slow, settings["at_most_ms"], " ms", 1)
    if settings["margin"] is not None:
        ratio = _read(found, "ratio")
        name = "p95 latency to the champion's"
        yield Limit(name, ratio, 1 + settings["margin"], " times", 2)


def _cost(
    settings: Mapping[str, Any], training: Training, at: datetime
) -> Iterator[Limit]:
    cost = side_costs.of(training, at)
    if settings["reviews_a_day"] is not None:
        most = settings["reviews_a_day"]
        yield Limit("reviews a day", cost.reviews_a_day, most, "", 1)
    if settings["minutes_per_1000"] is not None:
        most = settings["minutes_per_1000"]
        name = "review of 1,000 predictions"
        yield Limit(name, cost.minutes_per_1000, most, " minutes", 1)


def _read(found: Mapping[str, Any], name: str) -> Estimate | NotEnough:
    return from_json(found[name]) if name in found else NOT_MEASURED


def _verdict(limit: Limit) -> Verdict:
    if isinstance(limit.found, NotEnough):
        return Verdict.NOT_ENOUGH
    sides = {Side.WITHIN: Verdict.OPEN, Side.BEYOND: Verdict.SHUT}
    return sides.get(limits.side(limit.found, limit.most), Verdict.NOT_ENOUGH)


def _words(limit: Limit) -> str:
    found, most = limit.found, limit.said(limit.most)
    name = limit.name[0].upper() + limit.name[1:]
    if isinstance(found, NotEnough):
        return f"{name}, at most {most}: missing: {found.missing} (n = {found.n:,})."
    number = (
        f"{name} {limit.said(found.value)} ({limit.said(found.low)} to "
        f"{limit.said(found.high)}, n = {found.n:,})"
    )
    side = limits.side(found, limit.most)
    if side == Side.UNSURE:
        return f"{number}: not proven to be at most {most}.{_more(limit)}"
    said = "at most" if side == Side.WITHIN else "surely more than"
    return f"{number}: {said} {most}."


def _more(limit: Limit) -> str:
    if isinstance(limit.found, NotEnough):
        return ""
    more = limits.more(limit.found, limit.most)
    return f" About {more:,} more would decide it." if more else ""
