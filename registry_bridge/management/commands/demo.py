"""`manage.py demo`: the whole loop once, on real handwritten digits."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.home import home
from examples.digits.demo import run


class Command(BaseCommand):
    help = "Run the whole loop once on real data, in a home of its own; then stay up."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the report")
        parser.add_argument("--seed", type=int, default=1, help="order and slips")
        parser.add_argument("--home", help="folder for its data (.overread/demo)")
        parser.add_argument("--port", type=int, default=8080, help="of the pages")

    def handle(self, *args: Any, **options: Any) -> None:
        # manage.py has read --home before the settings were loaded
        given = {name: options[name] for name in ("seed", "once", "port")}
        sys.exit(run.run(home(), **given))
