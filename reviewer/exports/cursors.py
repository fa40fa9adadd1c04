"""Cursors: after which label an export goes on, as a word that others give back."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from projects.refused import Conflict, FieldProblem, Malformed

_WORD = re.compile(r"1\.([0-9a-f]{1,15})\.([0-9a-f]{1,15})\.([0-9a-f]{1,15})")


class AheadOfTheDatabase(Conflict):
    code, title = "cursor_ahead", "The cursor is ahead of the database"


class Place(NamedTuple):
    """After one label: the transaction that wrote it, and its id."""

    xid: int
    id: int


START: Final = Place(0, 0)


def word(project_id: int, place: Place) -> str:
    """The place as others keep it; `word_sql` writes the same for each row."""
    return f"1.{project_id:x}.{place.xid:x}.{place.id:x}"


def word_sql(project_id: int) -> str:
    return f"'1.{project_id:x}.', to_hex(g.xid), '.', to_hex(g.id)"


def read(project_id: int, given: str) -> Place:
    """The place a cursor names; one of another project, or a mistyped one, is refused."""
    found = _WORD.fullmatch(given)
    if found is None:
        raise _wrong("is no cursor; give back one that an export of this project gave")
    project, xid, label = (int(part, 16) for part in found.groups())
    if project != project_id:
        raise _wrong("is a cursor of another project")
    return Place(xid, label)


def _wrong(problem: str) -> Malformed:
    errors = [FieldProblem(field="since", problem=problem)]
    return Malformed(f"since {problem}.", errors=errors)
