#!/usr/bin/env python
"""Runs Overread's commands: `up` starts the service, `apply` and `token` set a project up."""

from __future__ import annotations

import os
import sys

# how long each may hold the database up (config/settings/databases.py)
PARTS = {"worker": "worker", "qcluster": "long_jobs"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        os.environ.setdefault("OVERREAD_PART", PARTS[sys.argv[1]])
    from config.home import choose_home

    # the settings read secrets from the home, so it is chosen before they are loaded
    choose_home(sys.argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
