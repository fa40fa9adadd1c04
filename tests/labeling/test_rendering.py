"""What is left of hostile Markdown and HTML, and what of honest one."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import rendering

PICTURE = "data:image/png;base64,iVBORw0KGgo="
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="https://elsewhere.example/">x</a>',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<base href=//elsewhere.example><p>x",
    '<meta http-equiv=refresh content="0;url=//elsewhere.example">',
    "<form action=//elsewhere.example><button>x</button></form>",
    "<iframe src=//elsewhere.example></iframe>",
    '<p style="background:url(//elsewhere.example)">x</p>',
    "<style>p { background: url(//elsewhere.example) }</style>",
    "<link rel=stylesheet href=//elsewhere.example>",
    "<table background=//elsewhere.example><td>x</table>",
    "<video src=//elsewhere.example poster=//elsewhere.example></video>",
    '<img alt="<a href=" title="x" src=//elsewhere.example>',
    '<p title="<a href=">x</p>',
    '<math><mi//xlink:href="data:x,<script>alert(4)</script>">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<span class="address" id="fields">x</span>',
    f"<img src={PICTURE} srcset=//elsewhere.example>",
    "<img src=data:image/svg+xml;base64,PHN2Zy8+>",
    "[x](javascript:alert(1))",
    "![x](https://elsewhere.example/x.png)",
    "[x](https://elsewhere.example/)",
]
TAGS = {"script", "style", "svg", "math", "iframe", "form", "base", "meta", "link"}
CALM = {
    *("dir", "lang", "title", "start", "reversed", "type", "value", "colspan", "open"),
    *(
        "rowspan",
        "align",
        "scope",
        "datetime",
        "alt",
        "src",
        "width",
        "height",
        "class",
    ),
}


class Seen(HTMLParser):
    """Every tag and attribute of a text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, list[str]] = {}
        self.feed(html)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        # "<![x" is a comment in HTML; the parser would stop with an error
        return self.parse_bogus_comment(i, report)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")


def assert_calm(html: str) -> None:
    """Nothing in it runs, loads or leads anywhere."""
    seen = Seen(html)
    assert not seen.tags & TAGS
    assert set(seen.attributes) <= CALM
    sources = seen.attributes.get("src", [])
    assert all(source.startswith("data:image/") for source in sources)
    assert set(seen.attributes.get("class", [])) <= {"", "address", "picture"}


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_frame_runs_loads_or_leads_anywhere(text: str) -> None:
    assert_calm(rendering.framed_html(text))
    assert_calm(rendering.framed_markdown(text))


PIECES = st.sampled_from(
    [*HOSTILE, '"', "'", "<", ">", "</a>", "<a href='", "<!--", "-->", "&quot;", "`"]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=8).map("".join))
def test_nothing_that_is_put_together_of_hostile_pieces_runs_either(text: str) -> None:
    assert_calm(rendering.framed_html(text))
    assert_calm(rendering.framed_markdown(text))
    guideline = Seen(rendering.guideline_html(text))
    assert not guideline.tags & (TAGS | {"img"})
    assert set(guideline.attributes) <= CALM | {"href", "rel", "target"}
    targets = guideline.attributes.get("href", [])
    assert all(
        to.startswith(("http:", "https:", "mailto:", "#", "/")) for to in targets
    )


def test_a_link_in_a_frame_says_where_it_led() -> None:
    html = rendering.framed_html('See <a href="https://a.example/?x=1&y=2">this</a>.')

    assert html == (
        'See <a>this</a> <span class="address">https://a.example/?x=1&amp;y=2</span>.'
    )


def test_an_address_that_is_its_own_text_is_said_once() -> None:
    html = rendering.framed_markdown("<https://a.example>")

    assert html == '<p><span class="address">https://a.example</span></p>\n'


def test_a_picture_from_elsewhere_leaves_its_description_and_its_address() -> None:
    html = rendering.framed_markdown("![A cat](https://a.example/cat.png)")

    assert '<span class="picture">A cat</span>' in html
    assert '<span class="address">https://a.example/cat.png</span>' in html


def test_a_picture_that_is_part_of_the_text_is_kept() -> None:
    html = rendering.framed_html(f'<img src="{PICTURE}" alt="A cat">')

    assert html == f'<img src="{PICTURE}" alt="A cat">'


@pytest.mark.parametrize("text", ["<script>x</script>", "<p> &nbsp;</p>", "<img>", ""])
def test_what_shows_nothing_is_empty(text: str) -> None:
    assert rendering.framed_html(text) == ""


def test_markdown_knows_tables_code_and_what_was_struck_out() -> None:
    html = rendering.framed_markdown("|a|b|\n|-|-:|\n|1|2|\n\n```\nx<y\n```\n\n~~z~~")

    assert '<td align="right">2</td>' in html
    assert "<pre><code>x&lt;y\n</code></pre>" in html
    assert "<s>z</s>" in html


def test_html_inside_of_markdown_is_shown_as_it_is_written() -> None:
    html = rendering.framed_markdown("<b>x</b>")

    assert html == "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"


def test_the_headings_of_a_guideline_begin_below_those_of_the_page() -> None:
    html = rendering.guideline_html("# One\n\n## Two\n\n##### Five")

    assert html.splitlines() == ["<h3>One</h3>", "<h4>Two</h4>", "<h6>Five</h6>"]


def test_a_link_in_a_guideline_opens_beside_the_page() -> None:
    html = rendering.guideline_html("[rules](https://a.example 'All of them')")

    assert Seen(html).attributes == {
        "href": ["https://a.example"],
        "target": ["_blank"],
        "title": ["All of them"],
        "rel": ["noopener noreferrer"],
    }


def test_a_guideline_shows_no_pictures_only_their_descriptions() -> None:
    assert rendering.guideline_html(f"![A cat]({PICTURE})") == "<p>A cat</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 20_000,
        '<div title="</div>">' * 5_000,
        "<div><!-- </div> -->" * 5_000,
        "<ul><li>" * 10_000,
        "[" * 100_000,
        "![" * 50_000,
        "<p>x" * 100_000,
    ],
    ids=lambda text: text[:20],
)
def test_what_would_take_long_to_read_is_shown_as_it_is_written(text: str) -> None:
    rendering.framed_html.cache_clear()
    begun = time.process_time()

    rendering.framed_html(text)
    rendering.framed_markdown(text)
    rendering.guideline_html(text)

    assert time.process_time() - begun < 5


def test_the_depth_of_what_html_closes_by_itself_is_not_counted() -> None:
    assert rendering.depth("<table>" + "<tr><td><p>x" * 5_000) == 1
    assert rendering.depth("<div><b></div><div><b></div>") == 2
    assert rendering.depth("<div>" * 9_000) == rendering.DEEPEST + 1
