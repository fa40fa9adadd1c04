"""Markdown and HTML from strangers as HTML that is safe to show. Pure.

Whatever comes out was written by the sanitiser last. What belongs to a payload is shown in a
frame besides, in which nothing runs and from which nothing is asked: links have no target
there and pictures from elsewhere are left out; the address of both stands beside them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from typing import Final

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

LONGEST: Final = 100_000
# Sanitising takes time with the square of the depth, reading with that of open brackets.
DEEPEST: Final = 256
MOST_BRACKETS: Final = 2_000
_KEPT: Final = 256
_PICTURES: Final = tuple(
    f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "webp")
)

_BLOCKS: Final = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "section", "article", "header"),
    *("footer", "main", "nav", "aside", "address", "blockquote", "pre", "hr", "br"),
    *("ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption", "details", "summary"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th"),
    *("td", "center"),
}
_WORDS: Final = {
    *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins"),
    *("kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike"),
    *("strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
}
_DROPPED_WHOLE: Final = {
    *("script", "style", "template", "noscript", "iframe", "object", "svg", "math"),
    *("title", "select", "audio", "video"),
}
_ATTRIBUTES: Final = {
    "*": {"dir", "lang", "title"},
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "details": {"open"},
    "time": {"datetime"},
}
_LINKS: Final = {"http", "https", "mailto"}
_FRAMED: Final = {**_ATTRIBUTES, "img": {"alt", "src", "width", "height"}}
_CLASSES: Final = {"span": {"address", "picture"}}
# One tag as the sanitiser writes it: values stand in double quotes, which are escaped inside.
_TAG: Final = re.compile(
    r'<(/?)(a|img|h[1-6])((?: [^\s=>"]+="[^"]*")*)>|<[^">]*(?:"[^"]*"[^">]*)*>'
)
_ATTRIBUTE: Final = re.compile(r' ([^\s=>"]+)="([^"]*)"')
# An address that is its own text is not said twice.
_TWICE: Final = re.compile(r'<a>([^<]*)</a> (<span class="address">\1</span>)')
_ALIGNED: Final = re.compile(r' style="text-align:(left|right|center)"')
_READER: Final = MarkdownIt("js-default", {"html": False})


@lru_cache(maxsize=_KEPT)
def framed_html(text: str) -> str:
    """HTML for the inside of a sandboxed frame; "" if nothing of it can be shown."""
    return _framed(text) if _is_modest(text) else _plain(text)


@lru_cache(maxsize=_KEPT)
def framed_markdown(text: str) -> str:
    """Markdown for the inside of a sandboxed frame; HTML in it is shown as it is written."""
    return _framed(_markdown(text)) if _is_simple(text) else _plain(text)


@lru_cache(maxsize=_KEPT)
def guideline_html(text: str) -> SafeString:
    """A guideline, written in Markdown, for a page of ours: headings begin at h3."""
    html = _markdown(text) if _is_simple(text) else _plain(text)
    safe = nh3.clean(
        _TAG.sub(_as_guideline, _clean(html)),
        tags=_BLOCKS | _WORDS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes={**_ATTRIBUTES, "a": {"href", "target"}},
        url_schemes=_LINKS,
        link_rel="noopener noreferrer",
    )
    return mark_safe(safe)  # noqa: S308 - the sanitiser wrote it


def _plain(text: str) -> str:
    """What would take too long to read, as it is written."""
    return f"<pre>{escape(text)}</pre>"


def _markdown(text: str) -> str:
    """As HTML; columns keep their alignment without a style, which pages would not allow."""
    return _ALIGNED.sub(r' align="\1"', _READER.render(text))


def depth(text: str) -> int:
    """How deep the elements of an HTML text stand in each other, as far as DEEPEST + 1."""
    reader = _Depth()
    try:
        reader.feed(text)
    except _TooDeep:
        return DEEPEST + 1
    return reader.most


def _is_modest(text: str) -> bool:
    return len(text) <= LONGEST and depth(text) <= DEEPEST


def _is_simple(text: str) -> bool:
    return len(text) <= LONGEST and text.count("[") <= MOST_BRACKETS


def _framed(html: str) -> str:
    """Twice through the sanitiser: the second time judges what we made of the first."""
    rewritten = _TWICE.sub(r"\2", _TAG.sub(_Inert(), _clean(html)))
    safe = nh3.clean(
        rewritten,
        tags=_BLOCKS | _WORDS | {"img"},
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_FRAMED,
        allowed_classes=_CLASSES,
        attribute_filter=_own_pictures,
        url_schemes={"data"},
        link_rel=None,
    )
    return safe if _shows_something(safe) else ""


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_BLOCKS | _WORDS | {"img"},
        clean_content_tags=_DROPPED_WHOLE,
        attributes={**_FRAMED, "a": {"href"}},
        url_schemes=_LINKS | {"data"},
        link_rel=None,
    )


def _own_pictures(tag: str, name: str, value: str) -> str | None:
    if (tag, name) == ("img", "src") and not value.startswith(_PICTURES):
        return None
    return value


def _shows_something(html: str) -> bool:
    return "<img" in html or bool(unescape(re.sub(r"<[^>]*>", "", html)).strip())


class _Inert:
    """Rewrites links and pictures of one text: addresses are words, and lead nowhere."""

    def __init__(self) -> None:
        self._address = ""

    def __call__(self, tag: re.Match[str]) -> str:
        closes, name, attributes = tag[1], tag[2], _attributes(tag[3] or "")
        if name == "img" and not attributes.get("src", "").startswith(_PICTURES):
            return _left_out(attributes)
        if name == "a" and closes:
            said, self._address = self._address, ""
            return f"</a>{said}"
        if name == "a":
            self._address = _address(attributes.get("href", ""))
            return "<a>"
        return tag[0]


def _attributes(written: str) -> dict[str, str]:
    """Their values as they are written, entities and all."""
    return dict(_ATTRIBUTE.findall(written))


def _address(href: str) -> str:
    return f' <span class="address">{href}</span>' if href else ""


def _left_out(image: dict[str, str]) -> str:
    src = image.get("src", "")
    address = "" if src.startswith("data:") else _address(src)
    return f'<span class="picture">{image.get("alt", "")}</span>{address}'


def _as_guideline(tag: re.Match[str]) -> str:
    closes, name = tag[1], tag[2] or ""
    if name == "img":
        return _attributes(tag[3]).get("alt", "")
    if name == "a" and not closes:
        return f'<a target="_blank"{tag[3]}>'
    if name.startswith("h"):
        return f"<{closes}h{min(6, int(name[1]) + 2)}>"
    return tag[0]


class _TooDeep(Exception):
    pass


class _Depth(HTMLParser):
    # closed by what follows them, or never open
    _FLAT: Final = {
        *("p", "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "tfoot"),
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"),
        *("source", "track", "wbr", "html", "head", "body"),
    }

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._open: list[str] = []
        self.most = 0

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        # "<![x" is a comment in HTML; the parser would stop with an error
        return self.parse_bogus_comment(i, report)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._FLAT:
            return
        self._open.append(tag)
        self.most = max(self.most, len(self._open))
        if self.most > DEEPEST:
            raise _TooDeep

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML knows no <div/>: it opens
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
