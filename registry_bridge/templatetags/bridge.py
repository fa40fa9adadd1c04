"""What pages about models need in templates: links into MLflow, kept times."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django import template

from labeling.models import Gold

if TYPE_CHECKING:
    from registry_bridge.views.links import Links

register = template.Library()


@register.filter
def run_url(links: Links, run_id: object) -> str:
    return links.run(run_id)


@register.filter
def version_url(links: Links, version: object) -> str:
    return links.version(version)


@register.filter
def source_in_words(source: str) -> str:
    """Where gold comes from; what is counted keeps the word of the database."""
    return str(Gold.Source(source).label)


@register.filter
def moment(text: str) -> datetime:
    """A time that was kept as ISO text."""
    return datetime.fromisoformat(text)
