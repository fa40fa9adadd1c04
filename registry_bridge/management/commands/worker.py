"""`manage.py worker`: does the work that follows what people and endpoints do."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from projects import worker


class Command(BaseCommand):
    help = "Run jobs until stopped: answers to MLflow, gates, trainings, promotions."

    def handle(self, *args: Any, **options: Any) -> None:
        worker.run_forever()
