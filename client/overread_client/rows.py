"""One prediction as a line of JSON; what cannot be one is said in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MAX_ID = 64


class Unfit(ValueError):
    """What is wrong with a prediction."""


def encode(
    inference_id: str,
    endpoint: str,
    model: tuple[str, str],
    input: Mapping[str, Any],
    output: Mapping[str, Any],
    more: Mapping[str, Any],
) -> bytes:
    """The row in UTF-8; of `more`, what is empty is left out. Raises what is wrong."""
    if not _is_id(inference_id):
        raise Unfit(f'its id must be 1 to {MAX_ID} printable characters without "/"')
    if not _are_maps(input, output):
        raise Unfit("input and output must be maps: name to value")
    name, version = model
    row = {
        "inference_id": inference_id,
        "endpoint": endpoint,
        "model": {"name": str(name), "version": str(version)},
        "input": input,
        "output": output,
    }
    row.update((key, value) for key, value in more.items() if value)
    return _encode(row).encode()


def _are_maps(*given: object) -> bool:
    return all(isinstance(each, Mapping) for each in given)


def _is_id(text: object) -> bool:
    return (
        isinstance(text, str)
        and 0 < len(text) <= MAX_ID
        and text.isprintable()
        and "/" not in text
        and text == text.strip()
    )


def _plain(value: Any) -> Any:
    """Numbers and arrays of NumPy and PyTorch, and maps that are no dict."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"it holds a {type(value).__name__}, which JSON does not know")


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
).encode
