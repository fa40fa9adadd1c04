"""How large a picture of a payload is, as a browser shows it: EXIF orientation applied."""

from __future__ import annotations

import base64
import binascii
import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from labeling.kinds.base import Json

_ORIENTATION: Final = 0x0112
_LYING: Final = frozenset({5, 6, 7, 8})
# Sizes stand in front; only a long profile or thumbnail pushes them behind this.
_HEAD: Final = 48 * 1024


def size(value: Json) -> tuple[int, int] | None:
    """Width and height of a data URL's picture; None for what is not here to be read."""
    if not isinstance(value, str) or not value.startswith("data:image/"):
        return None
    text = value.partition(";base64,")[2]
    return _read(text[:_HEAD]) or (_read(text) if len(text) > _HEAD else None)


def _read(text: str) -> tuple[int, int] | None:
    from PIL import Image

    try:
        # opening reads the head only; no pixel is decoded
        with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
            (width, height), exif = picture.size, Image.Exif()
            exif.load(picture.info.get("exif", b""))
    except (OSError, ValueError, SyntaxError, binascii.Error):
        return None
    except Image.DecompressionBombError:
        return None
    return (height, width) if exif.get(_ORIENTATION) in _LYING else (width, height)
