"""Signs messages as Standard Webhooks says (standardwebhooks.com), without any package.

The signature is the HMAC-SHA256 of "id.timestamp.body" under the secret's bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets as randomness
from collections.abc import Sequence

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64


def new_secret() -> str:
    return PREFIX + base64.b64encode(randomness.token_bytes(32)).decode()


def fits(secret: str) -> bool:
    """Whether it is a secret as the standard writes it: whsec_ and 24 to 64 bytes."""
    if not secret.startswith(PREFIX):
        return False
    try:
        return SHORTEST <= len(_bytes(secret)) <= LONGEST
    except (binascii.Error, ValueError):
        return False


def headers(
    message: str, at: int, body: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    """What goes with a message: its id, the time of this attempt, a signature a secret."""
    signatures = " ".join(sign(message, at, body, secret) for secret in secrets)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": signatures,
    }


def sign(message: str, at: int, body: bytes, secret: str) -> str:
    content = f"{message}.{at}.".encode() + body
    digest = hmac.digest(_bytes(secret), content, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _bytes(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
