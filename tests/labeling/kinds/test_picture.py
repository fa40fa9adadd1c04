"""The size of a picture is read from its head, as a browser would show it."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from labeling.kinds import picture


def data_url(kind: str, size: tuple[int, int] = (120, 80), **options: Any) -> str:
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(file, kind, **options)
    text = base64.b64encode(file.getvalue()).decode()
    return f"data:image/{kind.lower()};base64,{text}"


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WebP"])
def test_the_size_is_read(kind: str) -> None:
    assert picture.size(data_url(kind)) == (120, 80)


def test_the_head_of_a_large_picture_is_enough() -> None:
    whole = data_url("PNG", (400, 300))

    assert len(whole) > 100_000
    assert picture.size(whole[:60_000]) == (400, 300)


@pytest.mark.parametrize(
    ("orientation", "size"),
    [(1, (120, 80)), (3, (120, 80)), (6, (80, 120)), (8, (80, 120))],
)
def test_a_picture_that_lies_on_its_side_is_measured_upright(
    orientation: int, size: tuple[int, int]
) -> None:
    assert picture.size(data_url("JPEG", exif=turned(orientation))) == size


def test_a_size_behind_a_long_profile_is_found() -> None:
    whole = data_url("JPEG", icc_profile=b"\0" * 90_000)

    assert picture.size(whole) == (120, 80)


@pytest.mark.parametrize(
    "value",
    [
        *(None, 3, {"ref": "s3://shots/1.png"}, "https://example.com/1.png"),
        *("data:image/png;base64,AAAA", "data:image/png;base64,%", "data:image/png"),
    ],
)
def test_what_is_no_picture_here_has_no_size(value: Any) -> None:
    assert picture.size(value) is None
