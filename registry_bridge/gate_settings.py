"""What may be set of a gate: each key with what it may be, and what does not go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from projects.shape import Wrong, one_of, whole
from registry_bridge import gates, study_terms
from registry_bridge.models import Gate
from reviewer import slices

Condition = Gate.Condition
Say = Callable[[str, str], None]
LONGEST_KEY: Final = 60
# Farther than anybody looks: ten years, a thousand million answers.
MOST_DAYS: Final = 3_650
MOST_ROWS: Final = 1_000_000_000
# Conditions without a limit of their own to fall back on.
ASKS: Final = (Condition.CALIBRATION, Condition.LATENCY, Condition.COST)


def wrong(when: str, settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, what is wrong with it) of one gate's settings."""
    known = gates.DEFAULTS[when]
    for key, value in settings.items():
        if key not in known:
            yield key, f"is not known; use: {', '.join(known)}"
        elif problem := _wrong(when, key)(value):
            yield key, problem
    if when == Condition.CHALLENGER_BETTER:
        yield from _of_rule(settings)
    if when in ASKS and all(settings.get(key) is None for key in known):
        yield "when", f"needs a limit; set one of: {', '.join(known)}"


def _wrong(when: str, key: str) -> Wrong:
    """How much slower a version may be is a share of any size."""
    if (when, key) == (Condition.LATENCY, "margin"):
        return _between(0, 100)
    return _WRONG[key]


def _of_rule(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if settings.get("rule") == study_terms.BY_STUDY:
        if settings.get("by"):
            yield (
                "by",
                "must be 0 where a study decides: it tells better from not better",
            )
        return
    for key in study_terms.DEFAULTS:
        if key in settings and key != "slices":
            yield key, "belongs to a study; set rule: study too"


def check_together(read: Sequence[Mapping[str, Any]], say: Say, path: str) -> None:
    """One study decides for all gates that rest on one: they must ask for the same."""
    seen: dict[str, Mapping[str, Any]] = {}
    for at, gate in enumerate(read):
        settings, condition = gate["settings"], gate["condition"]
        if not _rests_on_study(condition, settings):
            continue
        this = f"{path}[{at}]"
        if condition in seen:
            say(f"{this}.when", "a study decides for one gate above already")
        for other in seen.values():
            for key in ("slices", "pi"):
                mine = settings.get(key, study_terms.DEFAULTS[key])
                if mine != other.get(key, study_terms.DEFAULTS[key]):
                    say(f"{this}.{key}", "must be as in the other gate of the study")
        seen[condition] = settings


def _rests_on_study(condition: str, settings: Mapping[str, Any]) -> bool:
    return study_terms.is_by_study(Gate(condition=condition, settings=dict(settings)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(value: object) -> str:
    fits = _is_number(value) and 0 <= float(str(value)) < 1
    return "" if fits else "must be from 0 to below 1"


def _between(low: float, high: float) -> Wrong:
    def check(value: object) -> str:
        fits = _is_number(value) and low <= float(str(value)) <= high
        return "" if fits else f"must be from {_plain(low)} to {_plain(high)}"

    return check


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number >= 1_000 else f"{number:g}"


def _slices(value: object) -> str:
    if value in ("", slices.LABEL):
        return ""
    text = str(value)
    key = text.removeprefix(slices.METADATA)
    fits = key != text and 0 < len(key) <= LONGEST_KEY and "\0" not in key
    return "" if fits else "must be label or metadata.KEY"


_WRONG: Final[Mapping[str, Wrong]] = {
    **dict.fromkeys(("rows", "usable_test", "new_rows"), whole(0, MOST_ROWS)),
    "days": whole(0, MOST_DAYS),
    "cool_down_minutes": whole(0, MOST_DAYS * 24 * 60),
    "line": _between(0.01, 0.999),
    "by": _share,
    "rule": one_of(gates.RULES),
    "run_length": whole(100, MOST_ROWS),
    "delta": _between(0.001, 0.2),
    "pi": _between(0.005, 1),
    "margin": _between(0.001, 0.5),
    "most_labels": whole(10, MOST_ROWS),
    "fewest": whole(1, MOST_ROWS),
    "slices": _slices,
    "at_most": _between(0.001, 0.5),
    "at_most_ms": _between(0.1, 600_000),
    "reviews_a_day": _between(0, 1e9),
    "minutes_per_1000": _between(0, 1e6),
}
