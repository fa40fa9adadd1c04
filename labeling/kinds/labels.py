"""Checks the list of labels a question offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labeling.kinds.base import Problem
from labeling.kinds.wording import wrong_with_id, wrong_with_text

if TYPE_CHECKING:
    from labeling.kinds.base import Json

_KEYS = ("id", "name", "description")
_LONGEST_NAME = 200
_LONGEST_DESCRIPTION = 2000


def check_labels(labels: Json, *, fewest: int = 2) -> list[Problem]:
    """What is wrong with a question's labels."""
    if not isinstance(labels, list) or len(labels) < fewest:
        many = "two labels" if fewest > 1 else "one label"
        return [Problem("labels", f"must be a list of at least {many}")]
    wrong = [
        problem.under(f"labels[{index}]")
        for index, label in enumerate(labels)
        for problem in _check_label(label)
    ]
    return wrong or [*_repeated(labels, "id"), *_repeated(labels, "name")]


def _check_label(label: Json) -> list[Problem]:
    if not isinstance(label, dict):
        return [Problem("", 'must be an object such as {"id": "cat", "name": "Cat"}')]
    found = [
        Problem(key, f"is not known; a label has {', '.join(_KEYS)}")
        for key in label
        if key not in _KEYS
    ]
    checks = [
        ("id", wrong_with_id(label.get("id"))),
        ("name", wrong_with_text(label.get("name"), longest=_LONGEST_NAME)),
    ]
    if label.get("description"):
        text = label["description"]
        checks.append(
            ("description", wrong_with_text(text, longest=_LONGEST_DESCRIPTION))
        )
    return found + [Problem(key, wrong) for key, wrong in checks if wrong]


def _repeated(labels: list[Json], key: str) -> list[Problem]:
    seen: dict[str, int] = {}
    found = []
    for index, label in enumerate(labels):
        value = str(label[key]) if isinstance(label, dict) else ""
        first = seen.setdefault(value, index)
        if first != index:
            path = f"labels[{index}].{key}"
            found.append(Problem(path, f"“{value}” is already labels[{first}]"))
    return found
