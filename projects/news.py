"""What people should know of a project: what waits for a decision, what happened last.

Each app adds its own by a function named in the settings, so that the pages at the front
door need not know who lives behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from projects.models import Project, User


@dataclass(frozen=True)
class News:
    """One line for people: what it is, why it matters, where to go."""

    project: Project
    title: str
    words: str
    url: str
    at: datetime
    # Said beside it: good, warn, bad, info (a pill's colour) and the pill's word.
    tone: str = "info"
    state: str = ""


Source: TypeAlias = Callable[[Sequence["Project"], "User"], Sequence[News]]


# The worst first; what is none of these comes last.
WORST = {"bad": 0, "warn": 1, "info": 2}


def decisions(projects: Sequence[Project], user: User) -> list[News]:
    """What waits for somebody who leads these projects: the worst first, then the oldest."""
    found = _all(settings.DECISIONS, projects, user)
    return sorted(found, key=lambda news: (WORST.get(news.tone, 3), news.at))


def happenings(projects: Sequence[Project], user: User, most: int = 6) -> list[News]:
    """What happened last, the newest first."""
    found = _all(settings.HAPPENINGS, projects, user)
    return sorted(found, key=lambda news: news.at, reverse=True)[:most]


def _all(sources: Sequence[str], projects: Sequence[Project], user: User) -> list[News]:
    if not projects:
        return []
    found: list[News] = []
    for name in sources:
        source: Source = import_string(name)
        found += source(projects, user)
    return found
