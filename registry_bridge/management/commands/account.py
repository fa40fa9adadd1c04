"""`manage.py account`: makes an account, or a new password, and prints it once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from projects import accounts, members
from projects.models import Project, Role, User
from projects.refused import Refused


class Command(BaseCommand):
    help = "Make an account with a random password, printed once; or --reset one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", default="", help="how others see this person")
        parser.add_argument(
            "--reset", action="store_true", help="a new password for an account"
        )
        may = parser.add_mutually_exclusive_group()
        may.add_argument(
            "--staff", action="store_true", help="may use the administration pages"
        )
        may.add_argument("--owner-of", metavar="PROJECT", help="slug of a project")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user, password = _reset(**options) if options["reset"] else _make(**options)
        except Refused as refused:
            said = [f"{each['field']}: {each['problem']}" for each in refused.errors]
            raise CommandError("\n".join([refused.detail, *said])) from refused
        self.stdout.write(f"username: {user.username}\npassword: {password}")


@transaction.atomic
def _make(
    *, username: str, name: str, staff: bool, owner_of: str | None, **_: Any
) -> tuple[User, str]:
    project = Project.objects.filter(slug=owner_of).first() if owner_of else None
    if owner_of and project is None:
        raise CommandError(f"There is no project {owner_of}. Make it with apply first.")
    password = accounts.random_password()
    user = accounts.make(username, name=name, password=password, staff=staff)
    if project:
        members.add(project, user, Role.OWNER, by=None)
    return user, password


def _reset(*, username: str, **_: Any) -> tuple[User, str]:
    user = accounts.of_name(username)
    return user, accounts.new_password(user)
