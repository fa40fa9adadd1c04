"""Keeps each version of a project's policy, and says what it does in words."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from django.db import transaction

from projects import audit
from projects.models import Project
from projects.refused import Conflict, DoesNotFit, FieldProblem
from reviewer import policies_in_use
from reviewer.models import Policy
from reviewer.policies import PolicyError, read_policy

if TYPE_CHECKING:
    from projects.models import User
    from reviewer import policies

LONGEST = 50_000


class ChangedMeanwhile(Conflict):
    code, title = "policy_changed", "Somebody saved another version meanwhile"


def read(text: str) -> dict[str, Any]:
    """Rules as people write them; DoesNotFit names the line or the key."""
    if len(text) > LONGEST:
        raise _wrong("", f"must have at most {LONGEST} characters")
    try:
        rules = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: a date that is none, a number with thousands of digits
        raise _wrong(_line(error), _problem(error)) from error
    try:
        read_policy(rules)
    except PolicyError as error:
        raise _wrong(error.path, error.problem) from error
    _refuse_unkeepable(rules)
    return dict(rules)


def _refuse_unkeepable(rules: object) -> None:
    """What YAML can say and JSON cannot: .nan, the character U+0000."""
    try:
        text = json.dumps(rules, allow_nan=False)
    except ValueError as error:
        raise _wrong("metadata", "must not hold .nan or .inf") from error
    if "\\u0000" in text:
        raise _wrong("metadata", "must not hold the character U+0000")


def _line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""


def _problem(error: Exception) -> str:
    return f"is not YAML: {getattr(error, 'problem', None) or 'it cannot be read'}"


def _wrong(where: str, problem: str) -> DoesNotFit:
    told = f"{where}: {problem}." if where else f"The policy {problem}."
    return DoesNotFit(told, errors=[FieldProblem(field=where, problem=problem)])


@transaction.atomic
def keep(
    project: Project,
    rules: dict[str, Any],
    *,
    by: User | None,
    reason: str,
    based_on: int | None = None,
) -> Policy:
    """Make these rules the active version; `based_on` is the version that was edited.

    The secret salt stays the same, so that the draw of an id never changes.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = Policy.objects.filter(project=project).order_by("-version").first()
    version = before.version if before else 0
    if based_on is not None and based_on != version:
        raise ChangedMeanwhile(
            f"Version {version} came while you edited version {based_on}. "
            "Compare the two, then save again."
        )
    Policy.objects.filter(project=project, active=True).update(active=False)
    policy = Policy.objects.create(
        project=project,
        version=version + 1,
        rules=rules,
        salt=bytes(before.salt) if before else secrets.token_bytes(32),
        reason=reason,
        created_by=by,
    )
    audit.record(
        "policy changed",
        project,
        f"policy version {policy.version}",
        by=by,
        before=before.rules if before else None,
        after=rules,
        reason=reason,
    )
    return policy


def as_yaml(policy: Policy) -> str:
    text: str = yaml.safe_dump(policy.rules, sort_keys=False, allow_unicode=True)
    return text


def history(project: Project, most: int = 30) -> list[Policy]:
    found = Policy.objects.filter(project=project).select_related("created_by")
    return list(found.order_by("-version")[:most])


@dataclass(frozen=True)
class Sentence:
    """One rule in words."""

    name: str
    words: str
    chance: str


def in_words(policy: Policy) -> list[Sentence]:
    """Each rule as a sentence, in the order written."""
    return [
        Sentence(rule.name, _when(rule.when), _chance(rule.sample))
        for rule in policies_in_use.read(policy).rules
    ]


def _chance(sample: float) -> str:
    return "every one" if sample == 1 else f"{_percent(sample)} of them, by chance"


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _when(when: policies.When) -> str:
    said = list(_conditions(when))
    return " and ".join(said) if said else "always"


def _conditions(when: policies.When) -> Iterator[str]:
    if when.confidence_below is not None:
        yield f"the confidence is below {when.confidence_below:g}, or unknown"
    if when.confidence_between is not None:
        low, high = when.confidence_between
        yield f"the confidence is from {low:g} to below {high:g}, or unknown"
    if when.margin_below is not None:
        yield f"the two likeliest labels are less than {when.margin_below:g} apart"
    if when.entropy_above is not None:
        yield f"the entropy is above {when.entropy_above:g}, or unknown"
    if when.label is not None:
        yield f"the label is {_or(sorted(when.label))}"
    for key, wanted in when.metadata:
        yield f"{key} is {_or(str(value) for value in wanted)}"


def _or(values: Iterable[str]) -> str:
    *most, last = [f"“{value}”" for value in values]
    return f"{', '.join(most)} or {last}" if most else last
