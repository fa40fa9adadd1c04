"""Cells of a CSV file that no spreadsheet takes for a formula, and their way back."""

from __future__ import annotations

from typing import Final

# What Excel, LibreOffice and Sheets may run (OWASP, CSV injection); the apostrophe
# itself is here so that the way back is certain.
RISKY: Final = "=+-@\t\r'"
GUARD: Final = "'"


def guarded(text: str) -> str:
    """The text as a cell that is shown, never run: an apostrophe before what is risky."""
    return GUARD + text if text[:1] and text[0] in RISKY else text


def plain(cell: str) -> str:
    """What `guarded` was given: one leading apostrophe less."""
    return cell.removeprefix(GUARD)


def guarded_sql(expression: str) -> str:
    """`guarded` as PostgreSQL computes it; ascii() is the code of the first character."""
    codes = ", ".join(str(ord(each)) for each in RISKY)
    return (
        f"case when ascii({expression}) in ({codes})"
        f" then '{GUARD * 2}' || {expression} else {expression} end"
    )
