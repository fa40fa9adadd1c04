"""Says in a file of the home what runs now: addresses and process numbers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from config.home import Home


def write(home: Home, state: Mapping[str, object]) -> None:
    """Replace the file at once: a reader sees the old state or the new one."""
    draft = home.state_file.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(state, file, indent=1)
    draft.replace(home.state_file)


def forget(home: Home) -> None:
    home.state_file.unlink(missing_ok=True)
