"""What the editor's page begins with: its scripts, kinds and types to choose from, a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labeling import consequences, fields, kinds, parts, yaml_text

if TYPE_CHECKING:
    from labeling.models import SchemaVersion

SCRIPTS = tuple(
    f"labeling/{name}.js"
    for name in (
        *("parts", "questions", "screen", "words", "keys"),
        *(
            f"editor/{each}"
            for each in ("form", "inputs", "labels", "preview", "problems", "when")
        ),
    )
)


def to_editor(version: SchemaVersion) -> dict[str, Any]:
    return {
        "kinds": _kinds(),
        "fields": _field_types(),
        "parts": parts.addresses(),
        "sample": consequences.sample(version),
    }


def _kinds() -> dict[str, Any]:
    """What a form offers for each kind, beside what all have."""
    return {
        name: {
            "labels": "labels" in kind.keys,
            "keys": sorted(
                (kind.keys | ({"field"} if kind.marks else set())) - {"labels"}
            ),
            "marks": sorted(kind.marks),
            "example": yaml_text.write(kind.example) if kind.example else "",
        }
        for name, kind in ((name, kinds.get(name)) for name in kinds.NAMES)
    }


def _field_types() -> dict[str, Any]:
    return {
        name: {"keys": sorted(type_.keys), "sample": type_.sample}
        for name, type_ in ((name, fields.get(name)) for name in fields.NAMES)
    }
