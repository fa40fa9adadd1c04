"""Every page that an owner opens is German all over, once they chose German."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client

from tests import makers
from tests.access import addresses, reading, world
from tests.access.table import TABLE
from tests.access.world import World

pytestmark = pytest.mark.django_db
PAGES = [
    route
    for route, entry in TABLE.items()
    if "GET" in entry.methods and not entry.takes_tokens
]
# A text says something when it has a word of so many letters.
WORD = re.compile(r"[^\W\d_]{3,}")
# What tests/makers.py and tests/access/world.py wrote, and what the service is called.
WRITTEN = re.compile(
    r"""Overread|Amazon\ Web\ Services|Deutsch|العربية|Enter|Esc|CSV|Parquet|SHA-256
    |Here(-Review|-Experts)?|here|(Owner|Reviewer)\ \d+|Export\ \d+|Version\ \d+
    |Something\ to\ read-\d+|What\ is\ it\?|Cat,\ Dog|made\ for\ a\ test|everything
    |\d+\ \w+\ \d{4}(,\ \d\d:\d\d)?(\ UTC)?
    |(Training\ )?job-\d+|Snapshot\ s|model(-\d+|\ \d+)?(:\ 1\ →\ \d+)?|somewhere|text|dead
    |(here|owner|reviewer|endpoint|webhook)-[\w ]+(\ …[\w-]+)?|[a-z]+\.[a-z._]+|inference_id
    |(https|s3)://\S+(,\ [a-z.]+)*|[a-z]+\.[a-z]+(,\ [a-z]+\.[a-z]+)+\.?|does_not_fit
    |manage\.py\ apply\ project\.yaml|x|cat|dog""",
    re.VERBOSE,
)
# Entries of the audit log stay as they were written, for whoever reads them later.
ENTRIES = {
    *("endpoint", "events:", "invited", "lead", "role:", "url:"),
    *("token made", "webhook made"),
    '["prediction.settled", "prediction.reopened", "model.promoted"]',
}


def alike() -> set[str]:
    """What is the same in both languages by intent, such as “Snapshot”."""
    path = Path(settings.LOCALE_PATHS[0]) / "de" / "LC_MESSAGES" / "django.po"
    return {each.msgid for each in polib.pofile(str(path)) if each.msgid == each.msgstr}


def opened(client: Client, path: str, language: str) -> str:
    """The page as a reader of this language gets it; "" for what is no page."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = client.get(path)
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    if response.status_code != HTTPStatus.OK or not is_page:
        if response.streaming:
            # a file is closed when it was read
            list(response)
        return ""
    assert response.headers["Content-Language"] == language
    return response.content.decode()


def is_english(text: str, by_intent: set[str]) -> bool:
    """Whether some part of what stands on both pages has words for a translator."""
    return any(
        WORD.search(part) and not WRITTEN.fullmatch(part)
        for part in set(text.split(" · ")) - by_intent - ENTRIES
    )


def left_in_english(client: Client, here: World) -> dict[str, set[str]]:
    """Address -> what the page says in German word for word as in English."""
    by_intent = alike()
    found = {}
    for route in PAGES:
        path = addresses.fill(route, TABLE[route], here)
        english, german = (
            reading.texts(opened(client, path, language)) for language in ("en", "de")
        )
        if german:
            same = english & german
            found[route] = {each for each in same if is_english(each, by_intent)}
    return found


def test_no_page_says_in_german_what_it_says_in_english() -> None:
    here = world.make("here")
    client = Client()
    client.force_login(makers.make_member(here.project, "owner"))

    left = left_in_english(client, here)

    assert len(left) > 35
    assert {route: said for route, said in left.items() if said} == {}


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("", "Was auf eine Leitung wartet"),
        ("queues/", "Zustand der Warteschlangen"),
        ("quality/", "Laufende Qualität der Modelle"),
        ("policy/", "Was es tut"),
        ("promotions/", "Alle Modellwechsel"),
        ("trainings/", "Genug neues Gold"),
        ("gates/", "Neue Gold-Zeilen"),
        ("members/", "So sehen andere diese Person."),
        ("settings/", "Tage für Eingaben"),
        ("webhooks/", "Wohin Antworten gehen"),
    ],
)
def test_a_page_of_leads_is_german(where: str, said: str) -> None:
    here = world.make("here")
    client = Client()
    client.force_login(makers.make_member(here.project, "owner"))

    html = opened(client, f"/p/here/{where}", "de")

    assert any(said in text for text in reading.texts(html))
