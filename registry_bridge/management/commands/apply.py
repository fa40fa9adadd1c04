"""`manage.py apply project.yaml`: makes or changes a project as its file says."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projects.accounts import of_name
from projects.refused import Refused
from registry_bridge import applying, project_file


class Command(BaseCommand):
    help = "Make or change a project from a file; safe to repeat; says what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="change nothing")
        parser.add_argument("--by", help="username for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            by = of_name(options["by"]) if options["by"] else None
            file = project_file.load(options["file"])
            lines = applying.apply(file, by, only_check=options["check"])
        except project_file.WrongFile as wrong:
            raise CommandError("\n".join(wrong.problems)) from wrong
        except Refused as refused:
            raise CommandError(refused.detail) from refused
        if options["check"]:
            lines = [f"would change: {line}" for line in lines]
        self.stdout.write("\n".join(lines or ["nothing to change"]))
