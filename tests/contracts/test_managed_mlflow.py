"""Managed MLflow by its ARN: every call is signed for the server that it goes to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from projects.managed_mlflow import ManagedMlflow, of
from registry_bridge.gateways import managed_mlflow
from registry_bridge.gateways.mlflow_registry import MlflowRegistry
from registry_bridge.gateways.mlflow_server import MlflowServer
from registry_bridge.gateways.mlflow_tracking import MlflowTracking
from registry_bridge.gateways.ports import Rejected, Unreachable
from tests.contracts.managed import (
    ACCESS_KEY,
    APP_ARN,
    LINK,
    REFUSALS,
    SECRET,
    SERVER_ARN,
    Standin,
    standing_in,
)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Those of the stand-in, and none of the machine's."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    managed_mlflow._session.cache_clear()
    yield
    managed_mlflow._session.cache_clear()


@pytest.fixture
def real(mlflow_uri: str) -> Iterator[Standin]:
    with standing_in(mlflow_uri) as standin:
        yield standin


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """Without MLflow behind it; SageMaker's own API is there too."""
    with standing_in() as standin:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", standin.url)
        yield standin


def named(arn: str) -> ManagedMlflow:
    found = of(arn)
    assert found is not None
    return found


@pytest.mark.mlflow
@pytest.mark.parametrize("arn", [SERVER_ARN, APP_ARN])
def test_runs_files_and_models_go_through_signed_calls(
    real: Standin, arn: str, tmp_path: Path
) -> None:
    server = MlflowServer(arn, endpoint=real.url)
    tracking, registry = MlflowTracking(server), MlflowRegistry(server)
    file = tmp_path / "rows with spaces.jsonl"
    file.write_text("{}\n")

    run = tracking.find_or_create_run(f"managed {arn[-4:]}", f"key of {arn}", "r", {})
    again = tracking.find_or_create_run(f"managed {arn[-4:]}", f"key of {arn}", "r", {})
    tracking.set_tags(run, {"a tag": "of + and & and ü"})
    tracking.log_file(run, "data", file)
    tracking.finish(run)

    assert run == again
    assert tracking.healthy()
    assert tracking.run(run).tags["a tag"] == "of + and & and ü"
    assert registry.versions("none of that name") == []
    assert set(real.arns) == {arn}


@pytest.mark.mlflow
def test_threads_with_two_servers_at_one_host_never_mix_them_up(real: Standin) -> None:
    trackings = [
        MlflowTracking(MlflowServer(arn, endpoint=real.url))
        for arn in (SERVER_ARN, APP_ARN)
    ]
    healthy: list[bool] = []

    def ask(tracking: MlflowTracking) -> None:
        healthy.extend(tracking.healthy() for _ in range(5))

    threads = [threading.Thread(target=ask, args=(each,)) for each in trackings * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert healthy == [True] * 20
    assert real.arns.count(SERVER_ARN) == real.arns.count(APP_ARN) == 10


def test_a_wrong_secret_is_refused_by_the_check(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another one")
    server = MlflowServer(SERVER_ARN, endpoint=standin.url)

    with pytest.raises((Rejected, Unreachable), match="signature is wrong"):
        MlflowTracking(server).run("a" * 32)

    assert standin.arns == []


@pytest.mark.parametrize(("refusal", "words"), REFUSALS.values(), ids=REFUSALS)
def test_what_aws_refuses_is_said_in_words_to_act_on(
    standin: Standin, refusal: tuple[int, str, str], words: str
) -> None:
    standin.refuses = refusal
    server = MlflowServer(SERVER_ARN, endpoint=standin.url)

    with pytest.raises((Rejected, Unreachable), match=words):
        MlflowTracking(server).run("a" * 32)
    with pytest.raises((Rejected, Unreachable), match=words):
        managed_mlflow.link(named(SERVER_ARN))

    assert not MlflowTracking(server).healthy()


def test_without_credentials_nothing_is_called_and_it_says_what_to_do(
    standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    server = MlflowServer(SERVER_ARN, endpoint=standin.url)

    with pytest.raises(Unreachable, match="There are no AWS credentials"):
        MlflowTracking(server).run("a" * 32)
    with pytest.raises(Unreachable, match="There are no AWS credentials"):
        managed_mlflow.link(named(APP_ARN))


@pytest.mark.parametrize(
    ("arn", "operation", "names"),
    [
        (
            SERVER_ARN,
            "CreatePresignedMlflowTrackingServerUrl",
            {"TrackingServerName": "gold"},
        ),
        (APP_ARN, "CreatePresignedMlflowAppUrl", {"Arn": APP_ARN}),
    ],
)
def test_a_link_is_asked_for_by_name_and_is_short_lived(
    standin: Standin, arn: str, operation: str, names: dict[str, str]
) -> None:
    link = managed_mlflow.link(named(arn))

    assert link == LINK
    [(called, given)] = standin.asked
    assert called == operation
    assert names.items() <= given.items()
    assert given["ExpiresInSeconds"] <= 60


@pytest.mark.parametrize(
    ("arn", "host"),
    [
        (SERVER_ARN, "https://eu-central-1.experiments.sagemaker.aws"),
        (APP_ARN, "https://mlflow.sagemaker.eu-central-1.app.aws"),
    ],
)
def test_an_arn_is_served_where_amazon_serves_it(arn: str, host: str) -> None:
    server = MlflowServer(arn)

    assert server.address == f"{host}/{arn}"
    assert server.bare(f"{host}/{arn}/api/2.0/x?a=b") == f"{host}/api/2.0/x?a=b"


def test_an_arn_of_something_else_is_refused_in_words() -> None:
    with pytest.raises(Rejected, match="is no ARN of a managed MLflow"):
        MlflowTracking(MlflowServer("arn:aws:s3:::bucket")).run("a" * 32)
