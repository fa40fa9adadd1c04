"""Which answers a lead withdrew: they, and what was before them, tell nothing any more."""

from __future__ import annotations

from typing import Final

# Of an answer `a`, whatever its author said to the task: few are, by a small index.
WITHDRAWN: Final = """exists (
  select from labeling_annotation w
  where w.task_id = a.task_id and w.author_id = a.author_id and w.withdrawn
)"""
