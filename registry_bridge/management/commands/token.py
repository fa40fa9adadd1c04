"""`manage.py token`: makes a token for a program and prints its secret once."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from projects import tokens
from projects.accounts import of_name
from projects.models import Project, Role
from projects.refused import Refused

LONGEST = 3650


class Command(BaseCommand):
    help = "Print a new token; it is kept nowhere and not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--name", required=True, help="what uses it")
        parser.add_argument("--user", help="speaks for this person, not for a service")
        parser.add_argument("--days", type=int, default=tokens.LIFETIME.days)

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= LONGEST:
            raise CommandError(f"--days must be 1 to {LONGEST}.")
        try:
            self.stdout.write(_make(**options))
        except Refused as refused:
            raise CommandError(refused.detail) from refused


def _make(
    *, project: str, role: str, name: str, user: str | None, days: int, **_: Any
) -> str:
    found = Project.objects.filter(slug=project).first()
    if found is None:
        known = ", ".join(Project.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no project {project}. There are: {known}.")
    _token, secret = tokens.make(
        found,
        role=role,
        name=name,
        user=of_name(user) if user else None,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return secret
