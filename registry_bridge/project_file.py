"""Reads project.yaml and knows the line of every key, to say where a problem is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from projects.refused import FieldProblem


class WrongFile(Exception):
    """Everything that is wrong with a file, a line of text for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Loader(yaml.SafeLoader):
    """A date stays the text that was written: nothing in a project is a date."""

    yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in found if not tag.endswith(":timestamp")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True)
class ProjectFile:
    """What the file says, and where it says so."""

    name: str
    data: dict[str, Any]
    lines: dict[str, int] = field(default_factory=dict)
    # Where relative paths of the file begin.
    folder: Path = Path()

    def tell(self, problem: FieldProblem) -> str:
        path = problem["field"]
        said = f"{path}: {problem['problem']}" if path else problem["problem"]
        return f"{self.name}:{self.line(path)}: {said}"

    def line(self, path: str) -> int:
        """The line of a key, or of what it is missing from."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)

    def wrong(self, problems: Iterable[FieldProblem]) -> WrongFile:
        found = sorted(problems, key=lambda each: self.line(each["field"]))
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
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines = dict(_lines(node, "", ())) if node else {}
        data = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        raise WrongFile([_told(error, name)]) from error
    except yaml.YAMLError as error:
        raise WrongFile([f"{name}:1: {error}"]) from error
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise WrongFile([f"{name}:1: must be a map with the key “project”"])
    return ProjectFile(name, data, lines)


def _told(error: yaml.MarkedYAMLError, name: str) -> str:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    return f"{name}:{line}: {error.problem or error.context}"


def _lines(
    node: yaml.Node, path: str, above: tuple[yaml.Node, ...]
) -> Iterator[tuple[str, int]]:
    """Path and line of everything; a key's line is where the key stands."""
    if node in above:
        raise yaml.composer.ComposerError(
            None, None, "an anchor must not hold itself", node.start_mark
        )
    yield path, node.start_mark.line + 1
    inside = (*above, node)
    if isinstance(node, yaml.SequenceNode):
        for at, each in enumerate(node.value):
            yield from _lines(each, f"{path}[{at}]", inside)
    if isinstance(node, yaml.MappingNode):
        yield from _lines_of_map(node, path, inside)


def _lines_of_map(
    node: yaml.MappingNode, path: str, inside: tuple[yaml.Node, ...]
) -> Iterator[tuple[str, int]]:
    seen: set[str] = set()
    for key, value in node.value:
        name = str(key.value)
        if name in seen:
            raise yaml.composer.ComposerError(
                None, None, f"“{name}” is there twice", key.start_mark
            )
        seen.add(name)
        below = f"{path}.{name}" if path else name
        yield from _lines(value, below, inside)
        # after the value's own: the key may stand a line above
        yield below, key.start_mark.line + 1
