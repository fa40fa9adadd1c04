"""Fixes the numbers of a gate's look, for MLflow to keep beside model and data.

What a job carries is written once and never computed again: the same point sent twice
must be the same.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from projects import jobs
from registry_bridge.models import GateCheck, RegisteredModel

if TYPE_CHECKING:
    from registry_bridge.models import Study

PUBLISH: Final = "registry_bridge.handlers.publish_check"
# What a look was asked for and where it came from are no numbers that it found.
NO_NUMBERS: Final = ("terms", "settings", "counts", "study", "upto")
LONGEST: Final = 240


def ask(check: GateCheck) -> None:
    """A job for each new look, in the caller's transaction."""
    project = check.gate.project
    if not RegisteredModel.objects.filter(project=project).exists():
        return
    payload = {
        "project": project.pk,
        "check": check.pk,
        "at": check.at.timestamp(),
        "values": values(check),
    }
    stream = f"mlflow:{project.pk}"
    jobs.add(f"gate-check:{check.pk}", PUBLISH, stream, payload, project=project.pk)


def values(check: GateCheck) -> dict[str, float]:
    """The verdict (1: open) and every number of the evidence, under the gate's name."""
    prefix = f"gate/{check.gate.name}"
    found = {f"{prefix}/open": float(check.verdict == GateCheck.Verdict.OPEN)}
    for name, value in _numbers(check.evidence):
        found[_name(f"{prefix}/{name}")] = value
    return found


def _numbers(kept: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    for key, value in kept.items():
        if key in NO_NUMBERS:
            continue
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{path}{key}/")
        elif isinstance(value, int | float) and math.isfinite(value):
            yield f"{path}{key}", float(value)


def _name(text: str) -> str:
    """As MLflow takes it: letters, digits, and some signs."""
    plain = "".join(
        x if x.isascii() and (x.isalnum() or x in "_-./ ") else "_" for x in text
    )
    return plain[:LONGEST]


def digest_of(study: Study) -> str:
    """What predictions a study is about, fixed when it begins."""
    fixed = {
        "design": study.design,
        "project": study.project.slug,
        "endpoint": study.shadow.endpoint.name,
        "champion": study.champion,
        "challenger": study.challenger,
        "since": study.since.isoformat(),
        "after": study.shadow.after,
    }
    return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()
