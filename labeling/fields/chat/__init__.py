"""Type `chat`: a conversation, as messages in the form that OpenAI made common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from labeling.fields.base import FieldType
from labeling.fields.image import PREFIXES
from labeling.kinds.conversation import MOST_TURNS, ROLES
from labeling.kinds.wording import wrong_with_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from labeling.fields.base import Field
    from labeling.kinds.base import Json

_LONGEST_TEXT: Final = 200_000
_LONGEST_NAME: Final = 200


class Chat(FieldType):
    """Who said what: `[{"role": "user", "content": "…"}, …]`."""

    sample: ClassVar[Json] = [
        {"role": "user", "content": "What does the guarantee cover?"},
        {"role": "assistant", "content": "Faults of material, for two years."},
    ]

    def wrong(self, field: Field, value: Json) -> str | None:
        if not isinstance(value, list) or not value:
            return (
                'must be a list of messages such as [{"role": "user", "content": "…"}]'
            )
        if len(value) > MOST_TURNS:
            return f"must have at most {MOST_TURNS} messages, it has {len(value)}"
        return _first(value, _wrong_message)


def _first(items: list[Json], wrong_with: Callable[[Json], str | None]) -> str | None:
    """What is wrong with the first item with which something is."""
    for at, item in enumerate(items):
        if wrong := wrong_with(item):
            return f"[{at}]{'' if wrong.startswith(('.', '[')) else ' '}{wrong}"
    return None


def _wrong_message(message: Json) -> str | None:
    if not isinstance(message, dict):
        return 'must be an object such as {"role": "user", "content": "…"}'
    if message.get("role") not in ROLES:
        return f".role must be one of: {', '.join(ROLES)}"
    name = message.get("name")
    if name is not None and (wrong := wrong_with_text(name, longest=_LONGEST_NAME)):
        return f".name {wrong}"
    return _wrong_content(message) or _wrong_calls(message.get("tool_calls"))


def _wrong_content(message: dict[str, Json]) -> str | None:
    content = message.get("content")
    if content is None or content == "":
        if message.get("tool_calls") or message.get("refusal"):
            return None
        return ".content is missing; a message has content, tool_calls or refusal"
    if isinstance(content, list):
        wrong = _first(content, _wrong_part)
        return f".content{wrong}" if wrong else None
    # a tool may well answer with a line break and nothing else
    if isinstance(content, str) and not content.strip():
        return None
    wrong = wrong_with_text(content, longest=_LONGEST_TEXT)
    return f".content {wrong} (or a list of parts)" if wrong else None


def _wrong_part(part: Json) -> str | None:
    form = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or form not in ("text", "image_url"):
        return 'must be {"type": "text", "text": "…"} or {"type": "image_url", "image_url": {"url": "data:…"}}'
    if form == "text":
        wrong = wrong_with_text(part.get("text"), longest=_LONGEST_TEXT)
        return f".text {wrong}" if wrong else None
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    if isinstance(url, str) and url.startswith(PREFIXES):
        return None
    return ".image_url must be a data URL of a PNG, JPEG or WebP image"


def _wrong_calls(calls: Json) -> str | None:
    if calls is None:
        return None
    if not isinstance(calls, list):
        return ".tool_calls must be a list"
    wrong = _first(calls, _wrong_call)
    return f".tool_calls{wrong}" if wrong else None


def _wrong_call(call: Json) -> str | None:
    function = call.get("function") if isinstance(call, dict) else None
    if isinstance(function, dict) and isinstance(function.get("name"), str):
        return None
    return 'must have a function such as {"function": {"name": "search", "arguments": "{}"}}'
