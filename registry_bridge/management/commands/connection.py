"""`manage.py connection`: tries a connection to AWS, permission by permission."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projects.models import Connection
from projects.refused import Refused
from registry_bridge import trying

MARKS = {True: "yes", False: "NO", None: "?"}


class Command(BaseCommand):
    help = "Say what a connection to AWS may do; fails when a permission is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--name", required=True, help="the connection's name")

    def handle(self, *args: Any, **options: Any) -> None:
        kept = Connection.objects.filter(
            project__slug=options["project"], name=options["name"]
        ).first()
        if kept is None:
            raise CommandError("There is no such connection in this project.")
        try:
            found = trying.permissions(kept)
        except Refused as refused:
            raise CommandError(f"{refused.title}. {refused.detail}") from refused
        for each in found:
            mark = MARKS[each.allowed]
            self.stdout.write(
                f"{mark:3} {each.action} on {each.resource}: {each.words}"
            )
        if any(each.allowed is False for each in found):
            raise CommandError("Permissions are missing; docs/aws.md has the policy.")
