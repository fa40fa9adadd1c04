"""Finds the scripts and styles that stand in the folder of their kind or type of field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles import utils
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

HERE: Final = Path(__file__).parent
FOLDERS: Final = ("kinds", "fields")
ENDINGS: Final = (".js", ".css")


class Parts(BaseFinder):
    """`kinds/choice/control.js` is served as `labeling/kinds/choice/control.js`."""

    def __init__(self, *_args: Any, **_options: Any) -> None:
        self._storages = {name: _storage(name) for name in FOLDERS}

    def find(self, path: str, find_all: bool = False, **_options: Any) -> Any:
        app, _, inner = path.partition("/")
        found = HERE / inner
        known = (
            app == HERE.name
            and inner.startswith(tuple(f"{name}/" for name in FOLDERS))
            and ".." not in inner.split("/")
            and inner.endswith(ENDINGS)
            and found.is_file()
        )
        if find_all:
            return [str(found)] if known else []
        return str(found) if known else None

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for storage in self._storages.values():
            for path in utils.get_files(storage, list(ignore_patterns or ())):
                if path.endswith(ENDINGS):
                    yield path, storage


def _storage(name: str) -> FileSystemStorage:
    storage = FileSystemStorage(location=HERE / name)
    # where collectstatic puts them
    storage.prefix = f"{HERE.name}/{name}"  # type: ignore[attr-defined]
    return storage
