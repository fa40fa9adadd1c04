"""Secrets of connections and webhooks, encrypted with a key list of their own.

The library is imported when there is a secret: it costs every process 7 MB.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings

from projects.refused import Refused

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class SecretUnreadable(Refused):
    code, status, title = "secret_unreadable", 500, "A stored secret cannot be read"


def _box() -> MultiFernet:
    """The first key encrypts; all of them decrypt, so that keys can be changed."""
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(key) for key in settings.CONNECTION_KEYS])


def close(values: dict[str, Any]) -> bytes:
    return _box().encrypt(json.dumps(values).encode())


def open_(secret: bytes) -> dict[str, Any]:
    """The values; SecretUnreadable when none of the keys fits."""
    if not secret:
        return {}
    from cryptography.fernet import InvalidToken

    try:
        opened: dict[str, Any] = json.loads(_box().decrypt(bytes(secret)))
    except InvalidToken as error:
        raise SecretUnreadable(
            "None of the keys in OVERREAD_CONNECTION_KEYS fits. "
            "Put the old key back behind the new one, or enter the secret again."
        ) from error
    return opened
