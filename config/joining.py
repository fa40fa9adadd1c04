"""Modules that only one other needs travel within it: fewer requests, and less to send.

Only whole scripts are moved, none is rewritten. A module that is joined becomes a function
that is called once, where its importers found it before, and gives what it exports.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

IMPORT: Final = re.compile(
    r'^import (?:(\{[^}]*\}|\* as \w+) from )?"(\.[^"]+)";$', re.MULTILINE
)
PASSED_ON: Final = re.compile(
    r'^export (\{[^}]*\}|\*) from "(\.[^"]+)";$', re.MULTILINE
)
NAMED: Final = re.compile(
    r"^export ((?:async )?function\*?|class|const|let) (\w+)", re.MULTILINE
)
LATER: Final = re.compile(r'(?<=import\(")\.[^"]+\.js(?="\))')


def joined(
    scripts: Mapping[str, str], entries: Callable[[str], bool]
) -> dict[str, str]:
    """All scripts by name, as they are sent.

    `entries` are asked for by pages and by code that computes addresses: these, whatever
    is imported later, and whatever two of them need stay modules of their own. What an
    entry passes on whole (`export * from`) travels in it, whoever else needs it.
    """
    return _Joining(scripts, entries).sent()


class _Joining:
    def __init__(
        self, scripts: Mapping[str, str], entries: Callable[[str], bool]
    ) -> None:
        self.scripts = scripts
        self.needs = {name: list(_needs(name, text)) for name, text in scripts.items()}
        later = {
            _at(name, path)
            for name, text in scripts.items()
            for path in LATER.findall(text)
        }
        self.apart = {name for name in scripts if entries(name) or name in later}
        # the module that each one travels in
        self.host = {name: name for name in scripts}
        for name in filter(entries, scripts):
            for what, path in PASSED_ON.findall(scripts[name]):
                if what == "*":
                    self.host[_at(name, path)] = name
        while self._moves():
            pass

    def _moves(self) -> bool:
        """Whether a module was found whose importers all travel in one other module."""
        for name in self.scripts.keys() - self.apart:
            hosts = {
                self.host[each] for each, needs in self.needs.items() if name in needs
            } - {self.host[name]}
            if len(hosts) == 1 and self.host[name] == name:
                host = hosts.pop()
                for each, old in self.host.items():
                    self.host[each] = host if old == name else old
                return True
        return False

    def exported(self, name: str) -> list[str]:
        text = self.scripts[name]
        found = [given for _, given in NAMED.findall(text)]
        for what, path in PASSED_ON.findall(text):
            found += [new for _, new in self.pairs(what, _at(name, path))]
        return found

    def pairs(self, what: str, source: str) -> list[tuple[str, str]]:
        """What `{ a, b as c }` or `*` takes from there: its name there and its name here."""
        if what == "*":
            return [(each, each) for each in self.exported(source)]
        named = (each.split(" as ") for each in re.findall(r"\w+(?: as \w+)?", what))
        return [(each[0], each[-1]) for each in named]

    def sent(self) -> dict[str, str]:
        return {
            name: _Bundle(self, name).text() if self.host[name] == name else text
            for name, text in self.scripts.items()
        }


class _Bundle:
    """One module with those that travel within it; each is `_0`, `_1` … in there."""

    def __init__(self, joining: _Joining, name: str) -> None:
        self.joining = joining
        self.name = name
        self.inner: list[str] = []
        for need in joining.needs[name]:
            self._visit(need)
        # where they import from outside: the path, and its name in here
        self.outside: dict[str, str] = {}

    def _visit(self, name: str) -> None:
        """As the browser runs them: what is needed first."""
        if name not in self.inner and self._is_here(name):
            for need in self.joining.needs[name]:
                self._visit(need)
            self.inner.append(name)

    def _is_here(self, name: str) -> bool:
        return name != self.name and self.joining.host.get(name) == self.name

    def _path(self, source: str) -> str:
        """Where it is imported from; a module that travels elsewhere is there."""
        return _from(self.name, self.joining.host.get(source, source))

    def text(self) -> str:
        inner = [self._called(name) for name in self.inner]
        own = PASSED_ON.sub(self._passed_on, self.joining.scripts[self.name])
        own = IMPORT.sub(self._imported_here, own)
        head = [f'import * as {name} from "{at}";' for at, name in self.outside.items()]
        return "\n".join([*head, *inner, own])

    def _called(self, name: str) -> str:
        """A module that travels within: a function that is called at once."""
        text = self.joining.scripts[name]
        gives = [given for _, given in NAMED.findall(text)]
        for what, path in PASSED_ON.findall(text):
            source = _at(name, path)
            pairs = self.joining.pairs(what, source)
            gives += [f"{new}: {self._known_as(source)}.{old}" for old, new in pairs]
        body = NAMED.sub(r"\1 \2", PASSED_ON.sub("", text))
        body = IMPORT.sub(lambda found: self._imported(found, name), body)
        body = LATER.sub(lambda found: _from(self.name, _at(name, found[0])), body)
        alias = self._known_as(name)
        return f"const {alias} = (() => {{\n{body}\nreturn {{ {', '.join(gives)} }};\n}})();"

    def _known_as(self, source: str) -> str:
        if source in self.inner:
            return f"_{self.inner.index(source)}"
        return self.outside.setdefault(self._path(source), f"_from{len(self.outside)}")

    def _imported(self, found: re.Match[str], name: str) -> str:
        what, path = found.groups()
        source = _at(name, path)
        alias = self._known_as(source)
        if what is None:
            return ""
        if what.startswith("*"):
            return f"const {what.removeprefix('* as ')} = {alias};"
        return self._unpacked(self.joining.pairs(what, source), alias)

    def _imported_here(self, found: re.Match[str]) -> str:
        source = _at(self.name, found[2])
        if source not in self.inner:
            return found[0].replace(found[2], self._path(source))
        return self._imported(found, self.name)

    def _passed_on(self, found: re.Match[str]) -> str:
        source = _at(self.name, found[2])
        if source not in self.inner:
            return found[0].replace(found[2], self._path(source))
        pairs = self.joining.pairs(found[1], source)
        return f"export {self._unpacked(pairs, self._known_as(source))}"

    @staticmethod
    def _unpacked(pairs: Iterable[tuple[str, str]], alias: str) -> str:
        names = (old if old == new else f"{old}: {new}" for old, new in pairs)
        return f"const {{ {', '.join(names)} }} = {alias};"


def _needs(name: str, text: str) -> Iterator[str]:
    for pattern in (IMPORT, PASSED_ON):
        yield from (_at(name, path) for _, path in pattern.findall(text))


def _at(name: str, path: str) -> str:
    """The module that `name` means by this path."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


def _from(name: str, target: str) -> str:
    path = posixpath.relpath(target, posixpath.dirname(name))
    return path if path.startswith(".") else f"./{path}"
