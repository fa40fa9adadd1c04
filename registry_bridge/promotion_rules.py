"""How challengers of a project are approved and brought in: set in its file or on its page.

promotion:
  approvals: two_persons        # or one_person, two_approvers
  canary_percent: 10            # of the calls, once the new version answers; 0: no canary
  canary_calls: 200             # it ends after so many calls, or so many minutes
  canary_minutes: 5
  watch_days: 14                # afterwards; 0: not at all
  watch_margin: 0.02            # so much worse than the version before it may be
  roll_back: propose            # or by_itself, which names who set it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from projects import audit, stamps
from projects.refused import Conflict, DoesNotFit, FieldProblem
from projects.shape import Wrong, one_of, whole
from registry_bridge import snapshots
from registry_bridge.models import RegisteredModel

if TYPE_CHECKING:
    from projects.models import Project, User


class NothingChanged(Conflict):
    code, title = "nothing_changed", "These are the rules already"


def _share(value: object) -> str:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    fits = fits and 0 <= float(str(value)) <= MOST_MARGIN
    return "" if fits else f"must be a share from 0 to {MOST_MARGIN}"


MOST_PERCENT: Final = 50
MOST_CALLS: Final = 1_000_000
MOST_MINUTES: Final = 1_440
MOST_DAYS: Final = 365
MOST_MARGIN: Final = 0.25
# Field of the model -> what is wrong with a value, "" where nothing is.
WRONG: Final[Mapping[str, Wrong]] = {
    "approvals": one_of(RegisteredModel.Approvals.values),
    "canary_percent": whole(0, MOST_PERCENT),
    "canary_calls": whole(1, MOST_CALLS),
    "canary_minutes": whole(1, MOST_MINUTES),
    "watch_days": whole(0, MOST_DAYS),
    "watch_margin": _share,
    "roll_back": one_of(RegisteredModel.RollBack.values),
}


def problems(given: object, path: str = "") -> list[FieldProblem]:
    """All that is wrong with a section of the file, or with a form's values."""
    if not isinstance(given, Mapping):
        return [FieldProblem(field=path, problem="must be a map of rules")]
    dot = f"{path}." if path else ""
    return [
        FieldProblem(field=f"{dot}{key}", problem=wrong)
        for key, value in given.items()
        if (wrong := _wrong(key, value))
    ]


def _wrong(key: object, value: object) -> str:
    check = WRONG.get(str(key))
    return check(value) if check else f"is not known; use: {', '.join(WRONG)}"


def name_who_set(
    model: RegisteredModel, changed: Mapping[str, Any], by: User | None
) -> list[str]:
    """Rolling back without a decision is the decision of whoever sets it; fields named."""
    if "roll_back" not in changed:
        return []
    ruled = changed["roll_back"] == RegisteredModel.RollBack.BY_ITSELF
    if ruled and by is None:
        problem = "needs a name: apply the file with --by, or set it on its page"
        raise DoesNotFit(
            f"roll_back: by_itself {problem}.",
            errors=[FieldProblem(field="model.promotion.roll_back", problem=problem)],
        )
    model.roll_back_set_by = by if ruled else None
    return ["roll_back_set_by"]


def values(model: RegisteredModel) -> dict[str, Any]:
    return {key: getattr(model, key) for key in WRONG}


@transaction.atomic
def change(
    project: Project,
    wanted: Mapping[str, Any],
    *,
    by: User,
    reason: str,
    shown: str | None = None,
) -> RegisteredModel:
    """Other rules from now on, also for what is proposed already: one transaction.

    `shown`: the stamp of the rules that somebody changed, refused where they are others by now.
    """
    found = problems(wanted)
    if found:
        first = found[0]
        raise DoesNotFit(f"{first['field']} {first['problem']}.", errors=found)
    snapshots.model_of(project)
    model = RegisteredModel.objects.select_for_update(no_key=True, of=("self",)).get(
        project=project
    )
    stamps.require(shown, values(model))
    before = {key: getattr(model, key) for key in wanted}
    after = {key: value for key, value in wanted.items() if value != before[key]}
    if not after:
        raise NothingChanged("Change a value, then save.")
    for key, value in after.items():
        setattr(model, key, value)
    named = name_who_set(model, after, by)
    model.save(update_fields=[*after, *named])
    audit.record(
        "promotion rules changed",
        project,
        model.name,
        by=by,
        before={key: before[key] for key in after},
        after=after,
        reason=reason,
    )
    return model
