"""What statistics lack is told in the reader's language, whatever they lack."""

from __future__ import annotations

import numpy as np
import pytest
from django.utils import translation

from reviewer import missing
from reviewer.stats import agreement, estimation
from reviewer.stats.estimates import NotEnough

FEW = estimation.weighted_mean([1.0] * 3, [0.5] * 3)
ONE_SHORT = estimation.weighted_mean([1.0] * 9, [0.5] * 9)
UNSEEN = estimation.weighted_mean([1.0] * 20, [1.0] * 20, lowest=0.05, size=100_000)
ALONE = agreement.krippendorff_alpha(np.array([[1, 0], [0, 1]]))
ALIKE = agreement.krippendorff_alpha(np.array([[2, 0], [2, 0]]))


def told(found: object, language: str) -> str:
    assert isinstance(found, NotEnough)
    with translation.override(language):
        return missing.in_words(found.missing)


@pytest.mark.parametrize("found", [FEW, ONE_SHORT, UNSEEN, ALONE, ALIKE])
def test_english_says_it_as_the_statistic_does(found: object) -> None:
    assert isinstance(found, NotEnough)

    assert told(found, "en") == found.missing


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (FEW, "noch 7 Antworten"),
        (ONE_SHORT, "noch 1 Antwort"),
        (UNSEEN, "Antworten, die für die übrigen 100 % stehen"),
        (ALONE, "Fälle mit zwei oder mehr Antworten"),
        (ALIKE, "Fälle mit verschiedenen Antworten"),
    ],
)
def test_german_says_it_in_german(found: object, said: str) -> None:
    assert told(found, "de") == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("9 more check tasks", "noch 9 Kontrollaufgaben"),
        (
            "1 more tasks that others answered too",
            "noch 1 Aufgabe, die auch andere beantwortet haben",
        ),
        ("something new", "something new"),
    ],
)
def test_what_nobody_translated_stays_as_it_is(given: str, said: str) -> None:
    with translation.override("de"):
        assert missing.in_words(given) == said
