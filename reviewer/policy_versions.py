"""Keeps each version of a project's policy, and says what it does in words."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from labeling.text_diff import Line, lines
from projects import audit
from projects import written as written_by_hand
from projects.models import Project
from projects.refused import Conflict, DoesNotFit, FieldProblem, NotFound
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
        rules = written_by_hand.read(text, aliases=False).data
    except written_by_hand.Unreadable as error:
        raise _wrong(f"line {error.line}", f"is not YAML: {error.problem}") from error
    try:
        read_policy(rules)
    except PolicyError as error:
        raise _wrong(error.path, error.problem) from error
    _refuse_unkeepable(rules)
    return dict(rules)


def _refuse_unkeepable(rules: object) -> None:
    """What YAML can say and JSON or PostgreSQL cannot: .nan, U+0000, half a surrogate."""
    try:
        text = json.dumps(rules, allow_nan=False, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError as error:
        raise _wrong("metadata", "must not hold half a surrogate") from error
    except ValueError as error:
        raise _wrong("metadata", "must not hold .nan or .inf") from error
    if "\\u0000" in text:
        raise _wrong("metadata", "must not hold the character U+0000")


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
    in_browser: bool = False,
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
        in_browser=in_browser,
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


def roll_back(
    project: Project, policy_id: int, *, by: User, reason: str, based_on: int
) -> tuple[Policy, int]:
    """The rules of an earlier version as a new one, and the number of that earlier one."""
    earlier = Policy.objects.filter(project=project, pk=policy_id).first()
    if earlier is None:
        raise NotFound("There is no such version of this policy.")
    if earlier.active:
        raise Conflict(f"Version {earlier.version} is in use already.")
    saved = keep(
        project,
        earlier.rules,
        by=by,
        reason=reason,
        based_on=based_on,
        in_browser=True,
    )
    return saved, earlier.version


def as_yaml(policy: Policy) -> str:
    return written(policy.rules)


def written(rules: object) -> str:
    """Rules as people write them, in the order in which they are kept."""
    text: str = yaml.safe_dump(rules, sort_keys=False, allow_unicode=True)
    return text


@dataclass(frozen=True)
class Kept:
    """One version, and what it changed of the one before."""

    policy: Policy
    changed: list[Line]


def history(project: Project, most: int = 30) -> list[Kept]:
    """Newest first."""
    found = Policy.objects.filter(project=project).select_related("created_by")
    newest = list(found.order_by("-version")[: most + 1])
    before = [as_yaml(each) for each in newest[1:]]
    return [
        Kept(each, lines(old, as_yaml(each)) if old is not None else [])
        for each, old in zip_longest(newest[:most], before[:most])
    ]


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
    if sample == 1:
        return _("every one")
    return _("%(share)s of them, by chance") % {"share": _percent(sample)}


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _number(value: float) -> str:
    return f"{value:g}"


def _when(when: policies.When) -> str:
    said = list(_conditions(when))
    return _(" and ").join(said) if said else _("always")


def _conditions(when: policies.When) -> Iterator[str]:
    if when.confidence_below is not None:
        said = _("the confidence is below %(limit)s, or unknown")
        yield said % {"limit": _number(when.confidence_below)}
    if when.confidence_between is not None:
        low, high = when.confidence_between
        said = _("the confidence is from %(low)s to below %(high)s, or unknown")
        yield said % {"low": _number(low), "high": _number(high)}
    if when.margin_below is not None:
        said = _("the two likeliest labels are less than %(limit)s apart")
        yield said % {"limit": _number(when.margin_below)}
    if when.entropy_above is not None:
        said = _("the entropy is above %(limit)s, or unknown")
        yield said % {"limit": _number(when.entropy_above)}
    if when.label is not None:
        yield _("the label is %(labels)s") % {"labels": _or(sorted(when.label))}
    for key, wanted in when.metadata:
        named = {"key": key, "values": _or(str(value) for value in wanted)}
        yield _("%(key)s is %(values)s") % named


def _or(values: Iterable[str]) -> str:
    *most, last = [_("“%(value)s”") % {"value": value} for value in values]
    if not most:
        return last
    return _("%(most)s or %(last)s") % {"most": ", ".join(most), "last": last}
