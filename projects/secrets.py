"""Secrets of connections, encrypted with a key list of their own."""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from projects.refused import Refused


class SecretUnreadable(Refused):
    code, status, title = "secret_unreadable", 500, "A stored secret cannot be read"


def _box() -> MultiFernet:
    """The first key encrypts; all of them decrypt, so that keys can be changed."""
    return MultiFernet([Fernet(key) for key in settings.CONNECTION_KEYS])


def close(values: dict[str, Any]) -> bytes:
    return _box().encrypt(json.dumps(values).encode())


def open_(secret: bytes) -> dict[str, Any]:
    """The values; SecretUnreadable when none of the keys fits."""
    if not secret:
        return {}
    try:
        opened: dict[str, Any] = json.loads(_box().decrypt(bytes(secret)))
    except InvalidToken as error:
        raise SecretUnreadable(
            "None of the keys in OVERREAD_CONNECTION_KEYS fits. "
            "Put the old key back behind the new one, or enter the secret again."
        ) from error
    return opened
