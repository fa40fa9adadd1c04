"""A policy as fields of a form, and back: what the form does not name is left out of it.

Rules keep their order. One that says no more than "this label, below this confidence" is a
row in the table of labels; the others have all fields. What cannot be read as a number stays
the text that was typed, so that reading the policy names it by its key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml
from django.utils.translation import gettext as _

from labeling import versions
from projects import written
from projects.typed import Typed
from reviewer.models import Endpoint

if TYPE_CHECKING:
    from projects.models import Project

# One more, empty, to be filled in without a script.
EMPTY: Final = "new"
_RULE: Final = re.compile(r"rule-(\d{1,4})-(name|label_only)")
_PLAIN: Final = ("confidence_below", "margin_below", "entropy_above")
_LABEL_ONLY: Final = {"label", "confidence_below"}


@dataclass(frozen=True)
class RuleFields:
    """One rule; `at` is its number in the names of inputs."""

    at: str
    name: str = ""
    sample: str = ""
    confidence_below: str = ""
    low: str = ""
    high: str = ""
    margin_below: str = ""
    entropy_above: str = ""
    # One a line.
    label: str = ""
    # YAML of a map.
    metadata: str = ""


@dataclass(frozen=True)
class LabelFields:
    """One label, and the confidence below which all that is called so is reviewed."""

    at: str
    label: str
    name: str
    confidence_below: str


@dataclass(frozen=True)
class Fields:
    """The whole form."""

    audit: str = ""
    blind_review: str = ""
    blind_audit: str = ""
    model_name: str = ""
    model_version: str = ""
    wrong: str = ""
    sure: str = ""
    by_label: bool = False
    reviews_a_day: str = ""
    rules: list[RuleFields] = field(default_factory=list)
    labels: list[LabelFields] = field(default_factory=list)


def labels_of(project: Project) -> list[str]:
    """The labels that endpoints' models answer with."""
    newest = versions.newest(project.pk)
    found: dict[str, None] = {}
    for schema in Endpoint.objects.filter(project=project).values_list(
        "schema", flat=True
    ):
        version = newest.get(schema)
        if version is not None and versions.has_classes(version):
            main = versions.questions(version)[0]
            found.update(dict.fromkeys(versions.labels(version, main.id)))
    return list(found)


def write(rules: Mapping[str, Any], labels: Sequence[str]) -> Fields:
    """The form of rules that can be read (policies.read_policy), or that read() gave."""
    blind, model = rules.get("blind") or {}, rules.get("model") or {}
    promise, budget = rules.get("promise") or {}, rules.get("budget") or {}
    given = rules.get("rules") or []
    free = iter(range(len(given), len(given) + len(labels) + 1))
    rows = {
        each["when"]["label"][0]: LabelFields(
            str(at),
            each["when"]["label"][0],
            each["name"],
            _text(each["when"]["confidence_below"]),
        )
        for at, each in enumerate(given)
        if _is_label_only(each)
    }
    shown = [
        rows.get(label) or LabelFields(str(next(free)), label, _named(label), "")
        for label in dict.fromkeys([*labels, *rows])
    ]
    kept = {row.at for row in shown}
    return Fields(
        audit=_text(rules.get("audit")),
        blind_review=_text(blind.get("review")),
        blind_audit=_text(blind.get("audit")),
        model_name=_text(model.get("name")),
        model_version=_text(model.get("version")),
        wrong=_text(promise.get("wrong")),
        sure=_text(promise.get("sure")),
        by_label=promise.get("by_label", False),
        reviews_a_day=_text(budget.get("reviews_a_day")),
        rules=[
            *(_rule(at, each) for at, each in enumerate(given) if str(at) not in kept),
            RuleFields(str(next(free))),
        ],
        labels=shown,
    )


def _is_label_only(rule: Mapping[str, Any]) -> bool:
    when = rule["when"]
    plain = set(when) == _LABEL_ONLY and len(when["label"]) == 1
    return plain and rule.get("sample", 1) == 1


def _named(label: str) -> str:
    return _("Unsure of %(label)s") % {"label": label}


def _rule(at: int, rule: Mapping[str, Any]) -> RuleFields:
    when = rule["when"]
    low, high = when.get("confidence_between") or ("", "")
    return RuleFields(
        at=str(at),
        name=rule["name"],
        sample=_text(rule.get("sample")),
        low=_text(low),
        high=_text(high),
        label="\n".join(when.get("label") or ()),
        metadata=_yaml(when.get("metadata")),
        **{key: _text(when.get(key)) for key in _PLAIN},
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _yaml(value: object) -> str:
    if value is None or isinstance(value, str):
        # text is what was typed and is no map
        return value or ""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return text.strip()


def read(given: Mapping[str, str]) -> dict[str, Any]:
    """The rules that a form says, as people would write them; not checked yet."""
    numbers = sorted({int(each[1]) for key in given if (each := _RULE.fullmatch(key))})
    rules = [
        rule for at in numbers if (rule := _read_rule(Typed(given, f"rule-{at}-")))
    ]
    top = Typed(given)
    found = {
        "audit": top.number("audit"),
        "rules": rules or None,
        "blind": _map(
            review=top.number("blind_review"), audit=top.number("blind_audit")
        ),
        "model": _map(name=top.text("model_name"), version=top.text("model_version")),
        "promise": _map(
            wrong=top.number("wrong"),
            sure=top.number("sure"),
            by_label=True if top.text("by_label") else None,
        ),
        "budget": _map(reviews_a_day=top.number("reviews_a_day")),
    }
    return _map(**found) or {}


def _map(**found: Any) -> dict[str, Any] | None:
    kept = {key: value for key, value in found.items() if value is not None}
    return kept or None


def _read_rule(part: Typed) -> dict[str, Any] | None:
    """None: removed, or nothing is typed in it."""
    label = part.text("label_only")
    if label is not None:
        limit = part.number("confidence_below")
        when = {"label": [label], "confidence_below": limit}
        return (
            {"name": part.text("name") or label, "when": when}
            if limit is not None
            else None
        )
    if part.text("remove"):
        return None
    name, when, sample = part.text("name"), _read_when(part), part.number("sample")
    if name is None and not when and sample is None:
        return None
    return {"name": name or "", "when": when, **(_map(sample=sample) or {})}


def _read_when(part: Typed) -> dict[str, Any]:
    low, high = part.number("low"), part.number("high")
    between = None if low is None and high is None else [low, high]
    labels = [each.strip() for each in (part.text("label") or "").split("\n")]
    found = {
        "confidence_below": part.number("confidence_below"),
        "confidence_between": between,
        "margin_below": part.number("margin_below"),
        "entropy_above": part.number("entropy_above"),
        "label": [each for each in labels if each] or None,
        "metadata": _metadata(part.text("metadata")),
    }
    return _map(**found) or {}


def _metadata(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return written.read(text, aliases=False).data
    except written.Unreadable:
        return text
