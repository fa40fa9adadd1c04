"""What a study of disagreements fixes before it begins, from the gates that ask for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from registry_bridge.models import Gate
from reviewer.stats.sampling import level_at_least

if TYPE_CHECKING:
    from projects.models import Project

Condition = Gate.Condition
BY_STUDY: Final = "study"
# Of both conditions that rest on a study.
DEFAULTS: Final[Mapping[str, Any]] = {
    "delta": 0.05,
    "pi": 1.0,
    "most_labels": 1_000,
    "slices": "",
    "fewest": 100,
}
MARGIN: Final = 0.02


def gates_of(project: Project) -> list[Gate]:
    """The project's gates that a study opens, the oldest first."""
    found = Gate.objects.that_propose().filter(project=project)
    return [gate for gate in found if is_by_study(gate)]


def is_by_study(gate: Gate) -> bool:
    if gate.condition == Condition.CHALLENGER_NOT_WORSE:
        return True
    return bool(gate.settings.get("rule") == BY_STUDY)


def of_gates(gates: list[Gate]) -> dict[str, Any]:
    """Plain JSON; where gates ask for different things, the stricter look is taken.

    Levels and margin are each claim's own; chance and the most labels are the larger.
    """
    asked = [{**DEFAULTS, **gate.settings} for gate in gates] or [dict(DEFAULTS)]
    by = {gate.condition: each for gate, each in zip(gates, asked, strict=False)}
    better = by.get(Condition.CHALLENGER_BETTER, DEFAULTS)
    not_worse = by.get(Condition.CHALLENGER_NOT_WORSE, DEFAULTS)
    return {
        "pi": level_at_least(max(each["pi"] for each in asked)),
        "most_labels": max(each["most_labels"] for each in asked),
        "slices": next((each["slices"] for each in asked if each["slices"]), ""),
        "fewest": max(each["fewest"] for each in asked),
        "better": better["delta"],
        "not_worse": not_worse["delta"],
        "margin": not_worse.get("margin", MARGIN),
    }
