"""Which scripts and styles the workbench needs for a schema: of its kinds and its fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.templatetags.static import static

from labeling import fields, finder, kinds, versions
from labeling.models import SchemaVersion

# What every workbench starts with: loaded all at once, not one found inside the other.
CORE: Final = tuple(
    f"labeling/{name}.js"
    for name in (
        *("asking", "delivery", "feed", "keys", "parts", "questions", "screen"),
        *("status", "tab", "words"),
    )
)


def addresses() -> dict[str, dict[str, list[str]]]:
    """Each kind's and each type's own script, and its style if it has one."""
    return {
        "kinds": {name: _of("kinds", name, "control") for name in kinds.NAMES},
        "fields": {name: _of("fields", name, "viewer") for name in fields.NAMES},
    }


def needed(shown: Iterable[SchemaVersion]) -> list[str]:
    """What pages load at once: the parts of these versions, scripts and styles."""
    known, found = addresses(), dict[str, None]()
    for version in shown:
        for question in version.questions:
            found.update(dict.fromkeys(known["kinds"][question["kind"]]))
        for field in version.fields:
            found.update(dict.fromkeys(known["fields"][field["type"]]))
    return list(found)


def _of(folder: str, name: str, part: str) -> list[str]:
    inner = [f"{folder}/{name}/{part}.{ending}" for ending in ("js", "css")]
    return [
        static(f"labeling/{path}") for path in inner if (finder.HERE / path).exists()
    ]


def first(project_id: int) -> list[str]:
    """What a queue of this project most likely needs: the parts of its newest versions."""
    return needed(versions.get(pk) for pk in versions.newest(project_id).values())
