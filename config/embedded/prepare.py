"""Brings the database up to date, after a copy when there is something to lose."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import django

COPIES_KEPT = 3
# the exit code that says: done, and nobody can sign in yet
NO_ACCOUNT = 10


def prepare() -> int:
    """Migrate; return 0, or NO_ACCOUNT when there is no account yet."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    if _would_change_data():
        _copy_aside()
    call_command("migrate", interactive=False, verbosity=1)
    return 0 if get_user_model().objects.exists() else NO_ACCOUNT


def _would_change_data() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return bool(waiting and executor.loader.applied_migrations)


def _copy_aside() -> None:
    """Dump the embedded database; the operator of another server has backups."""
    if os.environ.get("DATABASE_URL"):
        return
    from config.embedded.accounts import binaries, server_account
    from config.home import home

    folder = home().backups_dir
    folder.mkdir(mode=0o700, exist_ok=True)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    copy = folder / f"overread-{now}.dump"
    draft = copy.with_suffix(".part")
    program = binaries(server_account()) / "pg_dump"
    options = ["--format=custom", f"--file={draft}", home().database_url()]
    subprocess.run([program, *options], check=True)
    draft.replace(copy)
    forget_old_copies(folder)


def forget_old_copies(folder: Path) -> None:
    for old in sorted(folder.glob("overread-*.dump"))[:-COPIES_KEPT]:
        old.unlink()


if __name__ == "__main__":
    django.setup()
    sys.exit(prepare())
