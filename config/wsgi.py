"""Where the web server finds the service."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
# how long it may hold the database up (config/settings/databases.py)
os.environ.setdefault("OVERREAD_PART", "web")

application = get_wsgi_application()
# What is loaded now stays: looking through it again and again for garbage would cost a
# batch a fifth of its time.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 10, 50)
