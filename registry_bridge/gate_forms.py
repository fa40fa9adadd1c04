"""Gates as sections of a form, and back: what is left empty falls back to its default."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from projects.typed import Typed
from registry_bridge import gates, study_terms
from registry_bridge.gate_writing import ACTIONS
from registry_bridge.models import Gate

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from projects.refused import FieldProblem
    from registry_bridge.models import GateCheck

Condition = Gate.Condition
# Of a list's first gate: gates[0].rows, or gates[0] where it is about the whole of it.
_WHERE: Final = re.compile(r"gates\[(\d+)\](?:\.(.+))?")
_SECTION: Final = re.compile(r"gate-(\d{1,4})-when")
# Key -> what it is called, and what may be said of it.
_WORDS: Final[Mapping[str, tuple[StrOrPromise, StrOrPromise]]] = {
    "name": (_("Name"), ""),
    "when": (_("It looks at"), ""),
    "rows": (_("New gold rows"), _("since the last training")),
    "usable_test": (_("Usable test rows"), _("blind and drawn in turn")),
    "cool_down_minutes": (_("Rests, in minutes"), _("after a training")),
    "line": (_("Accuracy falls below"), _("0.01 to 0.999")),
    "days": (_("Estimate over days"), _("beside the detector, for people")),
    "new_rows": (_("New gold rows"), _("to learn from")),
    "run_length": (_("Answers between false alarms"), _("on average, at the line")),
    "by": (_("Better by"), _("as a share, 0.01: a point; 0: at all")),
    "rule": (_("Decided by"), ""),
    "delta": (_("Opens wrongly"), _("chance, 0.001 to 0.2")),
    "pi": (_("Of disagreements, labelled"), _("0.005 to 1")),
    "most_labels": (_("Labels at most"), _("before the study stops")),
    "slices": (_("Slices"), _("label, or metadata.KEY")),
    "fewest": (_("Predictions of a slice"), _("from which it is judged")),
    "at_most": (_("Calibration error at most"), _("0.05: five points")),
    "at_most_ms": (_("Milliseconds at most"), _("for 95 in 100 answers")),
    "reviews_a_day": (_("Reviews a day at most"), _("under today’s policy")),
    "minutes_per_1000": (_("Minutes at most"), _("of people, for 1,000 predictions")),
}
_MARGINS: Final[Mapping[str, tuple[StrOrPromise, StrOrPromise]]] = {
    Condition.CHALLENGER_NOT_WORSE: (_("Worse by less than"), _("0.02: two points")),
    Condition.CALIBRATION: (
        _("Above the champion’s by"),
        _("at most; 0.01: a point"),
    ),
    Condition.LATENCY: (_("Slower than the champion by"), _("at most; 0.5: a half")),
}
_RULES: Final[Mapping[str, StrOrPromise]] = {
    "interval": _("the interval of the test side"),
    "test": _("a test on the test side"),
    "both": _("interval and test of the test side"),
    study_terms.BY_STUDY: _("a study of disagreements"),
}
# What only a study asks, of a gate that may do without one.
_OF_STUDY: Final = frozenset(study_terms.DEFAULTS) - {"slices"}


@dataclass(frozen=True)
class Input:
    """One setting; `unless` holds where nothing is typed."""

    key: str
    label: StrOrPromise
    hint: StrOrPromise
    value: str
    unless: str
    # (value, words) of what can be chosen; none: it is typed.
    choices: Sequence[tuple[str, StrOrPromise]]
    is_wrong: bool


@dataclass(frozen=True)
class Section:
    """One gate; `at` is its number in the names of inputs."""

    at: int
    name: str
    when: str
    condition: StrOrPromise
    action: StrOrPromise
    inputs: list[Input]
    of_study: list[Input]
    check: GateCheck | None
    is_new: bool
    is_wrong: bool

    @property
    def prefix(self) -> str:
        return f"gate-{self.at}-"

    @property
    def asks_of_study(self) -> bool:
        return any(each.value or each.is_wrong for each in self.of_study)


def conditions() -> list[tuple[str, StrOrPromise]]:
    """What a gate may look at, each with what it does then."""
    return [
        (condition.value, f"{condition.label} – {action.label}")
        for condition, action in ACTIONS.items()
    ]


def read(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The gates that a form says, as a file would have them; not checked yet."""
    numbers = sorted(
        {int(each[1]) for key in given if (each := _SECTION.fullmatch(key))}
    )
    typed = [Typed(given, f"gate-{at}-") for at in numbers]
    return [_read(each) for each in typed if not each.text("remove")]


def _read(typed: Typed) -> dict[str, Any]:
    when = typed.text("when") or ""
    keys = gates.DEFAULTS[when] if when in ACTIONS else ()
    found = {key: _value(typed, key) for key in keys}
    kept = {key: value for key, value in found.items() if value is not None}
    return {"name": typed.text("name") or "", "when": when, **kept}


def _value(typed: Typed, key: str) -> Any:
    return typed.text(key) if key in ("rule", "slices") else typed.number(key)


def write(
    wanted: Sequence[Mapping[str, Any]],
    problems: Iterable[FieldProblem] = (),
    checks: Mapping[str, GateCheck] | None = None,
) -> list[Section]:
    """The form of gates as a file has them; `checks` are the newest looks, by name."""
    wrong = {_where(each["field"]) for each in problems}
    return [
        _section(at, each, wrong, (checks or {}).get(each["name"]))
        for at, each in enumerate(wanted)
        if each["when"] in ACTIONS
    ]


def _where(field: str) -> tuple[int, str]:
    found = _WHERE.fullmatch(field)
    return (int(found[1]), found[2] or "") if found else (-1, field)


def told(
    wanted: Sequence[Mapping[str, Any]], problems: Iterable[FieldProblem]
) -> list[tuple[str, StrOrPromise, str]]:
    """(gate, setting, what is wrong with it), in words of the page."""
    found = []
    for each in problems:
        at, key = _where(each["field"])
        if 0 <= at < len(wanted):
            label = _words(wanted[at]["when"], key)[0] if key else ""
            found.append((str(wanted[at]["name"]), label, each["problem"]))
    return found


def _words(when: str, key: str) -> tuple[StrOrPromise, StrOrPromise]:
    if key == "margin" and when in _MARGINS:
        return _MARGINS[when]
    return _WORDS.get(key, (key, ""))


def _section(
    at: int,
    gate: Mapping[str, Any],
    wrong: set[tuple[int, str]],
    check: GateCheck | None,
) -> Section:
    condition = Condition(gate["when"])
    inputs = [
        _input(condition, key, gate.get(key), (at, key) in wrong)
        for key in gates.DEFAULTS[condition]
    ]
    may_study = condition == Condition.CHALLENGER_BETTER
    return Section(
        at=at,
        name=gate["name"],
        when=condition.value,
        condition=condition.label,
        action=ACTIONS[condition].label,
        inputs=[one for one in inputs if not (may_study and one.key in _OF_STUDY)],
        of_study=[one for one in inputs if may_study and one.key in _OF_STUDY],
        check=check,
        is_new=bool(gate.get("is_new")),
        is_wrong=(at, "name") in wrong,
    )


def _input(condition: Condition, key: str, value: object, is_wrong: bool) -> Input:
    label, hint = _words(condition, key)
    default = gates.DEFAULTS[condition][key]
    rules = dict(_RULES)
    if key == "rule" and value is None:
        # what nobody said stays unsaid: its name is sent as nothing
        rules = {"": rules.pop(default), **rules}
    return Input(
        key=key,
        label=label,
        hint=hint,
        value="" if value is None else str(value),
        unless="" if default in (None, "") else str(default),
        choices=list(rules.items()) if key == "rule" else (),
        is_wrong=is_wrong,
    )
