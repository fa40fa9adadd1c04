"""Several pictures in one field: what can be shown."""

from __future__ import annotations

import pytest

from labeling import fields
from labeling.fields.base import Field
from labeling.kinds.base import Json

IMAGES = fields.get("images")
FIELD = Field("views", "images")
PNG = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    "value", [[PNG], [PNG, {"image": PNG}, {"image": PNG, "caption": "From behind"}]]
)
def test_pictures_are_shown_with_or_without_a_caption(value: Json) -> None:
    assert IMAGES.wrong(FIELD, value) is None


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (PNG, "must be a list"),
        ([], "must be a list"),
        ([PNG, "cat.png"], "[1] must be a data URL"),
        ([{"image": PNG, "size": 3}], "[0] has size"),
        ([{"image": PNG, "caption": 3}], "[0] has a caption that must be text"),
        ([PNG] * 201, "1 to 200"),
    ],
)
def test_what_cannot_be_shown_is_named(value: Json, says: str) -> None:
    assert says in str(IMAGES.wrong(FIELD, value))
