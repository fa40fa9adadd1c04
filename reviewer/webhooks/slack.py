"""A message in a sentence, for chat services that take Slack's `{"text": …}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projects.models import Project


def text(project: Project, event: str, data: Mapping[str, Any]) -> str:
    """In English, since a channel has no language; with one link."""
    url = data.get("url") or settings.PUBLIC_URL + reverse(
        "project", args=[project.slug]
    )
    said = f"*{escaped(project.name)}*: {escaped(_said(event, data))}"
    return f"{said}\n<{url}|Open it in Overread>"


def escaped(said: str) -> str:
    """What people wrote stays words: nothing in it is a link or calls a whole channel."""
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _said(event: str, data: Mapping[str, Any]) -> str:
    if event.startswith("notice."):
        return f"{data['title']}. {data['words']}".strip()
    if event == "prediction.settled":
        answer = ", ".join(
            f"{key}: {_short(v)}" for key, v in (data.get("answer") or {}).items()
        )
        return f"{data['inference_id']} of {data['endpoint']} is settled: {answer or 'no answer'}"
    if event == "prediction.reopened":
        return f"{data['inference_id']} of {data['endpoint']} is open again"
    if event == "model.promoted":
        return f"Version {data['to_version']} is in use."
    return f"A test, asked for by {data.get('asked_by', 'somebody')}."


def _short(value: object) -> str:
    told = str(value)
    return told if len(told) <= 80 else f"{told[:79]}…"
