"""The translated texts that scripts of a page may show, from the catalogues of gettext."""

from __future__ import annotations

import gettext
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

DOMAIN = "djangojs"


@cache
def of(language: str) -> dict[str, Any] | None:
    """{"language", "texts"}: text -> its translation, or all plural forms in gettext's order.

    None for the language that texts are written in.
    """
    if language == settings.LANGUAGE_CODE:
        return None
    texts: dict[str, Any] = {}
    for folder in settings.LOCALE_PATHS:
        texts |= _texts(Path(folder), language)
    return {"language": language, "texts": texts}


def _texts(folder: Path, language: str) -> dict[str, Any]:
    found = gettext.translation(DOMAIN, folder, [language], fallback=True)
    catalogue: dict[Any, str] = getattr(found, "_catalog", {})
    plain = {key: text for key, text in catalogue.items() if isinstance(key, str)}
    forms: dict[str, dict[int, str]] = defaultdict(dict)
    for key, text in catalogue.items():
        if isinstance(key, tuple):
            forms[key[0]][key[1]] = text
    plurals = {key: [one[n] for n in sorted(one)] for key, one in forms.items()}
    return {**{key: text for key, text in plain.items() if key}, **plurals}
