"""What is past its time goes in small steps; evidence and what waits for people stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from labeling import payloads
from labeling.models import Draft, Payload
from projects import retention, sweeping
from projects.models import AuditEntry, Project, Removal, Sweep
from projects.retention import Retention
from reviewer.models import DeadLetter, Endpoint, Mark, Prediction, Score, Selection
from reviewer.quality import VersionQuality, of_versions
from reviewer.rollups import confidences, intake
from tests import makers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_is_counted(db: None) -> None:
    """As the worker does within seconds; what it has not counted yet stays."""
    for rollup in (intake.ROLLUP, confidences.ROLLUP):
        Mark.objects.create(name=rollup.name, counted=2**60, seen=2**60)


NOW = timezone.now()


def keep(project: Project, **days: int) -> None:
    """Set, long enough ago that it is in force."""
    retention.change(project, Retention(**days), by=None)
    project.retention_changed_at = NOW - timedelta(days=1)
    project.save(update_fields=["retention_changed_at"])


@pytest.fixture
def endpoint() -> Endpoint:
    return makers.make_endpoint(makers.make_project("pets"), "eyes")


def age(row: Any, days: float) -> Any:
    at = NOW - timedelta(days=days)
    field = {Prediction: "received_at", Draft: "updated_at"}.get(
        type(row), "created_at"
    )
    type(row).objects.filter(pk=row.pk).update(**{field: at})
    return row


def prediction(endpoint: Endpoint, days: float, **fields: Any) -> Prediction:
    """One that came so many days ago, its input with it."""
    made = makers.make_prediction(endpoint, **fields)
    age(made.payload, days)
    return age(made, days)  # type: ignore[no-any-return]


def night(at: datetime | None = None) -> None:
    """All that one night removes."""
    at = at or NOW
    sweeping.finish(at)
    Sweep.objects.update(next_at=at)
    sweeping.finish(at)


def left() -> set[str]:
    return set(Prediction.objects.values_list("inference_id", flat=True))


def test_predictions_that_nobody_looked_at_go_when_their_time_is_over(
    endpoint: Endpoint,
) -> None:
    old = prediction(endpoint, 100, inference_id="old")
    Score.objects.create(
        prediction=old, model_name="m", model_version="2", output={}, label="cat"
    )
    prediction(endpoint, 20, inference_id="young")
    keep(endpoint.project, predictions=30)

    night()

    assert left() == {"young"}
    assert not Score.objects.exists()
    assert Payload.objects.count() == 1


def test_everything_is_kept_for_ever_unless_somebody_says_otherwise(
    endpoint: Endpoint,
) -> None:
    prediction(endpoint, 3000)

    night()

    assert Prediction.objects.count() == 1


def test_one_project_does_not_decide_for_another(endpoint: Endpoint) -> None:
    other = makers.make_endpoint(name="ears")
    prediction(endpoint, 100, inference_id="ours")
    prediction(other, 100, inference_id="theirs")
    keep(endpoint.project, predictions=30)

    night()

    assert left() == {"theirs"}


def test_evidence_stays(endpoint: Endpoint) -> None:
    project = endpoint.project
    drawn = makers.make_task(project)
    makers.make_gold(drawn)
    prediction(endpoint, 100, inference_id="drawn", verdict="audit", task=drawn)
    selected = prediction(endpoint, 100, inference_id="selected")
    Selection.objects.create(prediction=selected, design="study", pi=0.5, u=0.2)
    told = makers.make_task(project)
    prediction(endpoint, 100, inference_id="told the outcome of", task=told)
    # its input came again and was drawn: the group it first came with decides its side
    prediction(endpoint, 100, inference_id="first", payload=drawn.payload, group="g")
    prediction(endpoint, 100, inference_id="unseen")
    keep(project, predictions=30)

    night()

    assert left() == {"drawn", "selected", "told the outcome of", "first"}


def as_the_rows_say(project: Project) -> VersionQuality:
    """Added up from the rows alone, none counted before."""
    Mark.objects.update(counted=0)
    (found,) = of_versions(project, NOW, None)
    Mark.objects.update(counted=2**60)
    return found


def test_estimates_say_the_same_before_and_after(endpoint: Endpoint) -> None:
    project = endpoint.project
    for _ in range(12):
        task = makers.make_task(project, blind=True)
        drawn = prediction(
            endpoint, 40, verdict="audit", task=task, blind=True, pi=0.125
        )
        makers.make_queue_item(
            makers.make_queue(project), task, place=drawn.u / drawn.pi, audit=True
        )
        makers.make_gold(task, blind=True)
    for _ in range(5):
        prediction(endpoint, 40)
    before = as_the_rows_say(project)
    keep(project, predictions=30, payloads=30)

    night()

    after = as_the_rows_say(project)
    assert after.estimate == before.estimate
    assert (before.predictions, after.predictions) == (17, 12)


def test_the_content_of_old_inputs_is_blanked_and_their_digest_stays(
    endpoint: Endpoint,
) -> None:
    task = makers.make_task(endpoint.project)
    makers.make_gold(task)
    made = prediction(endpoint, 400, task=task, verdict="review")
    keep(endpoint.project, payloads=365)

    night()

    kept = Payload.objects.get()
    assert kept.content is None
    assert kept.sha256 == made.payload.sha256
    assert Prediction.objects.count() == 1


def test_an_input_that_waits_for_an_answer_is_blanked_once_it_has_one(
    endpoint: Endpoint,
) -> None:
    task = makers.make_task(endpoint.project)
    prediction(endpoint, 400, task=task, verdict="review")
    prediction(endpoint, 400)
    keep(endpoint.project, payloads=365)
    night()
    waiting = Payload.objects.filter(content__isnull=False)
    assert [each.pk for each in waiting] == [task.payload_id]

    makers.make_gold(task)
    night(NOW + timedelta(days=1))

    assert not Payload.objects.filter(content__isnull=False).exists()


def test_an_input_that_came_again_lately_is_kept(endpoint: Endpoint) -> None:
    first = prediction(endpoint, 400)
    prediction(endpoint, 400)
    age(makers.make_prediction(endpoint, payload=first.payload), 3)
    keep(endpoint.project, payloads=365)

    night()

    assert Payload.objects.get(content__isnull=False).pk == first.payload_id


def test_a_check_task_that_is_still_given_out_keeps_its_input(
    endpoint: Endpoint,
) -> None:
    task = makers.make_task(endpoint.project)
    makers.make_gold(task, source="import")
    age(task.payload, 400)
    makers.make_queue_item(makers.make_queue(endpoint.project), task, check_task=True)
    keep(endpoint.project, payloads=365)

    night()

    assert Payload.objects.get().content is not None


def test_an_input_that_comes_again_after_it_was_blanked_is_whole_again(
    endpoint: Endpoint,
) -> None:
    content = {"text": "hello"}
    digest = payloads.digest(content)
    first = payloads.keep(endpoint.project.pk, [(digest, content)])
    age(Payload.objects.get(), 400)
    keep(endpoint.project, payloads=365)
    night()
    assert Payload.objects.get().content is None

    again = payloads.keep(endpoint.project.pk, [(digest, content)])
    night(NOW + timedelta(days=1))

    assert again == first
    assert Payload.objects.get().content == content


def test_refused_rows_hold_inputs_and_go_with_them(endpoint: Endpoint) -> None:
    for days in (400, 3):
        letter = DeadLetter.objects.create(
            project=endpoint.project, code="does_not_fit", detail="", row=f"{days}"
        )
        age(letter, days)
    keep(endpoint.project, payloads=365)

    night()

    assert DeadLetter.objects.get().row == "3"


def test_drafts_of_settled_tasks_go_and_others_when_they_are_old(
    endpoint: Endpoint,
) -> None:
    project = endpoint.project
    settled, open_, old = (makers.make_task(project) for _ in range(3))
    makers.make_gold(settled)
    for task, days in ((settled, 2), (open_, 2), (old, 40)):
        author = makers.make_user()
        age(Draft.objects.create(task=task, author=author, answer={}), days)

    night()
    assert {each.task for each in Draft.objects.all()} == {open_, old}

    keep(project, drafts=30)
    night(NOW + timedelta(days=1))
    assert [each.task for each in Draft.objects.all()] == [open_]


def test_a_change_may_be_taken_back_for_some_hours(endpoint: Endpoint) -> None:
    prediction(endpoint, 100)
    retention.change(endpoint.project, Retention(predictions=30), by=None)

    night(timezone.now() + timedelta(hours=5))
    early = Prediction.objects.count()
    night(timezone.now() + timedelta(hours=7))

    assert (early, Prediction.objects.count()) == (1, 0)


def test_a_shorter_time_reaches_what_was_passed_by_before(endpoint: Endpoint) -> None:
    prediction(endpoint, 100, inference_id="a")
    prediction(endpoint, 50, inference_id="b")
    keep(endpoint.project, predictions=80)
    night()
    assert left() == {"b"}

    keep(endpoint.project, predictions=30)
    night(NOW + timedelta(days=1))

    assert left() == set()


def test_what_is_too_young_tonight_goes_another_night(endpoint: Endpoint) -> None:
    other = makers.make_endpoint(name="ears")
    prediction(endpoint, 25, inference_id="young")
    prediction(other, 100, inference_id="old")
    keep(endpoint.project, predictions=30)
    keep(other.project, predictions=10)
    night()
    assert left() == {"young"}

    night(NOW + timedelta(days=10))

    assert left() == set()


def test_a_step_is_bounded_and_the_next_one_goes_on_behind_it(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.retention.WINDOW", 10)
    for _ in range(25):
        prediction(endpoint, 100)
    keep(endpoint.project, predictions=30)
    sweeping.finish(NOW)
    Sweep.objects.update(next_at=NOW)
    name = "reviewer.retention.predictions"
    counts = []

    while sweeping._step(name, NOW):
        counts.append(Prediction.objects.count())

    assert counts == [15, 5, 0]
    assert Sweep.objects.get(name=name).next_at > NOW


def test_a_row_that_something_else_needs_stops_only_its_own_kind(
    endpoint: Endpoint,
) -> None:
    """A table that was added later and still refers to a prediction that is to go."""
    made = prediction(endpoint, 100)
    settled = makers.make_task(endpoint.project)
    makers.make_gold(settled)
    age(Draft.objects.create(task=settled, author=makers.make_user(), answer={}), 3)
    keep(endpoint.project, predictions=30)
    with connection.cursor() as cursor:
        cursor.execute("create table later (id bigint references reviewer_prediction)")
        cursor.execute("insert into later values (%s)", [made.pk])

    night()

    assert Prediction.objects.count() == 1
    assert not Draft.objects.exists()
    assert Sweep.objects.get(name="reviewer.retention.predictions").next_at > NOW


@pytest.fixture
def sender(endpoint: Endpoint, client: Client) -> Callable[[str], Any]:
    """Posts the same input under the id it is given."""
    project = endpoint.project
    makers.make_policy(project, audit=0.01)
    makers.make_queue(project)
    headers = makers.bearer(makers.make_token(project))

    def post(inference_id: str) -> Any:
        row = {
            "inference_id": inference_id,
            "endpoint": "eyes",
            "model": {"name": "m", "version": "1"},
            "input": {"text": "hello"},
            "output": {"label": "cat", "confidence": 0.9},
        }
        path = "/api/v1/projects/pets/predictions"
        return client.post(path, row, "application/json", headers=headers).json()

    return post


def test_an_id_that_is_forgotten_may_be_sent_again(
    endpoint: Endpoint, sender: Callable[[str], Any]
) -> None:
    assert sender("one")["duplicate"] is False
    assert sender("one")["duplicate"] is True
    age(Prediction.objects.get(), 100)
    keep(endpoint.project, predictions=30)

    night()

    assert sender("one")["duplicate"] is False


def test_an_endpoint_that_sends_a_blanked_input_again_fills_it(
    endpoint: Endpoint, sender: Callable[[str], Any]
) -> None:
    sender("one")
    age(Prediction.objects.get(), 400)
    age(Payload.objects.get(), 400)
    keep(endpoint.project, payloads=365)
    night()
    assert Payload.objects.get().content is None

    sender("two")

    assert Payload.objects.get().content == {"text": "hello"}


@pytest.fixture
def owner(endpoint: Endpoint) -> Client:
    return makers.sign_in(makers.make_member(endpoint.project, "owner"))


def test_owners_set_how_long_things_are_kept_on_the_page(owner: Client) -> None:
    answer = owner.post(
        "/p/pets/settings/retention/",
        {"predictions": "90", "payloads": ""},
        follow=True,
    )

    assert "predictions 90 days, inputs for ever" in answer.content.decode()
    assert Project.objects.get(slug="pets").keep_predictions == 90
    entry = AuditEntry.objects.get(action="retention changed")
    assert entry.after == {"predictions": 90, "payloads": None, "drafts": None}


@pytest.mark.parametrize("days", ["0", "-3", "soon", "99999999999"])
def test_a_time_that_makes_no_sense_is_refused_beside_its_field(
    owner: Client, days: str
) -> None:
    answer = owner.post("/p/pets/settings/retention/", {"payloads": days})

    assert answer.status_code == 422
    assert 'id="id_payloads_error"' in answer.content.decode()
    assert Project.objects.get(slug="pets").keep_payloads is None


def test_the_page_says_what_was_removed_last_night(
    endpoint: Endpoint, owner: Client
) -> None:
    for _ in range(3):
        prediction(endpoint, 100)
    keep(endpoint.project, predictions=30)
    night()

    page = owner.get("/p/pets/settings/").content.decode()

    assert "Removed last, on" in page
    assert "<dt>Predictions</dt><dd>3</dd>" in page
    assert Removal.objects.get(what="predictions").rows == 3
