"""How pages write what a replayed policy comes to."""

from __future__ import annotations

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import number_format

register = template.Library()
_FEW = 10


@register.filter
def per_thousand(share: float | None) -> str:
    """0.0081 → 8.1: of 1,000 predictions, with two digits where they are few."""
    if share is None:
        return "–"
    return _written(share * 1_000, 2)


@register.filter
def signed_per_thousand(share: float | None) -> str:
    """The same with its sign, a real minus."""
    if share is None:
        return "–"
    sign = "−" if share < 0 else "+" if share > 0 else "±"
    return sign + _written(abs(share) * 1_000, 2)


@register.filter
def a_day(value: float | None) -> str:
    """A count a day: whole from ten on."""
    return "–" if value is None else _written(value, 1)


@register.filter
def signed_a_day(value: float | None) -> str:
    if value is None:
        return "–"
    sign = "−" if value < 0 else "+" if value > 0 else "±"
    return sign + _written(abs(value), 1)


@register.filter
def minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _written(value: float, places: int) -> str:
    if value >= _FEW:
        places -= 1
    return str(intcomma(number_format(round(value, places), decimal_pos=places)))
