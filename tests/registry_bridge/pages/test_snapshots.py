"""A snapshot's page: what it holds, and its files to take home."""

from __future__ import annotations

import pytest

from registry_bridge import snapshots
from registry_bridge.models import Snapshot
from tests.makers import sign_in
from tests.registry_bridge.makers import Loop, review, work


@pytest.fixture
def frozen(loop: Loop) -> Snapshot:
    review(loop)
    snapshots.freeze(loop.project, loop.lead)
    work()
    return Snapshot.objects.get(project=loop.project)


def address(frozen: Snapshot, name: str) -> str:
    return f"/p/{frozen.project.slug}/snapshots/{frozen.pk}/{name}"


def test_a_lead_takes_home_the_rows_that_the_digest_is_of(
    loop: Loop, frozen: Snapshot
) -> None:
    client = sign_in(loop.lead)

    page = client.get(address(frozen, ""))
    answer = client.get(address(frozen, "rows.jsonl"))

    assert 'rows.jsonl" download' in page.content.decode()
    assert answer.status_code == 302
    key = f"snapshots/{frozen.project_id}/{frozen.digest}/rows.jsonl"
    assert key in loop.world.objects.kept
    assert key in answer["Location"]


def test_a_file_that_is_not_there_is_not_found(loop: Loop, frozen: Snapshot) -> None:
    answer = sign_in(loop.lead).get(address(frozen, "secrets.json"))

    assert answer.status_code == 404
