"""A step of the nightly removal costs the same however large the tables are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from labeling.models import Payload, Task
from projects import retention
from projects.models import Project
from projects.retention import Retention
from projects.sweeping import Step
from reviewer.models import Prediction
from reviewer.retention import payloads, predictions
from tests import makers

pytestmark = pytest.mark.django_db

ROWS = 30_000
NOW = timezone.now()
Sweeper = Callable[[int, datetime], Step]


def multiply(model: type[Model], which: str = "true", **columns: str) -> None:
    """Many rows like the one there is; `columns` are SQL over n."""
    names = [str(field.column) for field in model._meta.concrete_fields]
    kept = [name for name in names if name != "id"]
    values = [columns.get(name, f'"{name}"') for name in kept]
    listed = ", ".join(f'"{name}"' for name in kept)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {model._meta.db_table} ({listed}) "  # noqa: S608
            f"select {', '.join(values)} from {model._meta.db_table}, "
            f"generate_series(1, {ROWS}) n where {which}"
        )
        cursor.execute(f"analyze {model._meta.db_table}")


@pytest.fixture
def _many() -> None:
    """Old predictions that nobody looked at, and as many tasks of other inputs."""
    old = NOW - timedelta(days=400)
    task = makers.make_task()
    makers.make_gold(task)
    makers.make_prediction(makers.make_endpoint(task.project))
    retention.change(task.project, Retention(predictions=30, payloads=30), by=None)
    Project.objects.update(retention_changed_at=old)
    Prediction.objects.update(received_at=old)
    Payload.objects.update(created_at=old)
    multiply(
        Payload,
        "id = (select min(id) from labeling_payload)",
        sha256="lpad(n::text, 64, '0')",
    )
    newest = Payload.objects.latest("pk").pk
    own = {"payload_id": f"{newest - ROWS} + n"}
    multiply(Task, **own)
    multiply(Prediction, inference_id="'many-' || n", **own)


def scanned(sweeper: Sweeper) -> list[str]:
    """Tables that a step reads from end to end."""
    found: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith("with"):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"explain (format json) {sql}", params)
                (plan,) = cursor.fetchone()
            found.extend(_scans(plan if isinstance(plan, list) else json.loads(plan)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        sweeper(0, NOW)
    return found


def _scans(plan: Any) -> Iterator[str]:
    if isinstance(plan, list):
        for each in plan:
            yield from _scans(each)
    elif isinstance(plan, dict):
        if plan.get("Node Type") == "Seq Scan":
            yield plan["Relation Name"]
        for value in plan.values():
            yield from _scans(value)


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize("sweeper", [predictions, payloads])
def test_no_step_reads_a_large_table_from_end_to_end(sweeper: Sweeper) -> None:
    large = {"reviewer_prediction", "labeling_task"}

    assert not large & set(scanned(sweeper))
