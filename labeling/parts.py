"""Which scripts and styles the workbench needs for a schema: of its kinds and its fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.templatetags.static import static

from labeling import fields, finder, kinds, versions
from labeling.models import SchemaVersion

# What every workbench starts with: loaded beside the first script, not found inside it.
CORE: Final = "labeling/core.js"


def addresses() -> dict[str, dict[str, list[str]]]:
    """Each kind's and each type's own script, and the styles it has or shares."""
    return {
        "kinds": {
            name: _of(f"kinds/{name}/control", kinds.get(name).styles)
            for name in kinds.NAMES
        },
        "fields": {
            name: _of(f"fields/{name}/viewer", fields.get(name).styles)
            for name in fields.NAMES
        },
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


def _of(part: str, styles: Iterable[str]) -> list[str]:
    own = [f"{part}.{ending}" for ending in ("js", "css")]
    there = [f"labeling/{path}" for path in own if (finder.HERE / path).exists()]
    return [static(path) for path in (*there, *styles)]


def first(project_id: int) -> list[str]:
    """What a queue of this project most likely needs: the parts of its newest versions."""
    return needed(versions.get(pk) for pk in versions.newest(project_id).values())
