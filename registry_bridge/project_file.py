"""Reads project.yaml and knows the line of every key, to say where a problem is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from projects import written
from projects.refused import FieldProblem
from projects.written import Unreadable, Written


class WrongFile(Exception):
    """Everything that is wrong with a file, a line of text for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class ProjectFile:
    """What the file says, and where it says so."""

    name: str
    data: dict[str, Any]
    written: Written
    # Where relative paths of the file begin.
    folder: Path = Path()

    def tell(self, problem: FieldProblem) -> str:
        path = problem["field"]
        said = f"{path}: {problem['problem']}" if path else problem["problem"]
        return f"{self.name}:{self.written.line(path)}: {said}"

    def wrong(self, problems: Iterable[FieldProblem]) -> WrongFile:
        found = sorted(problems, key=lambda each: self.written.line(each["field"]))
        return WrongFile([self.tell(each) for each in found])


def load(path: Path) -> ProjectFile:
    """The file at a path; WrongFile when it cannot be read, is not YAML or no map."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongFile([f"{path}: cannot be read: {error}"]) from error
    return replace(read(text, path.name), folder=path.parent.absolute())


def read(text: str, name: str = "project.yaml") -> ProjectFile:
    """The same for text."""
    try:
        found = written.read(text)
    except Unreadable as error:
        raise WrongFile([f"{name}:{error.line}: {error.problem}"]) from error
    if not isinstance(found.data, dict):
        raise WrongFile([f"{name}:1: must be a map with the key “project”"])
    return ProjectFile(name, found.data, found)
