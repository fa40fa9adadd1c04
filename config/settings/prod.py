"""What `manage.py up` and the container run with."""

from __future__ import annotations

from .base import *  # noqa: F403
from .base import TLS

SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
