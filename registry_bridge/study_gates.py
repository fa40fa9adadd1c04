"""What a study's evidence means to the gates that rest on it, in numbers and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from registry_bridge import study_terms
from registry_bridge.gates import Finding, Verdict
from registry_bridge.models import Gate
from reviewer.stats import disagreements
from reviewer.stats.disagreements import Claim, Evidence, Seen, Terms
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from registry_bridge.models import Study

ONLY: Final = "It certifies a difference in the share of right answers, nothing else."
GREATEST: Final = 1e6


@dataclass(frozen=True, slots=True)
class Look:
    """All that a study's counts say, at one moment."""

    evidence: Evidence
    terms: Terms
    better: Claim
    not_worse: Claim
    worse: Claim
    # "Not worse" on each slice with enough items, and those that were harmed.
    slices: dict[str, Claim]
    harmed: tuple[str, ...]

    @property
    def whole(self) -> Seen:
        return self.evidence.whole

    @property
    def too_small(self) -> list[str]:
        """Slices that nothing can be said of yet."""
        return [name for name in self.evidence.slices if name not in self.slices]

    def opens(self, gate: Gate) -> bool:
        if self.harmed:
            return False
        if gate.condition == Gate.Condition.CHALLENGER_BETTER:
            return self.better.holds
        return self.not_worse.holds and all(x.holds for x in self.slices.values())


def look(study: Study) -> Look:
    """From counts alone, whatever the number of predictions."""
    terms = Terms(**study.claims)
    evidence = Evidence.from_json(study.evidence)
    return Look(
        evidence=evidence,
        terms=terms,
        better=disagreements.better(evidence.whole, terms),
        not_worse=disagreements.not_worse(evidence.whole, terms),
        worse=disagreements.worse(evidence.whole, terms),
        slices=disagreements.judged(evidence.slices, terms),
        harmed=disagreements.harmed(evidence.slices, terms),
    )


def judge(gate: Gate, study: Study, seen: Look) -> Finding:
    """Open, shut, or not enough yet, and what would decide it."""
    verdict, words = _judged(gate, study, seen)
    return Finding(verdict, f"{words} {ONLY}", kept(study, seen))


def _judged(gate: Gate, study: Study, seen: Look) -> tuple[str, str]:
    claim, goal = _claim(gate, seen)
    counts = _counted(seen.whole)
    if seen.harmed:
        names = ", ".join(seen.harmed[:5])
        return Verdict.SHUT, f"The challenger is worse on: {names}. {counts}"
    if seen.opens(gate):
        return Verdict.OPEN, f"The challenger is {goal}. {counts} {strength(claim)}"
    if seen.worse.holds:
        return Verdict.SHUT, f"The challenger is worse. {counts} {strength(seen.worse)}"
    if claim.holds:
        left = [name for name, each in seen.slices.items() if not each.holds]
        words = f"Over all the challenger is {goal}; not proven yet on: "
        return Verdict.NOT_ENOUGH, f"{words}{', '.join(left[:5])}. {counts}"
    words = f"Not proven yet that the challenger is {goal}. {counts} {strength(claim)}"
    return Verdict.NOT_ENOUGH, f"{words} {told_more(gate, seen)}".strip()


def _claim(gate: Gate, seen: Look) -> tuple[Claim, str]:
    if gate.condition == Gate.Condition.CHALLENGER_BETTER:
        return seen.better, "better"
    points = f"{seen.terms.margin * 100:g}"
    unit = "point" if points == "1" else "points"
    return seen.not_worse, f"worse by less than {points} {unit}"


def _counted(whole: Seen) -> str:
    said = f"{whole.labels:,} disagreements labelled"
    wins, losses = whole.labelled.seen(1), whole.labelled.seen(-1)
    said += f": it alone was right in {wins:,}, the champion alone in {losses:,}"
    if whole.overdue.n:
        said += f", {whole.overdue.n:,.0f} without an answer count against it"
    return f"{said}; {whole.agreed:,} agreements needed no label."


def strength(claim: Claim) -> str:
    """The evidence beside what is needed, as bets read it: 20 to 1 against chance."""
    held = "at its best " if claim.holds and claim.peak > claim.log_e else ""
    shown = claim.peak if held else claim.log_e
    return f"Evidence {held}{number(shown)}, needed {claim.needed:,.0f}."


def number(log_e: float) -> str:
    e = math.exp(min(log_e, math.log(GREATEST)))
    if e >= GREATEST:
        return f"over {GREATEST:,.0f}"
    return f"{e:,.0f}" if e >= 100 else f"{e:.2g}" if e < 1 else f"{e:.1f}"


def more(condition: str, seen: Look) -> Estimate | NotEnough:
    """About how many more labels would decide a claim."""
    better = condition == Gate.Condition.CHALLENGER_BETTER
    return disagreements.more(seen.whole, seen.terms.tests[0 if better else 1])


def told_more(gate: Gate, seen: Look) -> str:
    found = more(gate.condition, seen)
    if isinstance(found, NotEnough):
        return ""
    return f"About {found.value:,.0f} more labels would decide it."


def kept(study: Study, seen: Look) -> dict[str, Any]:
    """Everything a decision rests on, as plain JSON."""
    whole = seen.whole
    return {
        "study": study.pk,
        "design": study.design,
        "champion": {"version": study.champion},
        "challenger": {"version": study.challenger},
        "terms": study.terms,
        "since": study.since.isoformat(),
        "upto": study.upto,
        "predictions": whole.n + study.not_drawn,
        "agreed": whole.agreed,
        "labelled": round(whole.labelled.n),
        "overdue": round(whole.overdue.n),
        "only_challenger": whole.labelled.seen(1),
        "only_champion": whole.labelled.seen(-1),
        "neither": whole.labelled.seen(0),
        "not_drawn": study.not_drawn,
        "left_out": study.left_out,
        "better": seen.better.as_json(),
        "not_worse": seen.not_worse.as_json(),
        "worse": seen.worse.as_json(),
        "slices": {
            name: {**each.as_json(), "n": seen.evidence.slices[name].n}
            for name, each in seen.slices.items()
        },
        "harmed": list(seen.harmed),
        "too_small": seen.too_small,
        "counts": study.evidence,
        "certifies": ONLY,
    }


def frozen(study: Study, seen: Look) -> dict[str, Any]:
    """The same with the difference itself, for who decides on a promotion."""
    found = disagreements.difference(seen.whole, seen.terms)
    return {**kept(study, seen), "difference": found.as_json()}


def of(study: Study) -> list[Gate]:
    """The gates that this study may open."""
    return study_terms.gates_of(study.project)
