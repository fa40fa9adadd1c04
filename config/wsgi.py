"""Where the web server finds the service."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
# how long it may hold the database up (config/settings/databases.py)
os.environ.setdefault("OVERREAD_PART", "web")

application = get_wsgi_application()
