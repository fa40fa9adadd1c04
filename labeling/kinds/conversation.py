"""What a conversation is, for the field that shows it and the kind that judges it."""

from __future__ import annotations

from typing import Final

ROLES: Final = ("system", "developer", "user", "assistant", "tool", "function")
MOST_TURNS: Final = 2_000
