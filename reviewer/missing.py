"""What statistics lack, in the reader's language: they know no Django and say it in English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

# Said as they stand, by reviewer/stats, reviewer/quality.py and registry_bridge.
_WHOLE: Final = frozenset(
    {
        gettext_noop("items with two or more answers"),
        gettext_noop("items with different answers"),
        gettext_noop("2 tasks answered by two people"),
        gettext_noop("predictions of this version"),
        gettext_noop("no comparison was made"),
        gettext_noop("a confidence from every prediction"),
        gettext_noop("a confidence from every answer"),
        gettext_noop("answers"),
        gettext_noop("answers of a second person"),
        gettext_noop("answers that differ"),
        gettext_noop("answers to items that others answered too"),
        gettext_noop("answers to the same kind of items"),
        gettext_noop("items of this label"),
        gettext_noop("questions whose answers are labels"),
    }
)
_COUNTED: Final = re.compile(r"(?P<n>\d+) more (?P<what>.+)")
_SURE: Final = re.compile(
    r"(?P<n>\d+) more right answers of confidence (?P<least>[\d.]+) or more"
)
_OTHER: Final = re.compile(r"answers that stand for the other (?P<share>\d+)%")


def _answers(n: int) -> str:
    return ngettext("%(n)s more answer", "%(n)s more answers", n)


def _sure(n: int) -> str:
    return ngettext(
        "%(n)s more right answer of confidence %(least)s or more",
        "%(n)s more right answers of confidence %(least)s or more",
        n,
    )


def _experts(n: int) -> str:
    return ngettext("%(n)s more experts’ answer", "%(n)s more experts’ answers", n)


def _compared(n: int) -> str:
    return ngettext(
        "%(n)s more task that others answered too",
        "%(n)s more tasks that others answered too",
        n,
    )


def _in_a_bin(n: int) -> str:
    return ngettext("%(n)s more answer in a bin", "%(n)s more answers in a bin", n)


def _checks(n: int) -> str:
    return ngettext("%(n)s more check task", "%(n)s more check tasks", n)


def _mistakes(n: int) -> str:
    return ngettext("%(n)s more mistake put right", "%(n)s more mistakes put right", n)


def _led(n: int) -> str:
    return ngettext("%(n)s more wrong pre-label", "%(n)s more wrong pre-labels", n)


def _led_shown(n: int) -> str:
    return ngettext(
        "%(n)s more wrong pre-label shown", "%(n)s more wrong pre-labels shown", n
    )


def _led_blind(n: int) -> str:
    return ngettext(
        "%(n)s more blind answer where the pre-label is wrong",
        "%(n)s more blind answers where the pre-label is wrong",
        n,
    )


_MORE: Final[Mapping[str, Callable[[int], str]]] = {
    "answer": _answers,
    "answers": _answers,
    "experts' answer": _experts,
    "experts' answers": _experts,
    "answers in a bin": _in_a_bin,
    "tasks that others answered too": _compared,
    "check tasks": _checks,
    "mistakes put right": _mistakes,
    "wrong pre-labels": _led,
    "wrong pre-labels shown": _led_shown,
    "blind answers where the pre-label is wrong": _led_blind,
}


def in_words(missing: str) -> str:
    """`missing` of a NotEnough, translated; as it is where nobody has translated it."""
    if missing in _WHOLE:
        return _(missing)
    counted = _COUNTED.fullmatch(missing)
    if counted and counted["what"] in _MORE:
        return _MORE[counted["what"]](int(counted["n"])) % {"n": counted["n"]}
    sure = _SURE.fullmatch(missing)
    if sure:
        return _sure(int(sure["n"])) % sure.groupdict()
    other = _OTHER.fullmatch(missing)
    if other:
        said = _("answers that stand for the other %(share)s%%")
        return said % {"share": other["share"]}
    return missing
