"""Trainings on SageMaker: what goes there, what comes back, and what a kill leaves."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry_bridge.gateways import script_mode
from registry_bridge.gateways.connection import ConnectionSettings
from registry_bridge.gateways.ports import (
    Compute,
    QuotaReached,
    Rejected,
    TrainingSpec,
    TrainingState,
    TrainingStatus,
)
from registry_bridge.gateways.sagemaker_compute import SageMakerCompute
from tests.contracts.machines import BUCKET, IMAGE, TRAINING, keys_of, make_machines
from tests.sagemaker.faults import drop
from tests.sagemaker.names import ROLE
from tests.sagemaker.standin import Standin

NAME = "digits-1"
GOOD = """
import json, os, sys, helper
here = dict(os.environ)
train = os.environ["SM_CHANNEL_TRAIN"]
seen = {"args": sys.argv[1:], "env": here, "rows": open(train + "/data.jsonl").read()}
json.dump(seen, open(os.environ["SM_OUTPUT_DATA_DIR"] + "/seen.json", "w"))
open(os.environ["SM_MODEL_DIR"] + "/MLmodel", "w").write(helper.MODEL)
"""
LONG = "import time\ntime.sleep(600)"


@pytest.fixture
def machines(sagemaker: Standin) -> ConnectionSettings:
    return make_machines(sagemaker)


@pytest.fixture
def make(machines: ConnectionSettings, tmp_path: Path) -> Callable[..., Compute]:
    def make(**machine: Any) -> SageMakerCompute:
        given = {**TRAINING, **machine}
        return SageMakerCompute(machines, given, tmp_path / "jobs")

    return make


@pytest.fixture
def spec(tmp_path: Path) -> Callable[..., TrainingSpec]:
    train, code = tmp_path / "train", tmp_path / "code"
    train.mkdir()
    code.mkdir()
    (train / "data.jsonl").write_text('{"label": "seven"}\n')
    (code / "helper.py").write_text('MODEL = "flavors: {}"\n')

    def make(script: str = GOOD, **others: Any) -> TrainingSpec:
        (code / "train.py").write_text(script)
        given: dict[str, Any] = {"name": NAME, "script": code / "train.py", **others}
        return TrainingSpec(channels={"train": train}, **given)

    return make


def wait(compute: Compute, seconds: float = 60) -> TrainingState:
    deadline = time.monotonic() + seconds
    while not (state := compute.describe(NAME)).status.over:
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return state


def request_of(sagemaker: Standin) -> dict[str, Any]:
    (call,) = sagemaker.calls_of("CreateTrainingJob")
    return dict(call.params)


def test_a_script_finds_there_what_it_finds_here(
    make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make()
    hyperparameters = {"learning-rate": "0.1", "depth": "-3"}

    compute.start(
        spec(
            hyperparameters=hyperparameters, environment={"SEED": "7"}, max_seconds=900
        )
    )
    state = wait(compute)

    assert state.status == TrainingStatus.COMPLETED, state
    assert state.output_dir is not None
    seen = json.loads((state.output_dir / "seen.json").read_text())
    env = seen["env"]
    assert seen["args"] == ["--learning-rate", "0.1", "--depth", "-3"]
    assert seen["rows"] == '{"label": "seven"}\n'
    assert json.loads(env["SM_HPS"]) == hyperparameters
    assert (env["SM_HP_LEARNING_RATE"], env["SEED"]) == ("0.1", "7")
    assert json.loads(env["SM_CHANNELS"]) == ["train"]
    assert env["TRAINING_JOB_NAME"] == NAME
    assert "Training" in state.log_tail
    assert f"streams {NAME}/" in state.log_tail


def test_the_request_says_whose_it_is_and_on_what_it_runs(
    sagemaker: Standin, make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make(instance_type="ml.g5.xlarge", instance_count=2, volume_gb=80)

    compute.start(spec(tags={"overread.project": "digits"}, max_seconds=900))

    request = request_of(sagemaker)
    assert request["RoleArn"] == ROLE
    assert request["AlgorithmSpecification"]["TrainingImage"] == IMAGE
    assert request["ResourceConfig"] == {
        "InstanceType": "ml.g5.xlarge",
        "InstanceCount": 2,
        "VolumeSizeInGB": 80,
    }
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 900}
    assert {"Key": "overread.project", "Value": "digits"} in request["Tags"]
    assert {"Key": "overread.key", "Value": NAME} in request["Tags"]
    assert "CheckpointConfig" not in request


def test_a_training_on_spot_machines_goes_on_where_it_was(
    sagemaker: Standin, make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make(spot=True)
    script = """
import os, pathlib, time
kept = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "checkpoints/epoch"
if not kept.exists():
    kept.write_text("1")
    print("at work", flush=True)
    time.sleep(600)
open(os.environ["SM_MODEL_DIR"] + "/MLmodel", "w").write("flavors: {}")
"""
    compute.start(spec(script, max_seconds=3000))
    sagemaker.wait(lambda: "at work" in log_of(sagemaker))

    sagemaker.interrupt(NAME)
    state = wait(compute)

    request = request_of(sagemaker)
    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"]["MaxWaitTimeInSeconds"] == 6000
    assert state.status == TrainingStatus.COMPLETED
    assert "Interrupted" in state.log_tail


def log_of(sagemaker: Standin) -> str:
    try:
        return sagemaker.log(NAME)
    except FileNotFoundError:
        return ""


def test_a_training_that_takes_too_long_has_failed_although_it_left_a_model(
    make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make()

    compute.start(spec(LONG, max_seconds=1))
    state = wait(compute)

    assert state.status == TrainingStatus.FAILED
    assert state.reason == "It took longer than 1 seconds."
    assert state.model_dir is None


def test_a_script_that_falls_over_gives_its_last_words(
    make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make()

    compute.start(spec("raise ValueError('no rows of class seven')"))

    assert wait(compute).reason == "ValueError: no rows of class seven, exit code: 1"


def test_inputs_are_deleted_over_there_once_it_has_ended(
    sagemaker: Standin, make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make()
    compute.start(spec())
    before = keys_of(sagemaker, f"birds/jobs/{NAME}/channels/")

    wait(compute)

    assert before == [f"birds/jobs/{NAME}/channels/train/data.jsonl"]
    assert keys_of(sagemaker, f"birds/jobs/{NAME}/channels/") == []


def test_the_same_code_lies_there_once(
    sagemaker: Standin, make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make()

    compute.start(spec())
    compute.start(spec(name="digits-2"))

    code = keys_of(sagemaker, "birds/code/")
    assert [key.rpartition("/")[2] for key in code] == [
        "script_mode.py",
        "sourcedir.tar.gz",
    ]


def test_a_start_whose_answer_was_lost_is_found_and_not_started_again(
    sagemaker: Standin, make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make()
    sagemaker.faults.after("CreateTrainingJob", 1, drop)

    compute.start(spec())

    assert len(sagemaker.calls_of("CreateTrainingJob")) == 2
    assert wait(compute).status == TrainingStatus.COMPLETED


def test_a_job_of_that_name_which_somebody_else_started_is_not_taken_for_ours(
    sagemaker: Standin, make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make()
    compute.start(spec())
    client = sagemaker.client("sagemaker")
    arn = client.describe_training_job(TrainingJobName=NAME)["TrainingJobArn"]
    client.delete_tags(ResourceArn=arn, TagKeys=["overread.key"])

    with pytest.raises(Rejected, match="did not start"):
        compute.start(spec())
    with pytest.raises(Rejected, match="did not start"):
        compute.describe(NAME)


def test_a_worker_killed_while_it_fetched_the_model_fetches_it_again(
    make: Callable[..., Compute], spec: Callable[..., TrainingSpec], tmp_path: Path
) -> None:
    compute = make()
    compute.start(spec())
    first = wait(compute)
    # as it was left: the model is there, the last word is not
    (tmp_path / "jobs" / NAME / "ended.json").unlink()

    again = compute.describe(NAME)

    assert again == first
    assert {path.name for path in (tmp_path / "jobs" / NAME).iterdir()} == {
        "ended.json",
        "model",
        "output",
    }


def test_what_has_ended_is_known_without_asking_again(
    sagemaker: Standin, make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make()
    compute.start(spec())
    wait(compute)
    asked = len(sagemaker.calls)

    compute.describe(NAME)

    assert len(sagemaker.calls) == asked


@pytest.mark.parametrize(
    ("member", "says"),
    [
        (tarfile.TarInfo("../../outside"), "cannot be unpacked"),
        ("link", "no file and no folder"),
        (None, "cannot be unpacked"),
    ],
)
def test_a_model_that_would_write_elsewhere_is_refused_and_nothing_is_kept(
    sagemaker: Standin,
    make: Callable[..., Compute],
    spec: Callable[..., TrainingSpec],
    tmp_path: Path,
    member: tarfile.TarInfo | str | None,
    says: str,
) -> None:
    compute = make()
    compute.start(spec())
    client = sagemaker.client("sagemaker")
    sagemaker.wait(
        lambda: (
            client.describe_training_job(TrainingJobName=NAME)["TrainingJobStatus"]
            == "Completed"
        )
    )
    key = f"birds/jobs/{NAME}/output/model.tar.gz"
    sagemaker.client("s3").put_object(Bucket=BUCKET, Key=key, Body=bad_archive(member))

    with pytest.raises(Rejected, match=says):
        compute.describe(NAME)

    assert [*(tmp_path / "jobs" / NAME).iterdir()] == []


def bad_archive(member: tarfile.TarInfo | str | None) -> bytes:
    if member is None:
        return b"this is no archive"
    if isinstance(member, str):
        member = tarfile.TarInfo(member)
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as archive:
        archive.addfile(member)
    return memory.getvalue()


def test_a_quota_that_is_used_up_is_named_and_asked_again_minutes_later(
    sagemaker: Standin, make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    sagemaker.state.limits["ml.m5.large for training job usage"] = 0

    with pytest.raises(QuotaReached, match=r"ml\.m5\.large for training") as found:
        make().start(spec())

    assert found.value.seconds >= 60


def test_what_the_file_or_the_connection_lacks_is_told_before_anything_is_sent(
    sagemaker: Standin,
    machines: ConnectionSettings,
    make: Callable[..., Compute],
    spec: Callable[..., TrainingSpec],
    tmp_path: Path,
) -> None:
    no_image = make(image="")
    options = {**machines.options, "execution_role": ""}
    no_role = SageMakerCompute(
        replace(machines, options=options), TRAINING, tmp_path / "jobs"
    )

    with pytest.raises(Rejected, match=r"model\.training\.image"):
        no_image.start(spec())
    with pytest.raises(Rejected, match="execution_role"):
        no_role.start(spec())

    assert sagemaker.calls_of("CreateTrainingJob") == []


def test_several_machines_are_started_by_torchrun_or_by_a_command() -> None:
    script = Path("/code/train.py")
    machines = {"hosts": ["algo-1", "algo-2"], "current_host": "algo-2"}

    torchrun = script_mode.launched("torchrun", "4", script, machines)
    command = script_mode.launched("mpirun -np 2", "", script, machines)

    over = "--nnodes 2 --node_rank 1 --nproc_per_node 4 --master_addr algo-1"
    assert " ".join(torchrun) == f"torchrun {over} --master_port 7777 {script}"
    assert command[:3] == ["mpirun", "-np", "2"]
    assert command[-1] == str(script)


def test_a_launcher_starts_the_script_in_the_job(
    make: Callable[..., Compute], spec: Callable[..., TrainingSpec]
) -> None:
    compute = make(launcher="env LAUNCHED=yes")

    compute.start(spec())
    state = wait(compute)

    assert state.output_dir is not None
    seen = json.loads((state.output_dir / "seen.json").read_text())
    assert seen["env"]["LAUNCHED"] == "yes"
