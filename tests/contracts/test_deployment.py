"""What the bridge relies on when it deploys: the order, the switch, and the answer."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from registry_bridge.gateways.fakes import FakeDeployment
from registry_bridge.gateways.local_deployment import LocalDeployment
from registry_bridge.gateways.ports import (
    Deployment,
    EndpointState,
    EndpointStatus,
    ModelSource,
    Rejected,
    Trial,
    Unreachable,
)
from registry_bridge.gateways.sagemaker_deployment import SageMakerDeployment
from tests.config.running import eventually
from tests.contracts.hosting import Hosting, alive, wait_until_gone
from tests.contracts.machines import HOSTING, make_machines, tell_the_echo
from tests.contracts.models import make_broken_model, make_failing_model, make_model
from tests.mlflow_server import free_port
from tests.sagemaker.standin import Standin

ROW = {"inputs": [[1]]}
SETTLED = {EndpointStatus.IN_SERVICE, EndpointStatus.FAILED}


@pytest.fixture(scope="module")
def shared_hosting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosting]:
    hosting = Hosting(tmp_path_factory.mktemp("home")).ready()
    yield hosting
    assert hosting.stop() == 0


@pytest.fixture
def hosting(tmp_path: Path) -> Iterator[Hosting]:
    hosting = Hosting(tmp_path).ready()
    yield hosting
    hosting.stop()


@pytest.fixture(params=["fake", "local", "sagemaker"])
def deployment(request: pytest.FixtureRequest) -> Deployment:
    return _deployment(request)


@pytest.fixture(
    params=["fake", "sagemaker", pytest.param("local", marks=pytest.mark.slow)]
)
def any_deployment(request: pytest.FixtureRequest) -> Deployment:
    """Also where no version can be tried beside another."""
    return _deployment(request)


@pytest.fixture(params=["fake", pytest.param("local", marks=pytest.mark.slow)])
def deployment_slowly(request: pytest.FixtureRequest) -> Deployment:
    return _deployment(request)


def _deployment(request: pytest.FixtureRequest) -> Deployment:
    if request.param == "local":
        hosting: Hosting = request.getfixturevalue("shared_hosting")
        return hosting.deployment
    if request.param == "sagemaker":
        standin: Standin = request.getfixturevalue("sagemaker")
        return SageMakerDeployment(make_machines(standin), HOSTING)
    fake = FakeDeployment(lambda source, _: {"predictions": [source.directory.name]})
    fake.bad.add("broken")
    fake.sick.add("sick")
    return fake


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str], ModelSource]:
    def make(version: str) -> ModelSource:
        folder = tmp_path / "models" / f"answer-{version}"
        if folder.exists():
            return ModelSource("digits", version, folder)
        if version == "broken":
            make_broken_model(folder)
        elif version == "sick":
            make_failing_model(folder, folder.name)
        else:
            make_model(folder, folder.name)
        tell_the_echo(folder, broken=version == "broken")
        return ModelSource("digits", version, folder)

    return make


def settle(deployment: Deployment, endpoint: str) -> EndpointState:
    deadline = time.monotonic() + 60
    while (state := deployment.describe(endpoint)).status not in SETTLED:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return state


def test_an_endpoint_nobody_asked_for_is_absent(
    deployment: Deployment, name: str
) -> None:
    assert deployment.describe(name).status == EndpointStatus.ABSENT
    with pytest.raises(Rejected):
        deployment.invoke(name, ROW)


def test_an_endpoint_lives_from_its_first_version_to_its_end(
    any_deployment: Deployment, name: str, source: Callable[[str], ModelSource]
) -> None:
    """One long story, because every version of a real endpoint takes seconds."""
    deployment = any_deployment
    deployment.deploy(name, source("1"))
    assert deployment.describe(name).status == EndpointStatus.CREATING
    first = settle(deployment, name)

    assert first.status == EndpointStatus.IN_SERVICE
    assert (first.serving_version, first.desired_version) == ("1", "1")
    assert first.url is not None
    assert first.url.endswith(f"/endpoints/{name}/invocations")
    answer = deployment.invoke(name, ROW)
    assert answer.body == {"predictions": ["answer-1"]}
    assert answer.model_version == "1"

    deployment.deploy(name, source("1"))
    assert deployment.describe(name) == first

    deployment.deploy(name, source("2"))
    assert deployment.describe(name).status == EndpointStatus.UPDATING
    assert deployment.describe(name).desired_version == "2"
    assert settle(deployment, name).serving_version == "2"
    assert deployment.invoke(name, ROW).model_version == "2"

    deployment.delete(name)
    deployment.delete(name)
    assert deployment.describe(name).status == EndpointStatus.ABSENT


def test_a_version_that_does_not_come_up_leaves_the_old_one_serving(
    any_deployment: Deployment, name: str, source: Callable[[str], ModelSource]
) -> None:
    deployment = any_deployment
    deployment.deploy(name, source("1"))
    settle(deployment, name)

    deployment.deploy(name, source("broken"))
    state = settle(deployment, name)

    assert state.status == EndpointStatus.FAILED
    assert (state.serving_version, state.desired_version) == ("1", "broken")
    assert state.reason
    assert deployment.invoke(name, ROW).model_version == "1"

    deployment.deploy(name, source("1"))
    assert settle(deployment, name).status == EndpointStatus.IN_SERVICE
    deployment.delete(name)


def settle_trial(deployment: Deployment, endpoint: str) -> Trial:
    deadline = time.monotonic() + 60
    while True:
        trial = deployment.describe(endpoint).trial
        if trial is not None and trial.status in SETTLED:
            return trial
        assert time.monotonic() < deadline, trial
        time.sleep(0.05)


def seen_of(deployment: Deployment, name: str, calls: int) -> Trial:
    """The trial once so many calls of both were counted, which are told once a second."""
    found: list[Trial] = []

    def counted() -> bool:
        trial = deployment.describe(name).trial
        assert trial is not None
        found.append(trial)
        return trial.tried.calls + trial.others.calls >= calls

    assert eventually(counted), found[-1]
    return found[-1]


def test_a_version_is_tried_beside_the_one_in_use_and_takes_over(
    deployment_slowly: Deployment, name: str, source: Callable[[str], ModelSource]
) -> None:
    """One long story again: no share, half of the calls, all of them."""
    deployment = deployment_slowly
    deployment.deploy(name, source("1"))
    settle(deployment, name)
    assert deployment.can_share()

    deployment.try_beside(name, source("2"), 0)
    assert settle_trial(deployment, name).status == EndpointStatus.IN_SERVICE
    quiet = {deployment.invoke(name, ROW).model_version for _ in range(20)}
    alone = deployment.invoke(name, ROW, version="2")
    deployment.try_beside(name, source("2"), 0.5)
    assert eventually(lambda: deployment.invoke(name, ROW).model_version == "2")
    shared = Counter(deployment.invoke(name, ROW).model_version for _ in range(60))
    seen = seen_of(deployment, name, 60)

    assert quiet == {"1"}
    assert alone.body == {"predictions": ["answer-2"]}
    assert set(shared) == {"1", "2"}
    assert (seen.version, seen.share) == ("2", 0.5)
    assert seen.tried.calls >= shared["2"] > 5
    assert seen.others.calls >= shared["1"] > 5
    assert seen.tried.failed == 0
    assert sum(seen.tried.times) == seen.tried.calls
    assert deployment.describe(name).serving_version == "1"

    deployment.deploy(name, source("2"))
    state = settle(deployment, name)
    assert (state.serving_version, state.trial) == ("2", None)
    assert deployment.invoke(name, ROW).model_version == "2"
    deployment.delete(name)


def test_calls_that_a_trial_cannot_answer_go_to_the_version_in_use(
    deployment_slowly: Deployment, name: str, source: Callable[[str], ModelSource]
) -> None:
    deployment = deployment_slowly
    deployment.deploy(name, source("1"))
    settle(deployment, name)
    deployment.try_beside(name, source("sick"), 0.5)
    settle_trial(deployment, name)
    row = {"dataframe_split": {"columns": ["fail"], "data": [[1]]}}

    answers = {deployment.invoke(name, row).model_version for _ in range(30)}
    seen = seen_of(deployment, name, 30)
    deployment.end_trial(name)
    deployment.end_trial(name)

    assert answers == {"1"}
    assert seen.tried.failed == seen.tried.calls > 3
    assert deployment.describe(name).trial is None
    assert deployment.describe(name).serving_version == "1"
    deployment.delete(name)


def test_a_trial_that_does_not_come_up_says_why_and_disturbs_nobody(
    deployment_slowly: Deployment, name: str, source: Callable[[str], ModelSource]
) -> None:
    deployment = deployment_slowly
    with pytest.raises(Rejected, match="Nothing serves"):
        deployment.try_beside(name, source("broken"), 0.1)
    deployment.deploy(name, source("1"))
    settle(deployment, name)

    deployment.try_beside(name, source("broken"), 0.1)
    trial = settle_trial(deployment, name)

    assert trial.status == EndpointStatus.FAILED
    assert trial.reason
    assert deployment.invoke(name, ROW).model_version == "1"
    with pytest.raises(Unreachable):
        deployment.invoke(name, ROW, version="broken")
    deployment.delete(name)


@pytest.mark.slow
def test_a_trial_goes_on_with_its_counts_after_the_hosting_was_killed(
    hosting: Hosting, source: Callable[[str], ModelSource]
) -> None:
    deployment = hosting.deployment
    deployment.deploy("digits", source("1"))
    hosting.wait("digits", "1")
    deployment.try_beside("digits", source("2"), 0.5)
    settle_trial(deployment, "digits")
    for _ in range(20):
        deployment.invoke("digits", ROW)
    before = seen_of(deployment, "digits", 20)

    hosting.kill()
    hosting.start()
    hosting.ready()
    hosting.wait("digits", "1")
    again = settle_trial(deployment, "digits")

    assert again.status == EndpointStatus.IN_SERVICE
    assert (again.tried.calls, again.others.calls) == (
        before.tried.calls,
        before.others.calls,
    )
    assert deployment.invoke("digits", ROW, version="2").model_version == "2"


@pytest.mark.slow
def test_while_the_version_in_use_is_down_the_trial_answers_all_calls(
    hosting: Hosting, source: Callable[[str], ModelSource]
) -> None:
    deployment = hosting.deployment
    deployment.deploy("digits", source("1"))
    hosting.wait("digits", "1")
    in_use = hosting.model_servers()
    deployment.try_beside("digits", source("2"), 0.1)
    settle_trial(deployment, "digits")

    for server in in_use:
        server.kill()
    answers = {deployment.invoke("digits", ROW).model_version for _ in range(10)}

    assert answers <= {"1", "2"}
    assert "2" in answers
    assert eventually(lambda: deployment.describe("digits").serving_version == "1")


def test_asking_again_after_a_failure_is_a_new_try(
    name: str, source: Callable[[str], ModelSource]
) -> None:
    fake = FakeDeployment()
    fake.bad.add("1")
    fake.deploy(name, source("1"))
    settle(fake, name)
    fake.bad.clear()

    fake.deploy(name, source("1"))

    assert settle(fake, name).status == EndpointStatus.IN_SERVICE


def call_without_pause(
    hosting: Hosting, endpoint: str, stop: threading.Event, seen: Counter[str]
) -> None:
    """Call on one connection, as a busy client does; count answers and what else came."""
    connection = http.client.HTTPConnection("127.0.0.1", hosting.port, timeout=30)
    while not stop.is_set():
        try:
            connection.request(
                "POST",
                f"/endpoints/{endpoint}/invocations",
                json.dumps(ROW),
                {"Content-Type": "application/json"},
            )
            response = connection.getresponse()
            body = json.loads(response.read())
            version = response.headers["Overread-Model-Version"]
            right = body == {"predictions": [f"answer-{version}"]}
            seen[version if right else f"{response.status} {body}"] += 1
        except OSError as error:
            seen[repr(error)] += 1
            connection.close()
    connection.close()


def test_a_redeploy_under_constant_calls_refuses_none(
    shared_hosting: Hosting, name: str, source: Callable[[str], ModelSource]
) -> None:
    shared_hosting.deployment.deploy(name, source("1"))
    assert shared_hosting.wait(name, "1").desired_version == "1"
    stop, seen = threading.Event(), Counter[str]()
    callers = [
        threading.Thread(
            target=call_without_pause, args=(shared_hosting, name, stop, seen)
        )
        for _ in range(4)
    ]
    for caller in callers:
        caller.start()

    shared_hosting.deployment.deploy(name, source("2"))
    between = shared_hosting.deployment.describe(name)
    shared_hosting.wait(name, "2")
    # busy machines answer fewer calls a second
    enough = eventually(lambda: seen["2"] > 100)
    stop.set()
    for caller in callers:
        caller.join()
    shared_hosting.deployment.delete(name)

    assert between.status == EndpointStatus.UPDATING
    assert (between.serving_version, between.desired_version) == ("1", "2")
    assert set(seen) == {"1", "2"}
    assert enough
    assert seen["1"] > 100


@pytest.mark.slow
def test_a_call_under_way_is_answered_by_the_version_that_took_it(
    hosting: Hosting, source: Callable[[str], ModelSource]
) -> None:
    hosting.deployment.deploy("slow", source("1"))
    hosting.wait("slow", "1")
    hosting.deployment.deploy("slow", source("2"))
    answers: list[str | None] = []

    def call() -> None:
        row = {"dataframe_split": {"columns": ["sleep"], "data": [[10]]}}
        answers.append(hosting.deployment.invoke("slow", row).model_version)

    caller = threading.Thread(target=call)
    caller.start()
    hosting.wait("slow", "2")
    now = hosting.deployment.invoke("slow", ROW).model_version
    caller.join()

    assert now == "2"
    assert answers == ["1"]


@pytest.mark.slow
def test_a_killed_hosting_leaves_no_orphan_and_takes_up_its_orders(
    hosting: Hosting, source: Callable[[str], ModelSource]
) -> None:
    hosting.deployment.deploy("digits", source("1"))
    hosting.wait("digits", "1")
    servers = hosting.model_servers()

    hosting.kill()
    left = wait_until_gone(servers)
    with pytest.raises(Unreachable, match="is not running"):
        hosting.deployment.describe("digits")
    hosting.start()

    assert servers
    assert left == []
    assert hosting.wait("digits", "1").serving_version == "1"
    assert hosting.deployment.invoke("digits", ROW).model_version == "1"


@pytest.mark.slow
def test_after_a_restart_the_last_good_version_serves_although_a_bad_one_is_asked(
    hosting: Hosting, source: Callable[[str], ModelSource]
) -> None:
    hosting.deployment.deploy("digits", source("1"))
    hosting.wait("digits", "1")
    hosting.deployment.deploy("digits", source("broken"))
    hosting.wait("digits", "broken")

    hosting.kill()
    hosting.start()
    hosting.ready()
    deadline = time.monotonic() + 60
    while hosting.deployment.describe("digits").serving_version is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)

    assert hosting.deployment.invoke("digits", ROW).model_version == "1"


@pytest.mark.slow
def test_a_model_server_that_dies_is_started_again_and_calls_wait_for_it(
    hosting: Hosting, source: Callable[[str], ModelSource]
) -> None:
    hosting.deployment.deploy("digits", source("1"))
    hosting.wait("digits", "1")
    servers = hosting.model_servers()

    for server in servers:
        server.kill()
    answer = hosting.deployment.invoke("digits", ROW)

    assert answer.model_version == "1"
    assert alive(servers) == []
    assert hosting.wait("digits", "1").reason == ""


@pytest.mark.slow
def test_a_stopped_hosting_takes_its_model_servers_along(
    tmp_path: Path, source: Callable[[str], ModelSource]
) -> None:
    hosting = Hosting(tmp_path)
    hosting.deployment.deploy("digits", source("1"))
    hosting.wait("digits", "1")
    servers = hosting.model_servers()

    code = hosting.stop()

    assert code == 0
    assert wait_until_gone(servers, seconds=2) == []


def test_a_second_hosting_of_one_home_ends_by_itself(shared_hosting: Hosting) -> None:
    second = Hosting(shared_hosting.home)

    assert second.process.wait(20) == 3
    assert shared_hosting.process.poll() is None


def test_a_hosting_whose_port_is_taken_says_so(
    shared_hosting: Hosting, tmp_path: Path
) -> None:
    shared_hosting.deployment.describe("nothing-here")
    second = Hosting(tmp_path, shared_hosting.port)

    assert second.process.wait(20) == 4
    assert "the port is taken" in second.log.read_text()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/ping", {}, 200),
        ("GET", "/endpoints/absent/ping", {}, 404),
        ("GET", "/elsewhere", {}, 404),
        ("POST", "/endpoints/absent/invocations", {"Content-Length": "2"}, 404),
        ("POST", "/endpoints/absent/ping", {"Content-Length": "2"}, 404),
        ("POST", "/endpoints/../x/invocations", {"Content-Length": "2"}, 404),
        (
            "POST",
            "/endpoints/absent/invocations",
            {"Transfer-Encoding": "chunked"},
            411,
        ),
        ("POST", "/endpoints/absent/invocations", {"Content-Length": "x"}, 411),
        ("POST", "/endpoints/absent/invocations", {"Content-Length": "-5"}, 411),
    ],
)
def test_a_call_that_cannot_be_passed_on_gets_a_clear_no(
    shared_hosting: Hosting,
    method: str,
    path: str,
    headers: dict[str, str],
    status: int,
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shared_hosting.port, timeout=5)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for key, value in headers.items():
        connection.putheader(key, value)
    connection.endheaders(b"{}" if headers.get("Content-Length") == "2" else None)

    response = connection.getresponse()

    assert response.status == status
    json.loads(response.read())
    connection.close()


def test_a_call_of_nine_megabytes_is_too_large(shared_hosting: Hosting) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shared_hosting.port, timeout=5)

    connection.request("POST", "/endpoints/absent/invocations", b" " * 9_000_000)
    response = connection.getresponse()

    assert response.status == 413
    assert "8388608" in json.loads(response.read())["message"]
    connection.close()


def test_a_name_that_leaves_the_folder_and_a_folder_without_a_model_are_refused(
    tmp_path: Path, source: Callable[[str], ModelSource]
) -> None:
    deployment = LocalDeployment(tmp_path / "serving", "http://127.0.0.1:9")

    with pytest.raises(Rejected, match="no name for an endpoint"):
        deployment.deploy("../digits", source("1"))
    with pytest.raises(Rejected, match="no MLflow model"):
        deployment.deploy("digits", replace(source("1"), directory=tmp_path))

    assert deployment.describe("digits").status == EndpointStatus.ABSENT


def test_without_a_hosting_an_order_waits_and_the_sentence_says_why(
    tmp_path: Path, source: Callable[[str], ModelSource]
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    deployment = LocalDeployment(tmp_path / "serving", url)

    deployment.deploy("digits", source("1"))

    with pytest.raises(Unreachable, match="is not running"):
        deployment.describe("digits")
    with pytest.raises(Unreachable, match="does not answer"):
        deployment.invoke("digits", ROW)
