"""What pages and scripts say is in the catalogues; German says all of it, Arabic the workbench."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LOCALE = Path(settings.LOCALE_PATHS[0])
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
FILES = [f"{code}/{domain}" for code in LANGUAGES for domain in ("django", "djangojs")]
# Pages that every language has whole: where people answer, and the way there.
WHOLE = (
    "templates/_account",
    "templates/_language",
    "templates/_theme",
    "templates/account/",
    "templates/base",
    "templates/labeling/_",
    "templates/labeling/workbench",
    "reviewer/story.py",
)
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext"}
LITERAL = r'"(?:[^"\\]|\\.)*"'
SAID = re.compile(rf"(?<![\w.])n?gettext\(\s*({LITERAL})?")
TRANSLATED = re.compile(rf"{{% translate ({LITERAL})")
NAMES = re.compile(r"\{\w+\}|%\(\w+\)s")


def catalogue(name: str) -> polib.POFile:
    language, domain = name.split("/")
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / f"{domain}.po"))


def scripts() -> Iterator[Path]:
    for app in ("labeling", "projects", "reviewer", "registry_bridge"):
        for script in (ROOT / app).rglob("*.js"):
            if not {"vendor", "node_modules"} & set(script.parts):
                yield script


def said_in_python() -> Iterator[str]:
    """The literal texts that our own modules give to gettext."""
    for app in ("config", "labeling", "projects", "reviewer", "registry_bridge"):
        for module in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(module.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    first = node.args[0] if node.args else None
                    if node.func.id in CALLS and isinstance(first, ast.Constant):
                        yield str(first.value)


def texts_of(script: Path) -> list[str]:
    """What it says; "" where it gives something else than a literal text."""
    source = re.sub(r"(?m)^export function .*$", "", script.read_text())
    return [json.loads(literal or '""') for literal in SAID.findall(source)]


def forms(entry: polib.POEntry) -> list[str]:
    """Everything that an entry may come out as."""
    if entry.msgid_plural:
        return [entry.msgstr_plural[n] for n in sorted(entry.msgstr_plural)]
    return [entry.msgstr]


def is_translated(entry: polib.POEntry) -> bool:
    return all(forms(entry)) and "fuzzy" not in entry.flags


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_scripts_is_a_literal_in_the_catalogue(language: str) -> None:
    known = {entry.msgid for entry in catalogue(f"{language}/djangojs")}
    said = [(script.name, text) for script in scripts() for text in texts_of(script)]

    assert len(said) > 300
    assert [each for each in said if each[1] not in known] == [], "run `make words`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_templates_is_in_the_catalogue(language: str) -> None:
    known = {entry.msgid for entry in catalogue(f"{language}/django")}
    said = {
        json.loads(literal).replace("%", "%%")
        for template in (ROOT / "templates").rglob("*.html")
        for literal in TRANSLATED.findall(template.read_text())
    }

    assert len(said) > 500
    assert said - known == set(), "run `make words`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_modules_is_in_the_catalogue(language: str) -> None:
    known = {entry.msgid for entry in catalogue(f"{language}/django")}
    said = set(said_in_python())

    assert len(said) > 200
    assert said - known == set(), "run `make words`"


def test_german_says_everything() -> None:
    entries = catalogue("de/django")

    assert len(entries) > 1000
    assert [each.msgid for each in entries if not is_translated(each)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_scripts_are_translated_whole(language: str) -> None:
    entries = catalogue(f"{language}/djangojs")

    assert [each.msgid for each in entries if not is_translated(each)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbench_and_the_way_to_it_are_translated_whole(language: str) -> None:
    here = [
        entry
        for entry in catalogue(f"{language}/django")
        if any(place.startswith(WHOLE) for place, _line in entry.occurrences)
    ]

    assert len(here) > 60
    assert [each.msgid for each in here if not is_translated(each)] == []


@pytest.mark.parametrize("name", FILES)
def test_a_translation_is_filled_with_the_same_values(name: str) -> None:
    wrong = []
    for entry in filter(is_translated, catalogue(name)):
        # one, two and none may say their number in words, the largest form may not
        most = set(NAMES.findall(entry.msgid_plural or entry.msgid))
        all_of_them = most | set(NAMES.findall(entry.msgid))
        filled = [set(NAMES.findall(form)) for form in forms(entry)]
        if filled[-1] != most or any(each - all_of_them for each in filled):
            wrong.append(entry.msgid)

    assert wrong == []


@pytest.mark.parametrize("name", FILES)
def test_a_number_has_every_form_of_the_language(name: str) -> None:
    entries = catalogue(name)
    wanted = int(entries.metadata["Plural-Forms"].split("nplurals=")[1][0])

    counted = [each for each in entries if each.msgid_plural and is_translated(each)]

    assert counted
    assert {len(entry.msgstr_plural) for entry in counted} == {wanted}


@pytest.mark.parametrize("name", FILES)
def test_what_was_compiled_is_what_was_written(name: str) -> None:
    language, domain = name.split("/")
    compiled = polib.mofile(str(LOCALE / language / "LC_MESSAGES" / f"{domain}.mo"))
    entries = catalogue(name)

    written = {
        (entry.msgctxt, entry.msgid): forms(entry)
        for entry in filter(is_translated, entries)
    }

    assert {(each.msgctxt, each.msgid): forms(each) for each in compiled} == written
    assert compiled.metadata == entries.metadata
