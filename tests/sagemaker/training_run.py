"""How a training job runs: its states, and its container's process."""

from __future__ import annotations

import re
import subprocess
from typing import Any

from tests.sagemaker.errors import Refusal
from tests.sagemaker.store import NothingThere
from tests.sagemaker.training_folder import checkpoints, lay_out
from tests.sagemaker.training_job import REASON_LENGTH, TrainingJob

# seconds of SageMaker's between two states
STEP = 10.0
NO_MACHINE = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using"
    " a different ML instance type."
)


def run(job: TrainingJob) -> None:
    """Let one job come to its end."""
    if _is_stopped(job):
        return
    if job.standin.image(_image(job)).is_full:
        job.end("Failed", reason=NO_MACHINE)
        return
    job.began = job.standin.clock.now()
    while _try(job) == "Interrupted":
        job.move("Interrupted")
        if _is_stopped(job):
            return
        if _waited_too_long(job):
            job.end("Stopped", "MaxWaitTimeExceeded")
            return
        job.interrupted = False
        job.move("Starting")


def _is_stopped(job: TrainingJob) -> bool:
    """Wait for a machine; end the job if it is told to stop meanwhile."""
    told = job.standin.clock.sleep(STEP, unless=lambda: job.stopping)
    if told:
        job.end("Stopped")
    return told


def _try(job: TrainingJob) -> str:
    """Train once; return "Interrupted" if the machine was taken away meanwhile."""
    clock = job.standin.clock
    try:
        job.move("Downloading")
        clock.sleep(STEP)
        lay_out(job)
    except (NothingThere, Refusal) as error:
        job.end("Failed", reason=f"ClientError: Data download failed: {error}")
        return "Failed"
    if job.stopping:
        job.end("Stopped")
        return "Stopped"
    job.move("Training")
    began = clock.seconds()
    child = _start(job)
    outcome = _wait(job, child, began)
    job.trained += clock.seconds() - began
    try:
        return _wrap_up(job, outcome, child.returncode)
    except NothingThere as error:
        job.end("Failed", reason=f"ClientError: Failed to upload: {error}")
        return "Failed"


def _wait(job: TrainingJob, child: subprocess.Popen[bytes], began: float) -> str:
    """Wait for the container's end, or end it; return why it ended."""
    clock = job.standin.clock
    longest = job.params.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 86400)
    outcome = ""
    while child.poll() is None and not outcome:
        clock.pause()
        if job.stopping:
            outcome = "Stopped"
        elif job.interrupted:
            outcome = "Interrupted"
        elif job.trained + clock.seconds() - began > longest:
            outcome = "MaxRuntimeExceeded"
    if outcome:
        if job.status != "Stopping" and outcome != "Interrupted":
            job.move("Stopping")
        job.standin.nursery.end(child)
    # nothing that it started may outlive it
    job.standin.nursery.kill(child)
    clock.check()
    return outcome or "Exited"


def _wrap_up(job: TrainingJob, outcome: str, code: int) -> str:
    kept = job.params.get("CheckpointConfig")
    if kept:
        job.standin.store.upload(checkpoints(job), kept["S3Uri"])
    if outcome == "Interrupted":
        return outcome
    job.metrics = _metrics(job)
    if outcome == "Exited" and code != 0:
        job.end("Failed", reason=_why(job, code))
        return "Failed"
    job.move("Uploading")
    _upload(job)
    job.standin.clock.sleep(STEP)
    if outcome != "Exited":
        job.end("Stopped", outcome)
    else:
        # it may have been told to stop when it was done
        job.end("Stopped" if job.stopping else "Completed")
    return outcome


def _upload(job: TrainingJob) -> None:
    store, data = job.standin.store, job.folder / "output" / "data"
    if job.is_packed:
        store.upload_archive(job.folder / "model", job.model)
    else:
        store.upload(job.folder / "model", job.model)
    if any(data.iterdir()):
        store.upload_archive(data, f"{job.output}/output.tar.gz")


def _why(job: TrainingJob, code: int) -> str:
    """Return the reason; what the container wrote to /opt/ml/output/failure comes first."""
    failure = job.folder / "output" / "failure"
    said = failure.read_text(errors="replace").strip() if failure.is_file() else ""
    # a process killed by a signal is a container that exited with 128 + its number
    exit_code = code if code >= 0 else 128 - code
    end = f", exit code: {exit_code}"
    text = f"AlgorithmError: {said}" if said else "AlgorithmError:"
    return text[: REASON_LENGTH - len(end)] + end


def _metrics(job: TrainingJob) -> list[dict[str, Any]]:
    log, found = job.log.read_text(errors="replace"), []
    for each in job.params["AlgorithmSpecification"].get("MetricDefinitions", []):
        values = re.findall(each["Regex"], log)
        if values:
            now, value = job.standin.clock.now(), float(values[-1])
            found.append({"MetricName": each["Name"], "Value": value, "Timestamp": now})
    return found


def _image(job: TrainingJob) -> str:
    return str(job.params["AlgorithmSpecification"].get("TrainingImage", ""))


def _waited_too_long(job: TrainingJob) -> bool:
    wait = job.params["StoppingCondition"]["MaxWaitTimeInSeconds"]
    return bool(job.standin.clock.seconds() - job.created.timestamp() > wait)


def _start(job: TrainingJob) -> subprocess.Popen[bytes]:
    algorithm = job.params["AlgorithmSpecification"]
    given = algorithm.get("ContainerEntrypoint")
    command = given or job.standin.image(_image(job)).train
    arguments = algorithm.get("ContainerArguments") or ([] if given else ["train"])
    return job.standin.nursery.start(
        [*command, *arguments],
        root=job.folder,
        log=job.log,
        variables={
            **job.standin.variables(),
            "TRAINING_JOB_NAME": job.name,
            "TRAINING_JOB_ARN": job.arn,
            **job.params.get("Environment", {}),
        },
    )
