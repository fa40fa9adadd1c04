"""Makes the product's own code importable where a bar is held through it; no database."""

from __future__ import annotations

import os


def ready_to_import() -> None:
    """Safe to call again, and inside of a test run."""
    import django
    from django.apps import apps

    if apps.ready:
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
