"""What a form was shown, in a few letters: sent back with it, a change meanwhile is seen."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from projects.refused import Conflict

FIELD: Final = "based_on"


class ChangedMeanwhile(Conflict):
    code, title = "changed_meanwhile", "Somebody changed it meanwhile"


def of(values: Any) -> str:
    """Of plain JSON; two that differ were made from other values."""
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def require(shown: str | None, values: Any) -> None:
    """ChangedMeanwhile unless the form was shown these; None: it was no form."""
    if shown is not None and shown != of(values):
        raise ChangedMeanwhile("Load the page again, then change what you meant to.")
