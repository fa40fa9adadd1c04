"""Static files under names that hold their hash, ES module imports included.

Our scripts are sent minified; what is written is what runs, but for names and comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import minify
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("labeling/", "projects/")


def lean(script: str) -> str:
    """The script as it is sent: without comments and air, names inside it shortened."""
    return str(minify.string("text/javascript", script))


class Lean:
    """A storage whose scripts are read lean."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def open(self, name: str, mode: str = "rb") -> File[bytes]:
        with self._storage.open(name, mode) as source:
            return ContentFile(lean(source.read().decode()).encode(), name)


class HashedModules(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    support_js_module_import_aggregation = True

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
