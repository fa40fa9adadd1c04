"""From a fall of quality to a roll back with a real MLflow, real trainings and real hosting."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pytest_django import Settings

from labeling.models import Gold
from projects import jobs, worker
from projects.models import Role
from registry_bridge import (
    aftercare,
    deploying,
    gates,
    outside,
    promotion,
    promotion_rules,
    retraining,
    shadowing,
    study_work,
)
from registry_bridge.gateways import choose
from registry_bridge.gateways.ports import Rejected, Unreachable
from registry_bridge.models import Promotion, RegisteredModel, Study, Training
from tests import makers
from tests.contracts.hosting import Hosting
from tests.registry_bridge import train_words
from tests.registry_bridge.makers import (
    Loop,
    World,
    dead_letters,
    make_gate,
    make_model,
    make_reviewed,
)
from tests.registry_bridge.shadows import Studied, all_is_counted, endpoint_of

pytestmark = [
    pytest.mark.mlflow,
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.timeout(600),
]
_numbers = itertools.count(1)
CALLS = {"dataframe_records": [{"text": "meow 0"}]}


@pytest.fixture
def hosting(tmp_path: Path) -> Iterator[Hosting]:
    home = tmp_path / "hosting"
    home.mkdir()
    hosting = Hosting(home).ready()
    yield hosting
    hosting.stop()


@pytest.fixture
def way(
    mlflow_uri: str, tmp_path: Path, settings: Settings, hosting: Hosting
) -> Iterator[Loop]:
    """Version 1 takes everything for a cat. Gates, a canary, and a roll back by rule."""
    settings.MLFLOW_TRACKING_URI = settings.MLFLOW_PUBLIC_URL = mlflow_uri
    settings.JOBS_DIR = tmp_path / "jobs"
    settings.OBJECT_STORE = f"file:{tmp_path}/objects"
    base = tmp_path / "base"
    base.mkdir()
    (base / "data.jsonl").write_text('{"input": {"text": "meow"}, "label": "cat"}\n')
    name = f"words-{uuid.uuid4().hex[:8]}"
    model = make_model(script=train_words.__file__, base=str(base), name=name)
    project = model.project
    leads = [makers.make_member(project, Role.LEAD) for _ in range(2)]
    owner = makers.make_member(project, Role.OWNER)
    makers.make_policy(project, audit=1, blind={"review": 1})
    fall = {"usable_test": 5, "new_rows": 10, "cool_down_minutes": 0}
    make_gate(project, "quality_below", line=0.9, **fall)
    make_gate(project, "challenger_better", rule="study")
    rules = {"canary_percent": 50, "canary_calls": 20, "roll_back": "by_itself"}
    promotion_rules.change(project, rules, by=owner, reason="With care.")
    with choose.using(deployment=hosting.deployment):
        yield Loop(World(), project, model, *leads)


def until(what: Callable[[], bool], seconds: float = 150) -> None:
    """Do what the worker and its schedules do, until it is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, list(Training.objects.values("state"))
        all_is_counted()
        shadowing.ask()
        study_work.take()
        jobs.wake("")
        worker.drain()
        assert not dead_letters(), dead_letters()
        time.sleep(0.2)


def reviewed(loop: Loop, word: str, truth: str, said: str, version: str) -> Gold:
    """A drawn, blind prediction about a text that begins so, settled."""
    gold = make_reviewed(loop.project, truth, said, version=version)
    payload = gold.task.payload
    payload.content = {"text": f"{word} {next(_numbers)}"}
    payload.save()
    return gold


def send(loop: Loop, word: str, truth: str) -> None:
    """A prediction of the version in use that nobody was asked about."""
    content = {"text": f"{word} {next(_numbers)}", "truth": truth}
    makers.make_prediction(
        endpoint_of(loop),
        label="cat",
        payload=makers.make_payload(loop.project, content),
        model_version=loop.model.champion,
    )


def in_use(loop: Loop) -> str:
    return RegisteredModel.objects.get(pk=loop.model.pk).champion


@contextmanager
def callers(loop: Loop, hosting: Hosting) -> Iterator[None]:
    """Somebody calls the endpoint all the time, whatever becomes of it."""
    over, name = threading.Event(), deploying.endpoint_of(loop.model)

    def call() -> None:
        while not over.wait(0.05):
            with suppress(Unreachable, Rejected):
                hosting.deployment.invoke(name, CALLS)

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_better_model_goes_into_use_and_out_again_when_the_world_changes(
    way: Loop, hosting: Hosting
) -> None:
    retraining.first_model(way.project, by=way.lead)
    until(lambda: Promotion.objects.filter(state="proposed").exists())
    promotion.approve(Promotion.objects.get(), by=way.lead, reason="The first.")
    until(lambda: in_use(way) == "1")
    way.model.refresh_from_db()

    for word, truth in [("meow", "cat"), ("woof", "dog")] * 30:
        reviewed(way, word, truth, "cat", "1")
    all_is_counted()
    assert gates.look(way.project) is not None
    until(lambda: Study.objects.filter(state="running").exists())
    studied = Studied(way, Study.objects.get())
    for word, truth in [("meow", "cat")] * 20 + [("woof", "dog")] * 12:
        send(way, word, truth)
    until(lambda: len(studied.drawn()) == 12)
    studied.settle_all()
    until(lambda: Promotion.objects.filter(state="proposed").exists())

    # the machine that serves dies; it comes back before somebody approves
    hosting.kill()
    hosting.start()
    hosting.ready()
    promoted = Promotion.objects.get(state="proposed")
    promotion.approve(promoted, by=way.other_lead, reason="It knows dogs.")
    with callers(way, hosting):
        until(lambda: in_use(way) == "2")

    for _ in range(60):
        reviewed(way, "woof", "cat", "dog", "2")
    all_is_counted()

    def is_rolled_back() -> bool:
        aftercare.look(way.project)
        return in_use(way) == "1"

    until(is_rolled_back)
    promoted.refresh_from_db()
    alias = outside.registry(way.model).alias(way.model.name, "champion")
    served = hosting.deployment.invoke(
        deploying.endpoint_of(way.model),
        {"dataframe_records": [{"text": "woof 1"}]},
    )
    assert promoted.evidence["study"]["only_challenger"] == 12
    assert promoted.evidence["study"]["agreed"] == 20
    assert (promoted.state, Promotion.objects.count()) == ("undone", 3)
    assert alias is not None
    assert alias.version == "1"
    assert (served.model_version, served.body) == ("1", {"predictions": ["cat"]})
