"""Reads YAML that people wrote by hand, and knows the line of every key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml


class Unreadable(ValueError):
    """Text that is no YAML, or YAML of a sort that is not read here."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


class _Loader(yaml.SafeLoader):
    """A date stays the text that was written: nothing in a project is a date."""

    yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in found if not tag.endswith(":timestamp")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _WithoutAliases(_Loader):
    """For text from a page: a few lines of aliases can say more than a machine can hold."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            problem = "aliases (*name) are not read here; write it out"
            raise yaml.composer.ComposerError(None, None, problem, mark)
        return super().compose_node(parent, index)


@dataclass(frozen=True)
class Written:
    """What the text says, and where it says so."""

    data: Any
    lines: dict[str, int] = field(default_factory=dict)

    def line(self, path: str) -> int:
        """The line of a key, or of what it is missing from."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)


def read(text: str, *, aliases: bool = True) -> Written:
    """The text as data; Unreadable names the line of what is wrong."""
    loader = (_Loader if aliases else _WithoutAliases)(text)
    try:
        node = loader.get_single_node()
        lines = dict(_lines(node, "", ())) if node else {}
        return Written(loader.construct_document(node) if node else None, lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise Unreadable(line, str(error.problem or error.context)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: a number with thousands of digits
        raise Unreadable(1, str(error).partition("\n")[0] or "too deep") from error
    finally:
        loader.dispose()


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
