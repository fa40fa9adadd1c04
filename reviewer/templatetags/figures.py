"""How numbers and times are written on pages: the same everywhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import yaml
from django import template
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.formats import get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reviewer.missing import in_words

register = template.Library()
THIN = "\u202f"
UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


@register.filter
def percent(share: float | None) -> str:
    """0.9134 → 91.3 %; never 100 % for less, never 0 % for more."""
    if share is None:
        return "–"
    return f"{_written(_kept_apart(share * 100, 0, 100), 1)}{THIN}%"


@register.filter
def points(difference: float | None) -> str:
    """A difference of two shares in percentage points, with its sign."""
    if difference is None:
        return "–"
    value = round(difference * 100, 1)
    sign = "−" if value < 0 else "+" if value > 0 else "±"
    return f"{sign}{_written(abs(value), 1)}"


def _written(value: float, places: int) -> str:
    """Rounded, with the decimal sign of the reader's language."""
    return f"{value:.{places}f}".replace(".", str(get_format("DECIMAL_SEPARATOR")))


def _moment(utc: datetime) -> str:
    return f"{date_format(utc, 'j M Y, H:i')} UTC"


def _kept_apart(value: float, low: float, high: float) -> float:
    """Rounded, but not onto an end that it does not reach."""
    rounded = round(value, 1)
    if rounded >= high > value:
        return high - 0.1
    if rounded <= low < value:
        return low + 0.1
    return rounded


@register.filter
def share_of_width(share: float) -> str:
    """A share as the width of a drawn bar: 62.5%, with a point in every language."""
    return f"{share * 100:.1f}%"


@register.filter
def coefficient(value: float) -> str:
    """Krippendorff's alpha and its like: two digits, a real minus."""
    return _written(value, 2).replace("-", "−")


@register.filter
def seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 60:
        return f"{_written(value, 1)}{THIN}s"
    return f"{int(value // 60)}:{int(value % 60):02d}{THIN}min"


@register.filter
def decimal(value: float) -> str:
    """One digit after the point, in the reader's language."""
    return _written(value, 1)


@register.filter
def per_hour(value: float) -> str:
    return _written(value, 1 if 0 < value < 10 else 0)


@register.filter
def p_value(value: float) -> str:
    if value < 0.0001:
        return f"< {_written(0.0001, 4)}"
    return _written(value, 4 if value < 0.01 else 3)


@register.filter
def long(value: timedelta | None) -> str:
    """A span in its largest unit that fits: 40 s, 12 min, 3 h, 2 d."""
    if value is None:
        return "–"
    whole = max(0, int(value.total_seconds()))
    for unit, size in UNITS:
        if whole >= size * (2 if unit == "d" else 1):
            return f"{whole // size}{THIN}{unit}"
    return f"{whole}{THIN}s"


@register.simple_tag
def when(at: datetime | None, otherwise: str = "–") -> SafeString | str:
    """A point in time; the page shows it in the reader's own zone."""
    # a template that asks of nothing gets "" for it
    if not at:
        return otherwise
    utc = at.astimezone(timezone.get_fixed_timezone(0))
    return format_html(
        '<time datetime="{}">{}</time>',
        utc.isoformat(timespec="seconds"),
        _moment(utc),
    )


@register.simple_tag
def age(at: datetime | None, otherwise: str = "–") -> SafeString | str:
    """How long ago, or how far ahead; the exact time is its title."""
    if at is None:
        return otherwise
    span = timezone.now() - at
    ahead = span < timedelta(0)
    utc = at.astimezone(timezone.get_fixed_timezone(0))
    return format_html(
        '<time datetime="{}" title="{}" data-keep>{}</time>',
        utc.isoformat(timespec="seconds"),
        _moment(utc),
        _("in %(span)s") % {"span": long(-span)} if ahead else long(span),
    )


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key)


@register.filter
def excerpt(content: dict[str, Any] | None) -> str:
    """A payload in a line: its first text, or what it holds."""
    if not content:
        return _("(erased)")
    for value in content.values():
        if isinstance(value, str) and not value.startswith(("data:", "s3://")):
            return value if len(value) <= 90 else f"{value[:89]}…"
    return f"({', '.join(content)})"


@register.filter
def missing(text: str) -> str:
    return in_words(text)


@register.filter
def as_yaml(rules: Any) -> str:
    text: str = yaml.safe_dump(rules, sort_keys=False, allow_unicode=True)
    return text
