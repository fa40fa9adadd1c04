"""A project's gates as people write them, in its file or on their page: read, kept, given back.

- {name: enough-gold, when: enough_gold, rows: 500}

What a gate does follows from its condition. Where none proposes a promotion, the usual one
is added: without it no challenger would ever be proposed by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypedDict

from django.db import transaction

from projects import audit, stamps
from projects.refused import Conflict, DoesNotFit
from projects.shape import Problems
from registry_bridge import gate_settings, snapshots
from registry_bridge.gate_settings import Say
from registry_bridge.models import Gate, RegisteredModel

if TYPE_CHECKING:
    from projects.models import Project, User

SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
ACTIONS: Final = {
    Gate.Condition.ENOUGH_GOLD: Gate.Action.RETRAIN,
    Gate.Condition.QUALITY_BELOW: Gate.Action.RETRAIN,
    Gate.Condition.CHALLENGER_BETTER: Gate.Action.PROPOSE,
    Gate.Condition.CHALLENGER_NOT_WORSE: Gate.Action.PROPOSE,
    Gate.Condition.CALIBRATION: Gate.Action.HOLD,
    Gate.Condition.LATENCY: Gate.Action.HOLD,
    Gate.Condition.COST: Gate.Action.HOLD,
}
MOST: Final = 50


class WrongGates(DoesNotFit):
    title = "These gates cannot be kept"


class NothingChanged(Conflict):
    code, title = "nothing_changed", "These are the gates already"


class Wished(TypedDict):
    """One gate, read and checked as far as it could be read."""

    name: str
    condition: str
    action: str
    settings: dict[str, Any]


USUAL: Final = Wished(
    name="challenger-better",
    condition=Gate.Condition.CHALLENGER_BETTER.value,
    action=Gate.Action.PROPOSE.value,
    settings={},
)


def read(given: object, say: Say, path: str) -> list[Wished]:
    """The gates of a list, and the usual one where none proposes; `say` is told problems."""
    if not isinstance(given, list):
        say(path, "must be a list of gates")
        return []
    if len(given) > MOST:
        say(path, f"must be at most {MOST} gates")
        return []
    found = [_gate(each, f"{path}[{at}]", say) for at, each in enumerate(given)]
    names = [each["name"] for each in found]
    for at, name in enumerate(names):
        if name and names.index(name) != at:
            say(f"{path}[{at}].name", f"“{name}” is taken above")
    gate_settings.check_together(found, say, path)
    if all(each["action"] != Gate.Action.PROPOSE for each in found):
        if USUAL["name"] in names:
            at = names.index(USUAL["name"])
            say(
                f"{path}[{at}].name", "is of the gate that is added where none proposes"
            )
        found.append(USUAL)
    return found


def _gate(given: object, path: str, say: Say) -> Wished:
    empty = Wished(name="", condition="", action="", settings={})
    if not isinstance(given, Mapping):
        say(path, "must be a map with name, when and its settings")
        return empty
    name, when = given.get("name"), given.get("when")
    if not isinstance(name, str) or not SLUG.fullmatch(name):
        say(f"{path}.name", "must be a name: small letters, digits, - _")
    if when not in ACTIONS:
        known = ", ".join(condition.value for condition in ACTIONS)
        say(f"{path}.when", f"must be one of: {known}")
        return empty
    settings = {k: v for k, v in given.items() if k not in ("name", "when")}
    for key, wrong in gate_settings.wrong(when, settings):
        say(f"{path}.{key}", wrong)
    condition = Gate.Condition(when)
    return Wished(
        name=str(name),
        condition=condition.value,
        action=ACTIONS[condition].value,
        settings=settings,
    )


def keep(project: Project, wished: Sequence[Wished] | None) -> list[str]:
    """Make it so; what changed, in words. None: as they are, or the usual one."""
    active = Gate.objects.filter(project=project, active=True)
    if wished is None:
        return [] if active.exists() else _make_or_change(project, [USUAL])
    changes = _make_or_change(project, wished)
    for gate in active.exclude(name__in=[each["name"] for each in wished]):
        Gate.objects.filter(pk=gate.pk).update(active=False)
        changes.append(f"gate {gate.name}: switched off")
    return changes


def _make_or_change(project: Project, wished: Iterable[Wished]) -> list[str]:
    changes = []
    for each in wished:
        fields = {**each, "active": True}
        name = fields.pop("name")
        gate, made = Gate.objects.get_or_create(
            project=project, name=name, defaults=fields
        )
        changed = [key for key, value in fields.items() if getattr(gate, key) != value]
        if made:
            changes.append(f"gate {name}: made")
        elif changed:
            Gate.objects.filter(pk=gate.pk).update(**fields)
            changes.append(f"gate {name}: changed ({', '.join(changed)})")
    return changes


def written(project: Project) -> list[dict[str, Any]]:
    """The gates in force as a file would have them, the oldest first."""
    found = Gate.objects.filter(project=project, active=True)
    return [
        {"name": gate.name, "when": gate.condition, **gate.settings} for gate in found
    ]


@transaction.atomic
def change(
    project: Project,
    given: object,
    *,
    by: User,
    reason: str,
    shown: str | None = None,
) -> list[str]:
    """Other gates from now on; what changed, in words.

    `shown`: the stamp of the gates that somebody changed, refused where they are others by
    now. WrongGates names every wrong key.
    """
    problems = Problems()
    wished = read(given, problems.say, "gates")
    if problems:
        first = problems[0]
        raise WrongGates(f"{first['field']} {first['problem']}.", errors=problems)
    model = snapshots.model_of(project)
    RegisteredModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    before = written(project)
    changes = keep(project, wished)
    if not changes:
        # as after a second click: nobody else changed anything
        raise NothingChanged("Change a value, then save.")
    stamps.require(shown, before)
    audit.record(
        "gates changed",
        project,
        model.name,
        by=by,
        before=before,
        after=written(project),
        reason=reason,
    )
    return changes
