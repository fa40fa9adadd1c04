"""Sets the demonstration up by the commands that everybody has: apply, account, token."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import yaml
from django.core.management import CommandError, call_command
from django.db import connection

FOLDER = Path(__file__).resolve().parent.parent
PROJECT_FILE = FOLDER / "project.yaml"
ROLES = ("owner", "lead", "reviewer")
PEOPLE = {"owner": "Olivia Owner", "lead": "Lena Lead", "reviewer": "Robin Reviewer"}
MOST_RUNS = 1_000


@dataclass(frozen=True, slots=True)
class Desk:
    """A project of its own for this run, and the three accounts that may sign in."""

    slug: str
    passwords: dict[str, str]

    def token(self, role: str, name: str) -> str:
        return _command("token", project=self.slug, role=role, name=name).strip()


def set_up(home: Path) -> Desk:
    """Earlier runs in this home stay as they are: each has its own project and model."""
    passwords = {username: _password(username) for username in ROLES}
    for number in range(1, MOST_RUNS):
        slug = "digits" if number == 1 else f"digits-{number}"
        file = _write(home, slug, number)
        if f"project {slug}: made" in _command("apply", file, check=True):
            _command("apply", file)
            return Desk(slug, passwords)
    raise CommandError("There are too many demonstrations in this home.")


def _write(home: Path, slug: str, number: int) -> Path:
    """The example's file with the names of this run, its members, and whole paths."""
    file = yaml.safe_load(PROJECT_FILE.read_text())
    file["project"]["slug"] = file["model"]["name"] = slug
    if number > 1:
        file["project"]["name"] += f" ({number})"
    file["members"] = {username: username for username in ROLES}
    for key in ("script", "base"):
        file["model"][key] = str(FOLDER / file["model"][key])
    written = home / f"{slug}.yaml"
    written.write_text(yaml.safe_dump(file, sort_keys=False, allow_unicode=True))
    return written


def _password(username: str) -> str:
    try:
        said = _command("account", username=username, name=PEOPLE[username])
    except CommandError:
        # made by an earlier run, whose password nobody may remember
        said = _command("account", username=username, reset=True)
    return said.split("password:")[1].strip()


def _command(command: str, /, *arguments: object, **options: object) -> str:
    said = io.StringIO()
    call_command(command, *map(str, arguments), stdout=said, **options)
    # a demonstration lasts: what it does next goes through the API alone
    connection.close()
    return said.getvalue()
