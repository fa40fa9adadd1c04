"""Pages of trainings and snapshots: what was made of what, and starting again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from projects.models import Role
from registry_bridge import retraining, snapshots
from registry_bridge.models import Promotion, Snapshot, Study, Training
from reviewer.models import Prediction
from tests import makers
from tests.registry_bridge.makers import Loop, make_gate, review, work
from tests.registry_bridge.shadows import make_study


def read(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return re.sub(r"\s+", " ", response.content.decode())


def url(loop: Loop, path: str) -> str:
    return f"/p/{loop.project.slug}/{path}"


def test_a_training_started_by_hand_shows_what_it_made(loop: Loop) -> None:
    review(loop)
    client = makers.sign_in(loop.lead)

    client.post(url(loop, "trainings/start/"))
    work()

    made = Training.objects.get(snapshot__isnull=False)
    listed = read(client.get(url(loop, "trainings/")))
    page = read(client.get(url(loop, f"trainings/{made.pk}/")))
    assert made.job_name in listed
    assert str(loop.lead) in listed
    assert "train_accuracy" in page
    assert "Challenger against champion" in page


def test_a_failed_training_says_why_and_can_be_tried_again(loop: Loop) -> None:
    review(loop)
    loop.world.broken = "ValueError: no dogs"
    retraining.start(loop.project, by=loop.lead)
    work()
    loop.world.broken = ""
    failed = Training.objects.get(state="failed")
    client = makers.sign_in(loop.lead)

    page = read(client.get(url(loop, f"trainings/{failed.pk}/")))
    front = read(client.get("/"))
    client.post(url(loop, f"trainings/{failed.pk}/again/"))
    work()

    assert "ValueError: no dogs" in page
    assert "Try again" in page
    assert "failed" in front
    assert Training.objects.filter(state="done", attempt=2).exists()


def test_a_second_training_at_once_is_refused_on_the_page(loop: Loop) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)

    response = makers.sign_in(loop.lead).post(
        url(loop, "trainings/start/"), follow=True
    )

    assert "A training of this project is under way" in read(response)
    assert "Train on all gold now" not in read(response)


def test_a_version_that_no_gate_proposed_can_be_proposed_by_hand(loop: Loop) -> None:
    review(loop)
    retraining.start(loop.project, by=loop.lead)
    work()
    made = Training.objects.get(version="2")
    client = makers.sign_in(loop.lead)

    page = read(client.get(url(loop, f"trainings/{made.pk}/")))
    client.post(
        url(loop, "promotions/propose/"), {"version": "2", "reason": "Better on dogs"}
    )

    assert "Propose version 2" in page
    proposed = Promotion.objects.get(state="proposed")
    assert (proposed.to_version, proposed.proposed_by) == ("2", loop.lead)


def test_a_gate_says_what_it_waits_for(loop: Loop) -> None:
    from registry_bridge import gates

    make_gate(loop.project, "enough_gold", rows=500)
    review(loop, cats=3, dogs=3)
    gates.look(loop.project)

    page = read(makers.sign_in(loop.lead).get(url(loop, "trainings/")))

    assert "6 of 500 new gold rows are there." in page


def test_a_running_study_is_said_to_keep_gates_shut_and_can_be_stopped(
    loop: Loop,
) -> None:
    studied = make_study(loop)
    client = makers.sign_in(loop.lead)
    study = url(loop, f"trainings/{studied.study.training_id}/study/")

    busy = read(client.get(url(loop, "trainings/")))
    front = read(client.get("/"))
    client.post(f"{study}stop/", {"reason": "No traffic."})
    free = read(client.get(url(loop, "trainings/")))

    assert "A study of version 2 is running." in busy
    assert "gates that retrain stay shut" in busy
    assert f'href="{study}#where"' in busy
    # its day is not over yet
    assert "has come since it began" not in busy
    assert "waits for predictions" not in front
    assert "A study of version 2 is running." not in free


def test_a_study_without_traffic_is_told_on_the_front_page(loop: Loop) -> None:
    studied = make_study(loop)
    began = timezone.now() - timedelta(days=2)
    Study.objects.update(created_at=began, since=began)
    # what it was trained on came before
    Prediction.objects.update(received_at=began - timedelta(days=1))
    client = makers.sign_in(loop.lead)

    never = read(client.get(url(loop, "trainings/")))
    studied.send("cat")
    Prediction.objects.filter(project=loop.project).update(
        received_at=timezone.now() - timedelta(hours=30)
    )
    quiet = read(client.get("/"))
    long_ago = read(client.get(url(loop, "trainings/")))
    studied.send("cat")
    asked = read(client.get("/"))

    assert "No prediction of version 1 has come since it began." in never
    assert "The study of version 2 waits for predictions" in quiet
    assert "The last prediction of version 1 came" in long_ago
    assert "waits for predictions" not in asked


def test_a_snapshot_shows_digest_sides_and_what_no_comparison_uses(
    loop: Loop,
) -> None:
    review(loop, cats=20, dogs=0)
    client = makers.sign_in(loop.lead)

    answer = client.post(url(loop, "snapshots/freeze/"), follow=True)

    frozen = Snapshot.objects.get()
    page = read(client.get(url(loop, f"snapshots/{frozen.pk}/")))
    assert f"{frozen.name} holds 20 rows" in read(answer)
    assert frozen.digest in page
    assert "Not yet" in page


def test_freezing_without_gold_says_what_to_do(loop: Loop) -> None:
    client = makers.sign_in(loop.lead)

    response = client.post(url(loop, "snapshots/freeze/"), follow=True)

    assert "Review some tasks first" in read(response)


def test_reviewers_start_no_training(loop: Loop) -> None:
    client = makers.sign_in(makers.make_member(loop.project, Role.REVIEWER))

    assert client.post(url(loop, "trainings/start/")).status_code == 403
    assert client.get(url(loop, "trainings/")).status_code == 403


def test_training_and_snapshot_of_others_are_not_found(loop: Loop) -> None:
    review(loop, cats=5, dogs=0)
    frozen = snapshots.freeze(loop.project)
    training = Training.objects.get()
    other = makers.make_project()
    client = makers.sign_in(makers.make_member(other, Role.LEAD))

    for path in (f"trainings/{training.pk}/", f"snapshots/{frozen.pk}/"):
        assert client.get(f"/p/{other.slug}/{path}").status_code == 404


def test_lists_of_trainings_and_snapshots_do_not_ask_per_row(
    loop: Loop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        review(loop, cats=4, dogs=4)
        retraining.start(loop.project, by=loop.lead)
        work()
    client = makers.sign_in(loop.lead)

    for path in ("trainings/", "snapshots/"):
        with django_assert_max_num_queries(15):
            assert client.get(url(loop, path)).status_code == 200
