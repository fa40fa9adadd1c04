"""Reads the inputs of a form whose names begin alike, as people typed them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_WHOLE: Final = re.compile(r"[+-]?\d{1,15}")


@dataclass(frozen=True)
class Typed:
    """Inputs whose names begin with the prefix; what is empty is not there."""

    given: Mapping[str, str]
    prefix: str = ""

    def text(self, name: str) -> str | None:
        return self.given.get(f"{self.prefix}{name}", "").strip() or None

    def number(self, name: str) -> int | float | str | None:
        """What cannot be read as a number stays text, for who checks it to name."""
        said = self.text(name)
        if said is None:
            return None
        if _WHOLE.fullmatch(said):
            return int(said)
        try:
            return float(said.replace(",", "."))
        except ValueError:
            return said
