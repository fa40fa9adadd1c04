"""Fixes the review's own numbers every so often, for MLflow to keep as time series.

What a job carries is written once and never computed again: the same point sent twice
must be the same. People appear under a name that only this project can trace back.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from labeling.models import Gold
from projects import jobs
from projects.models import Job
from registry_bridge.models import RegisteredModel
from reviewer import people, quality, scorecards
from reviewer.models import Endpoint
from reviewer.rollups import answers
from reviewer.rollups.hours import EVER
from reviewer.stats.estimates import Estimate, NotEnough

if TYPE_CHECKING:
    from projects.models import User
    from reviewer.people import Known

MEASURE: Final = "registry_bridge.handlers.measure"
PUBLISH: Final = "registry_bridge.handlers.publish_metrics"
DAYS: Final = 30
PERSON: Final = b"reviewer"


def ask() -> None:
    """Every so often: a point for each project where somebody answered since the last."""
    for model in RegisteredModel.objects.all():
        if not _taken(model):
            payload = {"project": model.project_id}
            jobs.ask(MEASURE, f"measure:{model.project_id}", payload=payload)


def take(model: RegisteredModel) -> bool:
    """Fix the numbers of one project as of now; whether there was anything new."""
    if _taken(model):
        return False
    at, newest = timezone.now(), _newest(model)
    payload = {
        "project": model.project_id,
        "at": at.timestamp(),
        "step": newest,
        "values": values(model, at),
    }
    stream = f"mlflow:{model.project_id}"
    jobs.add(_key(model, newest), PUBLISH, stream, payload, project=model.project_id)
    return True


def _taken(model: RegisteredModel) -> bool:
    newest = _newest(model)
    return not newest or Job.objects.filter(key=_key(model, newest)).exists()


def _key(model: RegisteredModel, newest: int) -> str:
    return f"metrics:{model.project_id}:{newest}"


def _newest(model: RegisteredModel) -> int:
    """Answers given so far: both the step of the series and what is new."""
    return answers.of_project(model.project_id, EVER)


def values(model: RegisteredModel, at: datetime) -> dict[str, float]:
    """Of the last 30 days: per reviewer and over all; only numbers that there are."""
    found: dict[str, float] = {}
    cards = scorecards.of_project(model.project, at, DAYS)
    known, schema = people.of_project(model.project, at, DAYS), _schema(model)
    for card in cards:
        if card.volume:
            prefix = f"reviewer/{pseudonym(model, card.user)}"
            found |= _of_card(prefix, card)
            found |= _of_person(prefix, known.get(card.user.pk), schema)
    timed = [card.seconds for card in cards if card.seconds is not None]
    found["review/answers"] = float(sum(card.volume for card in cards))
    if timed:
        found["review/seconds_median_of_reviewers"] = sorted(timed)[len(timed) // 2]
    gold = Gold.objects.current().filter(project=model.project_id)
    found["review/gold"] = float(gold.count())
    agreed = quality.of_people(model.project, at, DAYS)
    found |= _number("review/alpha_blind", agreed.blind)
    found |= _number("review/alpha_shown", agreed.shown)
    return found | _of_versions(model, at)


def _of_card(prefix: str, card: scorecards.Scorecard) -> dict[str, float]:
    found = {f"{prefix}/answers": float(card.volume)}
    if card.seconds is not None:
        found[f"{prefix}/seconds_median"] = card.seconds
    found |= _number(f"{prefix}/agreement", card.agreement)
    return found | _number(f"{prefix}/check_tasks", card.checks)


def _of_person(prefix: str, known: Known | None, schema: str) -> dict[str, float]:
    """Skill in what the model's endpoint asks, and the leaning on its answers."""
    found: dict[str, float] = {}
    for told in known.skills if known else ():
        if told.schema == schema:
            found |= _number(f"{prefix}/skill", told.overall)
    if known:
        found |= _number(f"{prefix}/automation_bias", known.leaning.bias)
    return found


def _schema(model: RegisteredModel) -> str:
    """The name of what its endpoint asks; "" where the endpoint is gone."""
    named = Endpoint.objects.filter(project=model.project_id, name=model.endpoint)
    return named.values_list("schema__name", flat=True).first() or ""


def _of_versions(model: RegisteredModel, at: datetime) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in quality.of_versions(model.project, at, DAYS):
        if each.version.endpoint == model.endpoint:
            found |= _number(f"version/{each.version.number}/accuracy", each.estimate)
    return found


def _number(name: str, found: Estimate | NotEnough) -> dict[str, float]:
    """A number never goes without its interval and its count."""
    if isinstance(found, NotEnough):
        return {}
    return {
        name: found.value,
        f"{name}_low": found.low,
        f"{name}_high": found.high,
        f"{name}_n": float(found.n),
    }


def pseudonym(model: RegisteredModel, user: User) -> str:
    """The same for good, and of no use to who does not know the project's salt."""
    name, salt = str(user.pk).encode(), bytes(model.split_salt)
    return hashlib.blake2b(name, key=salt, digest_size=5, person=PERSON).hexdigest()
