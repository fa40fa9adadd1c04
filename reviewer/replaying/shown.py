"""What the editor of a policy shows of a draft: both replays and the curve, or why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewer import policies, policies_in_use
from reviewer.replaying import deciding, drawing, knowing, replays, window

if TYPE_CHECKING:
    from datetime import datetime

    from projects.models import Project
    from reviewer.models import Policy


def of_rules(
    project: Project, rules: dict[str, Any], active: Policy | None, at: datetime
) -> dict[str, Any]:
    """For the page: rules that can be read, beside the policy in use."""
    new = policies.read_policy(rules)
    old = policies_in_use.read(active) if active else None
    keys = deciding.keys_of(new) | (deciding.keys_of(old) if old else set())
    try:
        given = window.of_project(project, keys, at)
    except window.StillReading as reading:
        return {"reading": reading}
    except window.NothingToReplay:
        return {"nothing": True}
    found = replays.replay(
        given,
        _with_known(project, new, active, at),
        _with_known(project, old, active, at) if old else None,
        at,
    )
    return {"replayed": found, "drawing": drawing.draw(found), "rules": new}


def _with_known(
    project: Project, rules: policies.Policy, active: Policy | None, at: datetime
) -> replays.Rules:
    return replays.Rules(rules, knowing.would_be(project, rules, active, at))
