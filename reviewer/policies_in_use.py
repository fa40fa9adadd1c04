"""The policy that routes a project's predictions now."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from reviewer.models import Policy
from reviewer.policies import read_policy

if TYPE_CHECKING:
    from projects.models import Project
    from reviewer import policies


def active(project: Project) -> Policy | None:
    return Policy.objects.filter(project=project, active=True).first()


def read(policy: Policy) -> policies.Policy:
    return _read(policy.pk)


@lru_cache(maxsize=256)
def _read(policy_id: int) -> policies.Policy:
    # a version never changes once it is kept
    return read_policy(Policy.objects.get(pk=policy_id).rules)
