"""For the tests: known secrets, cheap passwords, a database of their own."""

from __future__ import annotations

import os
import tempfile

# The address of a server that tests/conftest.py starts; loading settings starts nothing.
# pytest-xdist's workers inherit the name, so that a run has one server.
HOME_OF_THIS_RUN = os.environ.setdefault(
    "OVERREAD_TEST_HOME", f"{tempfile.gettempdir()}/overread-tests-{os.getpid()}"
)
os.environ["OVERREAD_HOME"] = HOME_OF_THIS_RUN
os.environ.pop("DATABASE_URL", None)
if "OVERREAD_TEST_DATABASE_URL" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["OVERREAD_TEST_DATABASE_URL"]
os.environ["OVERREAD_SECRET_KEY"] = "known to everybody: for tests only"  # noqa: S105
os.environ["OVERREAD_TOKEN_PEPPER"] = "known to everybody"  # noqa: S105
os.environ["OVERREAD_CONNECTION_KEYS"] = "b25seSBmb3IgdGVzdHMsIGtub3duIHRvIHVzIGFsbCE="

from .base import *  # noqa: E402, F403

# What stands in for AWS runs on this machine.
AWS_PRIVATE = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files come from where they are written; nothing is collected for a test.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
