"""What the bridge relies on when it trains: the contract, the ends, and the deaths."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from registry_bridge.gateways.fakes import FakeCompute, TrainingFailed, leave_a_model
from registry_bridge.gateways.local_compute import LocalCompute
from registry_bridge.gateways.ports import (
    Compute,
    Rejected,
    TrainingSpec,
    TrainingState,
    TrainingStatus,
)
from registry_bridge.gateways.sagemaker_compute import SageMakerCompute
from tests.contracts.machines import TRAINING, make_machines
from tests.sagemaker.standin import Standin

CHECKOUT = Path(__file__).resolve().parent.parent.parent
GOOD = """
import json, os, sys
here = {name: value for name, value in os.environ.items()}
out = os.environ["SM_OUTPUT_DATA_DIR"]
json.dump({"args": sys.argv[1:], "env": here}, open(out + "/seen.json", "w"))
train = os.environ["SM_CHANNEL_TRAIN"]
print("read", open(train + "/gold.jsonl").read().strip())
open(os.environ["SM_MODEL_DIR"] + "/MLmodel", "w").write("flavors: {}")
"""
BAD = """
import os, sys
open(os.environ["SM_OUTPUT_FAILURE"], "w").write("the column label is missing")
sys.exit(3)
"""
LONG = "import time\nprint('working', flush=True)\ntime.sleep(60)"


def fake_training(spec: TrainingSpec, model_dir: Path, output_dir: Path) -> None:
    if spec.script.name == "bad.py":
        raise TrainingFailed("the column label is missing, exit code: 3")
    leave_a_model(spec, model_dir, output_dir)


@pytest.fixture(params=["fake", "local", "sagemaker"])
def compute(request: pytest.FixtureRequest, tmp_path: Path) -> Compute:
    if request.param == "fake":
        return FakeCompute(tmp_path / "jobs", fake_training)
    if request.param == "sagemaker":
        standin: Standin = request.getfixturevalue("sagemaker")
        connection = make_machines(standin)
        return SageMakerCompute(connection, TRAINING, tmp_path / "jobs")
    return LocalCompute(tmp_path / "jobs")


@pytest.fixture
def local(tmp_path: Path) -> LocalCompute:
    return LocalCompute(tmp_path / "jobs")


@pytest.fixture
def spec(tmp_path: Path) -> Callable[..., TrainingSpec]:
    gold = tmp_path / "gold"
    gold.mkdir()
    (gold / "gold.jsonl").write_text('{"label": "seven"}')

    def make(
        code: str, name: str = "digits-1", script: str = "train.py"
    ) -> TrainingSpec:
        path = tmp_path / script
        path.write_text(code)
        return TrainingSpec(
            name=name,
            script=path,
            channels={"train": gold},
            hyperparameters={"learning-rate": "0.1", "depth": "-3"},
        )

    return make


def wait(
    compute: Compute,
    name: str = "digits-1",
    *,
    until: str = "over",
    seconds: float = 30,
) -> TrainingState:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = compute.describe(name)
        if state.status.over if until == "over" else until in state.log_tail:
            return state
        time.sleep(0.05)
    raise AssertionError(f"still {state}")


def test_a_training_nobody_started_is_unknown(compute: Compute) -> None:
    assert compute.describe("never").status == TrainingStatus.UNKNOWN


def test_a_good_training_leaves_its_model(
    compute: Compute, spec: Callable[..., TrainingSpec]
) -> None:
    compute.start(spec(GOOD))

    state = wait(compute)

    assert state.status == TrainingStatus.COMPLETED
    assert state.model_dir is not None
    assert (state.model_dir / "MLmodel").is_file()
    assert state.seconds is not None
    assert state.seconds > 0


def test_a_failed_training_says_why_and_offers_no_model(
    compute: Compute, spec: Callable[..., TrainingSpec]
) -> None:
    compute.start(spec(BAD, script="bad.py"))

    state = wait(compute)

    assert state.status == TrainingStatus.FAILED
    assert state.reason == "the column label is missing, exit code: 3"
    assert state.model_dir is None


def test_starting_a_name_again_starts_nothing(
    compute: Compute, spec: Callable[..., TrainingSpec]
) -> None:
    compute.start(spec(GOOD))
    first = wait(compute)

    compute.start(replace(spec(BAD, script="bad.py"), name="digits-1"))

    assert compute.describe("digits-1") == first


def test_a_training_stops_when_asked(
    compute: Compute, spec: Callable[..., TrainingSpec]
) -> None:
    compute.start(spec(LONG))

    compute.stop("digits-1")
    compute.stop("digits-1")

    state = wait(compute)
    assert state.status == TrainingStatus.STOPPED
    assert state.model_dir is None


def test_stopping_what_is_over_or_unknown_changes_nothing(
    compute: Compute, spec: Callable[..., TrainingSpec]
) -> None:
    compute.start(spec(GOOD))
    wait(compute)

    compute.stop("digits-1")
    compute.stop("never")

    assert compute.describe("digits-1").status == TrainingStatus.COMPLETED


def test_a_script_finds_what_sagemaker_would_give_it(
    local: LocalCompute,
    spec: Callable[..., TrainingSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("OVERREAD_SECRET_KEY", "secret")
    local.start(replace(spec(GOOD), environment={"SEED": "7"}))

    state = wait(local)

    assert state.output_dir is not None
    seen = json.loads((state.output_dir / "seen.json").read_text())
    env = seen["env"]
    assert seen["args"] == ["--learning-rate", "0.1", "--depth", "-3"]
    assert json.loads(env["SM_HPS"]) == {"learning-rate": "0.1", "depth": "-3"}
    assert env["SM_HP_LEARNING_RATE"] == "0.1"
    assert env["SM_MODEL_DIR"] == str(state.model_dir)
    assert env["TRAINING_JOB_NAME"] == "digits-1"
    assert json.loads(env["SM_CHANNELS"]) == ["train"]
    assert (env["SM_CURRENT_HOST"], env["SM_HOSTS"]) == ("algo-1", '["algo-1"]')
    assert int(env["SM_NUM_CPUS"]) >= 1
    assert env["SEED"] == "7"
    assert "secret" not in json.dumps(env)
    assert 'read {"label": "seven"}' in state.log_tail


def test_a_single_file_is_a_channel_that_holds_it(
    local: LocalCompute, spec: Callable[..., TrainingSpec], tmp_path: Path
) -> None:
    file = tmp_path / "gold" / "gold.jsonl"

    local.start(replace(spec(GOOD), channels={"train": file}))

    assert wait(local).status == TrainingStatus.COMPLETED


def test_a_script_that_falls_over_gives_its_last_words(
    local: LocalCompute, spec: Callable[..., TrainingSpec]
) -> None:
    local.start(spec("raise ValueError('no rows of class seven')"))

    state = wait(local)

    assert state.reason == "ValueError: no rows of class seven, exit code: 1"
    assert "Traceback" in state.log_tail


def test_a_training_that_takes_too_long_is_ended(
    local: LocalCompute, spec: Callable[..., TrainingSpec]
) -> None:
    local.start(replace(spec(LONG), max_seconds=1))

    state = wait(local)

    assert state.status == TrainingStatus.FAILED
    assert "longer than 1 seconds" in state.reason


def test_a_missing_script_or_channel_is_refused_at_once(
    local: LocalCompute, spec: Callable[..., TrainingSpec], tmp_path: Path
) -> None:
    good = spec(GOOD)

    with pytest.raises(Rejected, match="no training script"):
        local.start(replace(good, script=tmp_path / "absent.py"))
    with pytest.raises(Rejected, match="channel train"):
        local.start(replace(good, channels={"train": tmp_path / "absent"}))
    with pytest.raises(Rejected, match="no name for a training"):
        local.start(replace(good, name="../elsewhere"))

    assert local.describe("digits-1").status == TrainingStatus.UNKNOWN


def runner_of(local: LocalCompute, name: str = "digits-1") -> psutil.Process:
    folder = str(local.directory / name)
    for process in psutil.process_iter(["cmdline"]):
        if folder in (process.info["cmdline"] or []):
            return process
    raise AssertionError("no runner")


def test_a_killed_runner_is_found_and_its_training_is_gone_too(
    local: LocalCompute, spec: Callable[..., TrainingSpec]
) -> None:
    local.start(spec(LONG))
    wait(local, until="working")
    runner = runner_of(local)
    (training,) = runner.children()

    runner.kill()
    psutil.wait_procs([runner, training], timeout=5)

    state = local.describe("digits-1")
    assert state.status == TrainingStatus.FAILED
    assert "was killed" in state.reason
    assert not training.is_running() or training.status() == psutil.STATUS_ZOMBIE
    assert local.describe("digits-1") == state


def test_a_training_outlives_the_worker_that_started_it(
    local: LocalCompute, spec: Callable[..., TrainingSpec]
) -> None:
    code = "import time, os\nprint('working', flush=True)\ntime.sleep(1.5)\n" + GOOD
    job = spec(code)
    worker = in_another_process(local, job)
    wait(local, until="working")

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    assert wait(local).status == TrainingStatus.COMPLETED


def test_a_training_ends_when_its_service_is_gone(
    local: LocalCompute, spec: Callable[..., TrainingSpec]
) -> None:
    supervisor = subprocess.Popen(["sleep", "60"])
    env = {"OVERREAD_SUPERVISOR_PID": str(supervisor.pid)}
    worker = in_another_process(local, spec(LONG), env)
    wait(local, until="working")

    supervisor.kill()
    supervisor.wait()
    state = wait(local)
    worker.kill()
    worker.wait()

    assert state.status == TrainingStatus.STOPPED
    assert "shut down" in state.reason


def in_another_process(
    local: LocalCompute, spec: TrainingSpec, env: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    code = (
        "import time; from pathlib import Path\n"
        "from registry_bridge.gateways.local_compute import LocalCompute\n"
        "from registry_bridge.gateways.ports import TrainingSpec\n"
        f"spec = TrainingSpec({spec.name!r}, Path({str(spec.script)!r}),"
        f" {{'train': Path({str(spec.channels['train'])!r})}})\n"
        f"LocalCompute(Path({str(local.directory)!r})).start(spec)\n"
        "time.sleep(60)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=CHECKOUT, env={**os.environ, **(env or {})}
    )


def test_a_runner_needs_neither_django_nor_mlflow() -> None:
    code = (
        "import sys, registry_bridge.gateways.local_runner\n"
        "heavy = {'django', 'mlflow', 'numpy', 'structlog'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False)

    assert done.returncode == 0
