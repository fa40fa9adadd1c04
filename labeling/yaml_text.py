"""What the database keeps, as YAML and back."""

from __future__ import annotations

import json
from typing import Any

import yaml

from projects import written
from projects.written import Unreadable, Written


def read(text: str) -> Written:
    """The text as data that can be kept, with its lines; Unreadable says what is wrong."""
    found = written.read(text, aliases=False)
    return Written(_plain(found.data), found.lines)


def _plain(data: Any) -> Any:
    """As the database keeps it; Unreadable for what only YAML can say."""
    try:
        text = json.dumps(data, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (ValueError, TypeError, RecursionError) as error:
        problem = "only text, numbers, true, false, lists and maps can be kept"
        raise Unreadable(1, problem) from error
    if "\\u0000" in text:
        raise Unreadable(1, "the character U+0000 cannot be kept")
    return json.loads(text)


class _Dumper(yaml.SafeDumper):
    """Text of several lines stands as a block."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _block)
_Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]


def write(data: object) -> str:
    """The YAML of it, in the order in which it is kept."""
    text: str = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=88
    )
    return text
