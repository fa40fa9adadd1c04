"""`manage.py worker`: does the work that follows what people and endpoints do."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from projects import worker


class Command(BaseCommand):
    help = "Run jobs until stopped: answers to MLflow, gates, trainings, promotions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--long-jobs",
            action="store_true",
            help="Take the long ones too; without it, `qcluster` must run beside this.",
        )

    def handle(self, *args: Any, long_jobs: bool, **options: Any) -> None:
        if long_jobs:
            worker.run_with_long_jobs()
        else:
            worker.run_forever()
