"""Logs of the child processes: bounded in size, and their last lines for a message."""

from __future__ import annotations

import shutil
from pathlib import Path

LONGEST = 16 * 1024 * 1024
TAIL_BYTES = 8_000


def bound(log: Path, *, longest: int = LONGEST) -> None:
    """Move a long log's text aside; who has it open for appending goes on writing."""
    if not log.exists() or log.stat().st_size <= longest:
        return
    kept = log.with_name(f"{log.name}.1")
    shutil.copyfile(log, kept)
    kept.chmod(0o600)
    with log.open("r+b") as file:
        file.truncate(0)


def tail(log: Path, *, lines: int = 12) -> str:
    """Return the last lines of a log, indented, for the console."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        text = file.read().decode(errors="replace")
    return "\n".join(f"  | {line}" for line in text.splitlines()[-lines:])
