"""`manage.py up`: everything that a home's service needs, started and kept running."""

from __future__ import annotations

import os

from django.core.management.base import BaseCommand, CommandParser

from config.embedded import supervisor
from config.home import home


class Command(BaseCommand):
    help = "Start PostgreSQL, MLflow, the pages and the workers, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--home", help="folder for all data (OVERREAD_HOME)")
        parser.add_argument("--port", type=int, default=8080, help="of the pages")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")

    def handle(self, **options: str | int) -> None:
        # manage.py has read --home before the settings were loaded
        os.environ["OVERREAD_HOME"] = str(home().path)
        supervisor.replace_this_process(
            port=int(options["port"]), host=str(options["host"])
        )
