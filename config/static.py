"""Static files under names that hold their hash, ES module imports included.

Our scripts are sent without their comments and indentation; the types in the comments
are half of them. Those that only one other needs travel within it (joining.py). What runs
is otherwise the source, line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from config.joining import joined

OURS = ("labeling/", "projects/")
COMMENT = re.compile(r"/\*\*.*?\*/|^[ \t]*//[^\n]*", re.DOTALL | re.MULTILINE)
MARGIN = re.compile(r"\n\s+")
# Lines without templates, patterns and escapes: outside of "…" their spaces do not count.
SPECIAL = re.compile("['`/]")
QUOTED = re.compile('("[^"]*")')
# After these the statement goes on, or the next one begins, with or without a new line.
ENDED = re.compile(r"(?<=[;{,(\[])\n")
# The last statement of a block needs no end.
LAST = re.compile(r";?\n}")
AIR = re.compile(r" ?([=(){}\[\],:;?<>&|!]) ?| ([*+-]) (?![+-])")


def lean(script: str) -> str:
    """The script without comments and air. No text of ours spans lines or holds a /**."""
    lines = MARGIN.sub("\n", COMMENT.sub("", script)).strip().split("\n")
    script = LAST.sub("}", "\n".join(map(_airless, lines)))
    return ENDED.sub("", script) + "\n"


def _airless(line: str) -> str:
    parts = QUOTED.split(line)
    if "\\" in line or any(map(SPECIAL.search, parts[::2])):
        return line
    parts[::2] = [AIR.sub(r"\1\2", part) for part in parts[::2]]
    return "".join(parts)


def is_entry(name: str) -> bool:
    """Asked for by a page or by an address that is computed, and not only by other scripts."""
    return name.endswith(("/workbench.js", "/core.js", "/control.js", "/viewer.js"))


def sent(scripts: Mapping[str, str]) -> dict[str, str]:
    """Our scripts as they go out: those that travel together joined, and all of them lean."""
    # what comments import are types
    bare = {name: COMMENT.sub("", script) for name, script in scripts.items()}
    return {name: lean(script) for name, script in joined(bare, is_entry).items()}


class Given:
    """Stands for the storage of one script, and gives what is sent for it."""

    def __init__(self, script: str) -> None:
        self._script = script

    def open(self, name: str, mode: str = "rb") -> File[bytes]:
        return ContentFile(self._script.encode(), name)


class HashedModules(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    support_js_module_import_aggregation = True
    # a pass for each step of an import that imports
    max_post_process_passes = 20

    def post_process(
        self, paths: dict[str, tuple[Any, str]], *args: Any, **options: Any
    ) -> Iterator[Any]:
        ours = {name: _text(*paths[name]) for name in paths if is_ours(name)}
        given = {
            name: (Given(script), paths[name][1]) for name, script in sent(ours).items()
        }
        yield from super().post_process({**paths, **given}, *args, **options)


def _text(storage: Storage, path: str) -> str:
    with storage.open(path) as source:
        return bytes(source.read()).decode()


def is_ours(name: str) -> bool:
    return name.startswith(OURS) and name.endswith(".js") and "/vendor/" not in name
