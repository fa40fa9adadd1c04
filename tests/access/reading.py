"""What a page says to people: its texts, and those of its attributes."""

from __future__ import annotations

from html.parser import HTMLParser

# What stands there is written by programs, or for them.
UNREAD = frozenset({"script", "style", "code", "pre", "textarea"})
SAID = frozenset(
    {"alt", "aria-label", "data-confirm", "data-label", "placeholder", "title"}
)
# They have no end.
EMPTY = frozenset(
    {"br", "circle", "hr", "img", "input", "line", "link", "meta", "path", "rect"}
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        # name, and whether nobody reads it, or it is marked as English
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in EMPTY:
            english = tag != "html" and ("lang", "en") in attrs
            self._open.append((tag, tag in UNREAD or english))
        for name, value in attrs:
            if name in SAID and value:
                self._keep(value)

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(unread for _, unread in self._open):
            self._keep(data)

    def _keep(self, text: str) -> None:
        self.texts.add(" ".join(text.split()))


def texts(html: str) -> set[str]:
    """Every text on a page that a person reads or hears, in one line each."""
    reader = _Reader()
    reader.feed(html)
    return reader.texts - {""}
