"""How an outside system is reached: what a gateway is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ConnectionSettings:
    """A configured outside system. Secrets are already readable here: do not log it."""

    kind: str = "embedded"
    uri: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


EMBEDDED = ConnectionSettings()
