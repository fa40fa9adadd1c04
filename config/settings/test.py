"""For tests: fast passwords, fixed secrets, mail in memory."""

from __future__ import annotations

from .base import *  # noqa: F403

SECRET_KEY = "test-key"  # noqa: S105
TOKEN_PEPPER = "test-pepper"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
