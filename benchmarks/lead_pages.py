"""How long the lead's pages take at a million predictions and a hundred thousand labels."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import requests

from benchmarks.bench import Bench, Topic
from benchmarks.cpu import Meter
from benchmarks.figures import Figure, found
from benchmarks.service import command

if TYPE_CHECKING:
    from registry_bridge.models import Promotion, RegisteredModel, Snapshot, Training

LABELS, THEIRS = 100_000, 5_000
WARM, TIMES = 2, 9
LONGEST_SECONDS = 300.0
COUNTING = "being computed"
# What a version that is compared says: what is so, but for one in so many.
WRONG_OLD, WRONG_NEW = 8, 10
LABEL_NAMES = ("art", "food", "law", "sport")
FREEZE = "pages_freeze_100k_cpu_s"
# Figure -> the name of the page, and what follows its address.
PAGES = {
    "pages_overview_ms": ("project", ""),
    "pages_quality_ms": ("quality", ""),
    "pages_slices_ms": ("quality", "?slice=label"),
    "pages_over_time_ms": ("quality-time", ""),
    "pages_policy_ms": ("policy", ""),
    "pages_queues_ms": ("queues", ""),
    "pages_promotions_ms": ("promotions", ""),
    "pages_promotion_ms": ("promotion", ""),
    "pages_study_ms": ("study", ""),
    "pages_history_ms": ("promotion-history", ""),
    "pages_snapshot_ms": ("snapshot", ""),
    "pages_rows_ms": ("snapshot-rows", ""),
    "pages_rows_of_person_ms": ("snapshot-rows", "?reviewer={reviewer}"),
    "pages_person_ms": ("reviewer", ""),
    "pages_withdrawal_ms": ("withdrawal", ""),
}


def pages(bench: Bench) -> Iterator[Figure]:
    """Each as a lead sees it: signed in, over HTTP, with what the worker keeps for it."""
    sizes = bench.sizes
    labels = min(sizes.labels, LABELS)
    bench.wait_for(min(sizes.few, sizes.many), labels=labels)
    bench.have_predictions(sizes.many)
    reviewer = _give_labels(bench, min(THEIRS, labels // 20))
    snapshot, seconds = _frozen(bench, _model())
    yield found(FREEZE, seconds, note=f"{snapshot.rows:,} rows")
    made = _decided(snapshot)
    given = {
        "slug": "bench",
        "user_id": reviewer,
        "snapshot_id": snapshot.pk,
        "training_id": made.training_id,
        "promotion_id": made.pk,
    }
    with bench.service.database() as database:
        # as autovacuum does while such numbers come in one by one
        database.execute("analyze")
    lead = _signed_in(bench)
    _wait_until_counted(bench, lead)
    for name, (page, query) in PAGES.items():
        path = _path(page, given) + query.format(reviewer=reviewer)
        yield _timed(bench, lead, name, path)


def _give_labels(bench: Bench, wanted: int) -> int:
    """A person whose answers so many of the labels rest on; their id."""
    from projects.models import Membership, Project, Role, User

    user, new = User.objects.get_or_create(username="bench-much")
    if not new:
        return user.pk
    project = Project.objects.get(slug="bench")
    Membership.objects.create(project=project, user=user, role=Role.REVIEWER)
    with bench.service.database() as database:
        database.execute(
            "update labeling_annotation set author_id = %s where id in "
            "(select id from labeling_annotation where mod(id, 20) = 7 limit %s)",
            [user.pk, wanted],
        )
        database.execute(
            "update reviewer_queueitem i set seen = array[%s]::bigint[] "
            "from labeling_annotation a where a.task_id = i.task_id and a.author_id = %s",
            [user.pk, user.pk],
        )
    return user.pk


def _model() -> RegisteredModel:
    from projects.models import Project
    from registry_bridge.models import RegisteredModel

    project = Project.objects.get(slug="bench")
    found_, _ = RegisteredModel.objects.get_or_create(
        project=project,
        defaults={
            "name": "texts",
            "experiment": "overread/bench",
            "question": "label",
            "endpoint": "texts",
            "script": "train.py",
            "champion": "1",
        },
    )
    return found_


def _frozen(bench: Bench, model: RegisteredModel) -> tuple[Snapshot, float]:
    """A snapshot of all there is, and the processor time that this process spent on it."""
    from benchmarks import filling, rows
    from registry_bridge import snapshots
    from registry_bridge.models import Snapshot

    # the same rows again would be the same snapshot
    filling.add(bench.service, rows.LABELS, 1, rows.DONE)
    there = Snapshot.objects.filter(project=model.project).count()
    began = time.process_time()
    frozen = snapshots.freeze(model.project, name=f"bench-{there}")
    return frozen, time.process_time() - began


def _decided(snapshot: Snapshot) -> Promotion:
    """A challenger that was compared on the test side, studied, and is proposed."""
    from registry_bridge.models import Promotion

    kept = Promotion.objects.filter(project=snapshot.project).first()
    return kept or _propose(snapshot)


def _propose(snapshot: Snapshot) -> Promotion:
    from registry_bridge import comparison
    from registry_bridge.models import Promotion, Training
    from registry_bridge.said import Answers

    training = Training.objects.create(
        project=snapshot.project,
        snapshot=snapshot,
        champion="1",
        job_name="bench-1",
        state=Training.State.DONE,
        version="2",
    )
    chance = random.Random(1)  # noqa: S311 (no secret)
    rows = snapshot.items.usable().values_list("gold_id", "gold__value")
    answers = {
        gold: Answers(
            _said(chance, value, WRONG_OLD),
            _said(chance, value, WRONG_NEW),
            champion_sure=0.5 + chance.random() / 2,
            challenger_sure=0.5 + chance.random() / 2,
        )
        for gold, value in rows
    }
    training.evidence = comparison.evidence(training, answers)
    training.save(update_fields=["evidence"])
    _studied(training)
    return Promotion.objects.create(
        project=snapshot.project,
        training=training,
        from_version="1",
        to_version="2",
        evidence=training.evidence,
        proposal_reason=".",
    )


def _said(chance: random.Random, truth: Any, one_in: int) -> str:
    return str(truth) if chance.randrange(one_in) else chance.choice(LABEL_NAMES)


def _studied(training: Training) -> None:
    """A study with all its labels, and every slice that it may have."""
    import numpy as np
    from django.utils import timezone

    from registry_bridge import study_terms
    from registry_bridge.models import Shadow, Study
    from reviewer.models import Endpoint
    from reviewer.stats.disagreements import MOST_SLICES, Evidence, Items, Terms

    shadow = Shadow.objects.create(
        project=training.project,
        endpoint=Endpoint.objects.get(project=training.project),
        version="2",
        after=0,
        upto=10**9,
    )
    study = Study(
        project=training.project,
        training=training,
        shadow=shadow,
        champion="1",
        challenger="2",
        question="label",
        since=timezone.now(),
        design="study:bench",
        most_labels=1_000,
        drawn_upto=10**9,
        upto=10**9,
        state=Study.State.OVER,
        words="Over.",
        drawn=1_000,
        terms={**study_terms.of_gates([]), "slices": "metadata.shop"},
    )
    n = 8_000
    chance = np.random.default_rng(1)
    tie = np.arange(n) % 8 != 0
    items = Items(
        d=np.where(tie, 0.0, chance.choice([-1.0, 0.0, 1.0], n, p=[0.3, 0.2, 0.5])),
        pi=np.ones(n),
        tie=tie,
        overdue=np.zeros(n, dtype=bool),
    )
    names = [f"shop {at % MOST_SLICES}" for at in range(n)]
    study.evidence = Evidence().after(items, names, Terms(**study.claims)).as_json()
    study.save()


def _signed_in(bench: Bench) -> requests.Session:
    name = f"bench-{time.time_ns()}"
    said = command("account", username=name, owner_of="bench")
    password = said.split("password:")[1].strip()
    session, address = requests.Session(), f"{bench.service.url}/accounts/login/"
    form = session.get(address, timeout=60).text
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[:1]
    answer = session.post(
        address,
        data={"csrfmiddlewaretoken": token, "login": name, "password": password},
        headers={"Referer": address},
        timeout=60,
    )
    answer.raise_for_status()
    return session


def _wait_until_counted(bench: Bench, lead: requests.Session) -> None:
    """Until the worker has added up what was filled in."""
    until = time.monotonic() + LONGEST_SECONDS
    address = f"{bench.service.url}/p/bench/quality/"
    while COUNTING in lead.get(address, timeout=60).text:
        if time.monotonic() > until:
            raise RuntimeError("the figures are not there after five minutes")
        time.sleep(1)


def _path(page: str, given: dict[str, Any]) -> str:
    """The address of a page, with those of the ids that it takes."""
    from django.urls import get_resolver, reverse

    takes = get_resolver().reverse_dict.getlist(page)[0][0][0][1]
    return reverse(page, kwargs={name: given[name] for name in takes})


def _timed(bench: Bench, lead: requests.Session, name: str, path: str) -> Figure:
    """Processor time of web process and PostgreSQL; what passes meanwhile is in the note."""
    address = bench.service.url + path
    for _ in range(WARM):
        lead.get(address, timeout=60).raise_for_status()
    took = []
    with Meter(bench.service) as meter:
        for _ in range(TIMES):
            began = time.perf_counter()
            lead.get(address, timeout=60).raise_for_status()
            took.append(1000 * (time.perf_counter() - began))
    web, postgres = (meter.spent.us(part, TIMES) / 1000 for part in ("web", "postgres"))
    passed = f"{statistics.median(took):,.0f} ms passed, {min(took):,.0f} at best"
    return found(
        name, web + postgres, note=f"web {web:,.0f}, postgres {postgres:,.0f}; {passed}"
    )


TOPICS = (Topic((FREEZE, *PAGES), pages),)
