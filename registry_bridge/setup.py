"""Makes or changes a project's model and its gates from the project's file.

model:
  name: digits                  # in the registry
  endpoint: digits              # whose predictions are reviewed, and what is deployed
  script: train.py              # SageMaker's script-mode contract
  base: base/                   # optional: what the first model learns from
  hyperparameters: {C: 1.0}
  test_percent: 20
  deploy: local                 # or aws, or none: only the alias moves; else by machines
  connection: our-mlflow        # optional: a connection of the project
  machines: our-machines        # optional: what trains and serves (registry_bridge/machines.py)
  training: {image: …, instance_type: ml.m5.large}
  hosting: {image: …, instance_type: ml.m5.large}
  promotion: {approvals: two_persons}  # more: promotion_rules.py
  retraining: {every: 7 days, most_a_week: 4}   # optional (registry_bridge/plans.py)
  gates:
    - {name: enough-gold, when: enough_gold, rows: 500, usable_test: 30}
    - {name: accuracy, when: quality_below, line: 0.95}
    - {name: better, when: challenger_better, by: 0.0, rule: interval}
    - {name: safe, when: challenger_not_worse, margin: 0.02, slices: label}
    - {name: believable, when: calibration, at_most: 0.05}   # these hold proposals back
    - {name: quick, when: latency, at_most_ms: 200}
    - {name: affordable, when: cost, reviews_a_day: 300}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction

from labeling import versions
from projects import audit
from projects.models import Connection
from projects.refused import Conflict, DoesNotFit, FieldProblem
from projects.shape import Problems, under
from registry_bridge import gate_writing, machines, plans, promotion_rules
from registry_bridge.gate_writing import Wished
from registry_bridge.models import RegisteredModel, Snapshot
from reviewer.models import Endpoint

if TYPE_CHECKING:
    from projects.models import Project, User

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
KEYS: Final = (
    *("name", "endpoint", "question", "script", "base", "hyperparameters"),
    *("test_percent", "deploy", "connection", "experiment", "gates", "retraining"),
    *("promotion", *machines.KEYS),
)


class NameTaken(Conflict):
    code, title = "model_taken", "Another project owns this model"


class FixedByNow(Conflict):
    code, title = "fixed_by_now", "This cannot be changed any more"


@dataclass(frozen=True)
class Wanted:
    """The section, read and checked."""

    model: dict[str, Any]
    connections: dict[str, Connection | None]
    # None: the file does not say; they stay.
    gates: list[Wished] | None


@transaction.atomic
def apply_model(
    project: Project,
    section: object,
    by: User | None,
    folder: Path = Path(),
) -> list[str]:
    """Make it so; what changed, in words. DoesNotFit names every wrong key.

    `folder` is where relative paths of the section begin. Safe to repeat.
    """
    wanted = _read(project, section, folder)
    model = (
        RegisteredModel.objects.select_for_update(no_key=True)
        .filter(project=project)
        .first()
    )
    changes = (
        _make(project, wanted, by) if model is None else _change(model, wanted, by)
    )
    changes += gate_writing.keep(project, wanted.gates)
    if changes:
        audit.record(
            "model set up", project, wanted.model["name"], by=by, after=changes
        )
    return changes


def _make(project: Project, wanted: Wanted, by: User | None) -> list[str]:
    model = RegisteredModel(project=project, **wanted.connections, **wanted.model)
    promotion_rules.name_who_set(model, wanted.model, by)
    _save(model)
    return [f"model {model.name}: made"]


def _change(model: RegisteredModel, wanted: Wanted, by: User | None) -> list[str]:
    changed = {
        name: value
        for name, value in wanted.model.items()
        if getattr(model, name) != value
    }
    changes = [
        f"model.{name}: {getattr(model, name)} → {value}"
        for name, value in changed.items()
    ]
    moved = {
        name: to
        for name, to in wanted.connections.items()
        if getattr(model, name) != to
    }
    changes += [
        f"model.{name}: {getattr(model, name)} → {to}" for name, to in moved.items()
    ]
    _refuse_late(model, changed, moved="connection" in moved)
    for name, value in {**changed, **moved}.items():
        setattr(model, name, value)
    named = promotion_rules.name_who_set(model, changed, by)
    if changes:
        _save(model, update_fields=[*changed, *moved, *named])
    return changes


def _refuse_late(
    model: RegisteredModel, changed: Mapping[str, Any], *, moved: bool
) -> None:
    """A registered version and a split outlive the file that they were made from."""
    if model.champion and ("name" in changed or moved):
        raise FixedByNow(
            f"Version {model.champion} of {model.name} is in use; its name and "
            "connection stay. Make another project for another model.",
            errors=[FieldProblem(field="model.name", problem="is in use")],
        )
    frozen = Snapshot.objects.filter(project=model.project_id).exists()
    late = [key for key in ("test_percent", "question") if key in changed]
    if frozen and late:
        raise FixedByNow(
            "Snapshots were frozen with it: rows would change sides, and a model "
            "would be tested on what it was trained on.",
            errors=[
                FieldProblem(field=f"model.{key}", problem="is fixed since a snapshot")
                for key in late
            ],
        )


def _save(model: RegisteredModel, **how: Any) -> None:
    try:
        with transaction.atomic():
            model.save(**how)
    except IntegrityError as error:
        raise NameTaken(
            f"The model “{model.name}” of this registry belongs to another project.",
            errors=[FieldProblem(field="model.name", problem="is taken")],
        ) from error


def _read(project: Project, section: object, folder: Path) -> Wanted:
    problems = Problems()
    if not isinstance(section, Mapping):
        problems.say("model", f"must be a map with the keys {', '.join(KEYS)}")
        raise _refusal(problems)
    for key in section:
        if key not in KEYS:
            problems.say(f"model.{key}", f"is not known; use: {', '.join(KEYS)}")
    endpoint = _endpoint(project, section, problems)
    model = {
        "name": _text(section, "name", NAME, problems),
        "endpoint": endpoint.name if endpoint else "",
        "question": _question(endpoint, section, problems) if endpoint else "",
        "script": _script(section, folder, problems),
        "base": _base(section, folder, problems),
        "hyperparameters": _hyperparameters(section, problems),
        "test_percent": _percent(section, problems),
    }
    model["experiment"] = str(section.get("experiment") or f"overread/{project.slug}")
    # without the key, what a lead said on the page stays; so it is with gates
    if "retraining" in section:
        model["retraining"] = section["retraining"]
        problems += under("model.retraining", plans.check(section["retraining"]))
    connection = _connection(project, section, problems)
    on = machines.find(project, section, problems.say)
    problems += machines.problems(section, on)
    model.update(machines.read(section), target=_target(section, on, problems))
    gates = None
    if "gates" in section:
        gates = gate_writing.read(section["gates"], problems.say, "model.gates")
    # rules that the file does not name stay as somebody set them
    rules = section.get("promotion") or {}
    problems += promotion_rules.problems(rules, "model.promotion")
    if problems:
        raise _refusal(problems)
    connections = {"connection": connection, "machines": on}
    return Wanted({**model, **rules}, connections, gates)


def _refusal(problems: Problems) -> DoesNotFit:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return DoesNotFit(f"{first['field']} {first['problem']}{more}.", errors=problems)


def _text(
    section: Mapping[str, Any], key: str, fits: re.Pattern[str], problems: Problems
) -> str:
    value = section.get(key)
    if not isinstance(value, str) or not fits.fullmatch(value):
        problems.say(f"model.{key}", "must be a name: letters, digits, . _ -")
        return ""
    return value


def _endpoint(
    project: Project, section: Mapping[str, Any], problems: Problems
) -> Endpoint | None:
    known = Endpoint.objects.filter(project=project)
    found = known.filter(name=str(section.get("endpoint") or "")).first()
    if found is None:
        names = ", ".join(known.values_list("name", flat=True)) or "none yet"
        problems.say("model.endpoint", f"must name an endpoint; there are: {names}")
    return found


def _question(
    endpoint: Endpoint, section: Mapping[str, Any], problems: Problems
) -> str:
    """A model answers the first question, the one that predictions are kept by."""
    version = versions.latest(endpoint.schema_id)
    questions = versions.questions(version.pk) if version else ()
    if not questions:
        problems.say("model.endpoint", "has a schema without questions")
        return ""
    first = questions[0]
    if section.get("question", first.id) != first.id:
        problems.say("model.question", f"must be the first question, {first.id}")
    if first.kind != "choice":
        text = f"{first.id} is of kind {first.kind}; trainings need kind choice"
        problems.say("model.question", text)
    return first.id


def _script(section: Mapping[str, Any], folder: Path, problems: Problems) -> str:
    path = _path(section.get("script"), folder)
    if path is None or not path.is_file():
        problems.say("model.script", "must be the path of a training script")
    return str(path or "")


def _base(section: Mapping[str, Any], folder: Path, problems: Problems) -> str:
    if section.get("base") in (None, ""):
        return ""
    path = _path(section["base"], folder)
    if path is None or not path.is_dir():
        problems.say("model.base", "must be the path of a folder")
    return str(path or "")


def _path(value: object, folder: Path) -> Path | None:
    if not isinstance(value, str) or not value or "\0" in value:
        return None
    path = (folder / value).resolve()
    return path if len(str(path)) <= 500 else None


def _hyperparameters(
    section: Mapping[str, Any], problems: Problems
) -> dict[str, str | int | float | bool]:
    given = section.get("hyperparameters") or {}
    if not isinstance(given, Mapping):
        problems.say("model.hyperparameters", "must be a map: name to value")
        return {}
    for name, value in given.items():
        if not isinstance(name, str) or not isinstance(value, str | int | float):
            problems.say(f"model.hyperparameters.{name}", "must be text or a number")
    return dict(given)


def _percent(section: Mapping[str, Any], problems: Problems) -> int:
    value = section.get("test_percent", 20)
    if not isinstance(value, int) or isinstance(value, bool) or not 5 <= value <= 90:
        problems.say("model.test_percent", "must be a whole number from 5 to 90")
        return 20
    return value


def _target(
    section: Mapping[str, Any], on: Connection | None, problems: Problems
) -> str:
    """Where nothing is said: where it is trained."""
    usual = machines.target_of(on)
    value = section.get("deploy", usual)
    if value not in RegisteredModel.Target.values:
        known = ", ".join(RegisteredModel.Target.values)
        problems.say("model.deploy", f"must be one of: {known}")
    elif value == RegisteredModel.Target.AWS != usual:
        problems.say("model.deploy", "needs model.machines, a connection of kind aws")
    return str(value)


def _connection(
    project: Project, section: Mapping[str, Any], problems: Problems
) -> Connection | None:
    name = section.get("connection")
    if name is None:
        return None
    found = Connection.objects.filter(
        project=project, name=str(name), kind=Connection.Kind.MLFLOW
    ).first()
    if found is None:
        problems.say("model.connection", "must name an MLflow connection")
    return found
