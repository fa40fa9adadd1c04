"""Archives on their way to SageMaker and back: the same bytes each time, and opened with care."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final

from registry_bridge.gateways.ports import Rejected

# Unpacked. More than this is no model of ours, and would fill the disk.
MOST_BYTES: Final = 50 * 1024**3
MOST_FILES: Final = 100_000


def files_below(folder: Path) -> list[Path]:
    """All files of a folder that are data: no hidden ones, nothing that Python cached."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if _is_kept(path.relative_to(folder)))


def _is_kept(path: Path) -> bool:
    return "__pycache__" not in path.parts and not any(
        part.startswith(".") for part in path.parts
    )


def pack(folder: Path, files: Iterable[Path], into: Path) -> str:
    """Write a tar.gz with these files of the folder; its SHA-256 in hexadecimal.

    Times and owners stay out: the same files make the same bytes.
    """
    with (
        into.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in files:
            _add(tar, path, path.relative_to(folder).as_posix())
    with into.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = path.stat().st_size, 0o644
    with path.open("rb") as file:
        tar.addfile(member, file)


def unpack(archive: BinaryIO, into: Path, called: str) -> None:
    """Files and folders only, all of them below `into`; Rejected names what else it is."""
    size = 0
    try:
        with tarfile.open(fileobj=archive, mode="r|gz") as tar:
            for number, member in enumerate(tar):
                size += member.size
                _refuse_unfit(member, number, size, called)
                tar.extract(member, into, filter="data")
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Rejected(f"{called} cannot be unpacked: {error}") from error


def _refuse_unfit(member: tarfile.TarInfo, number: int, size: int, called: str) -> None:
    if not (member.isfile() or member.isdir()):
        raise Rejected(
            f"{called} holds {member.name!r}, which is no file and no folder."
        )
    if number >= MOST_FILES or size > MOST_BYTES:
        raise Rejected(
            f"{called} holds more than {MOST_FILES:,} files or {MOST_BYTES:,} bytes."
        )
