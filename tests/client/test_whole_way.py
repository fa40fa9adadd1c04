"""From a client, and from the example's inference.py, to a task for people."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command

from overread_client import Client
from projects.models import Project, Role
from reviewer.models import Prediction
from tests.makers import make_token

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    call_command("apply", str(EXAMPLE / "project.yaml"), stdout=StringIO())
    return Project.objects.get(slug="digits")


@pytest.fixture
def client(project: Project, live_server: Any) -> Iterator[Client]:
    made = Client(
        live_server.url,
        "digits",
        make_token(project, Role.ENDPOINT),
        endpoint="digits",
        model=("digits", "7"),
        linger=0.05,
    )
    yield made
    made.close()


def images() -> list[str]:
    lines = (EXAMPLE / "base" / "data.jsonl").read_text().splitlines()
    return [json.loads(line)["input"]["image"] for line in lines]


def test_predictions_are_routed_and_sending_them_again_changes_nothing(
    client: Client,
) -> None:
    for _ in range(2):
        for at, image in enumerate(images()[:20]):
            output = {"label": "7", "confidence": 0.4}
            client.send(f"i-{at}", input={"image": image}, output=output)

    assert client.flush(30)
    assert Prediction.objects.count() == 20
    assert set(Prediction.objects.values_list("verdict", flat=True)) == {"review"}
    assert client.counts.posted == 40
    assert client.counts.duplicates == 20


def test_a_row_that_does_not_fit_is_refused_in_the_services_words(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    good, output = images()[0], {"label": "7", "confidence": 0.4}

    client.send("bad", input={"image": good}, output={"label": "seven"})
    client.send("no-picture", input={"text": "7"}, output=output)
    client.send("good", input={"image": good}, output=output)

    assert client.flush(30)
    assert [each.inference_id for each in Prediction.objects.all()] == ["good"]
    assert client.counts.refused == 2
    assert "Overread refused: output" in caplog.text


def test_a_token_that_does_not_hold_is_told_in_the_services_words(
    project: Project, live_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(
        live_server.url, "digits", "ovr_wrong", endpoint="digits", model=("digits", "7")
    )

    client.send("a", input={"image": images()[0]}, output={"label": "7"})

    assert client.flush(30)
    assert client.counts.refused == 1
    assert "for good; 401" in caplog.text


def test_the_examples_inference_script_answers_and_tells_overread(
    project: Project, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_URL", live_server.url)
    monkeypatch.setenv("OVERREAD_PROJECT", "digits")
    monkeypatch.setenv("OVERREAD_TOKEN", make_token(project, Role.ENDPOINT))
    monkeypatch.setenv("MODEL_VERSION", "3")
    script = importlib.reload(importlib.import_module("examples.digits.inference"))
    said = {"label": "7", "confidence": 0.4, "probabilities": {"7": 0.4, "1": 0.6}}
    model = SimpleNamespace(predict=lambda _: [said])
    headers = {"x-amzn-sagemaker-inference-id": "order-17"}
    request = SimpleNamespace(get_request_properties=lambda: headers)
    context = SimpleNamespace(request_processor=[request])

    answer, kind = script.transform_fn(
        model,
        json.dumps({"image": images()[0]}),
        "application/json",
        "*/*",
        context,
    )

    assert (json.loads(answer), kind) == (
        {**said, "inference_id": "order-17"},
        "application/json",
    )
    assert script.overread.flush(30)
    kept = Prediction.objects.get()
    assert (kept.inference_id, kept.model_version) == ("order-17", "3")
    script.overread.close()
