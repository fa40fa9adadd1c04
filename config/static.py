"""Static files under names that hold their hash, ES module imports included.

Our scripts are sent without their comments and indentation; the types in the comments
are half of them. What runs is otherwise the source, line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("labeling/", "projects/")
COMMENT = re.compile(r"/\*\*.*?\*/|^[ \t]*//[^\n]*", re.DOTALL | re.MULTILINE)
MARGIN = re.compile(r"\n\s+")
# Lines without templates, patterns and escapes: outside of "…" their spaces do not count.
PLAIN = re.compile("[^'`/\\\\]*")
QUOTED = re.compile('("[^"]*")')
AIR = re.compile(r" ?([=(){}\[\],:;?<>&|!]) ?")


def lean(script: str) -> str:
    """The script without comments and air. No text of ours spans lines or holds a /**."""
    lines = MARGIN.sub("\n", COMMENT.sub("", script)).strip().split("\n")
    return "\n".join(map(_airless, lines)) + "\n"


def _airless(line: str) -> str:
    if not PLAIN.fullmatch(line):
        return line
    parts = QUOTED.split(line)
    parts[::2] = [AIR.sub(r"\1", part) for part in parts[::2]]
    return "".join(parts)


class Lean:
    """A storage whose scripts are read lean."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def open(self, name: str, mode: str = "rb") -> File[bytes]:
        with self._storage.open(name, mode) as source:
            return ContentFile(lean(source.read().decode()).encode(), name)


class HashedModules(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    support_js_module_import_aggregation = True
    # a pass for each step of an import that imports
    max_post_process_passes = 20

    def post_process(
        self, paths: dict[str, tuple[Any, str]], *args: Any, **options: Any
    ) -> Iterator[Any]:
        slim = {
            name: (Lean(storage) if _is_ours(name) else storage, path)
            for name, (storage, path) in paths.items()
        }
        yield from super().post_process(slim, *args, **options)


def _is_ours(name: str) -> bool:
    return name.startswith(OURS) and name.endswith(".js") and "/vendor/" not in name
