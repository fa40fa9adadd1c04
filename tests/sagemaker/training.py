"""Training jobs: what is asked about them. How one runs is in `training_run.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.sagemaker.errors import Refusal, invalid
from tests.sagemaker.names import arn as arn_of
from tests.sagemaker.paging import is_wanted, page
from tests.sagemaker.training_job import TrainingJob
from tests.sagemaker.training_run import run

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

ENDED = {"Completed", "Failed", "Stopped"}


class Trainings:
    def __init__(self, standin: Standin) -> None:
        self._standin = standin
        self.jobs: dict[str, TrainingJob] = {}

    def create_training_job(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["TrainingJobName"]
        arn = arn_of("training-job", name)
        if name in self.jobs:
            raise Refusal(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region,"
                f" and a training job with this name already exists ({arn})",
            )
        _check(params)
        self._check_limit(params["ResourceConfig"])
        self._standin.tag(arn, params.get("Tags", []))
        job = self.jobs[name] = TrainingJob(self._standin, params, arn)
        self._standin.go(run, job)
        return {"TrainingJobArn": arn}

    def describe_training_job(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._job(params).description()

    def list_training_jobs(self, params: dict[str, Any]) -> dict[str, Any]:
        rows = [job.summary() for job in self.jobs.values()]
        name, status = "TrainingJobName", "TrainingJobStatus"
        found = [row for row in rows if is_wanted(row, params, name, status)]
        return page(found, params, "TrainingJobSummaries", name)

    def stop_training_job(self, params: dict[str, Any]) -> None:
        job = self._job(params)
        if job.status in ENDED:
            raise invalid(
                "The request was rejected because the training job is in status"
                f" {job.status}."
            )
        job.stop()

    def interrupt(self, name: str) -> None:
        """Take a spot machine away, as SageMaker may at any time (for tests)."""
        job = self.jobs[name]
        assert job.is_spot, "Only jobs on spot machines are interrupted."
        job.interrupted = True

    def log(self, name: str) -> str:
        """Return what the container said (for tests)."""
        return self.jobs[name].log.read_text(errors="replace")

    def _job(self, params: Mapping[str, Any]) -> TrainingJob:
        job = self.jobs.get(params["TrainingJobName"])
        if job is None:
            raise invalid("Requested resource not found.")
        return job

    def _check_limit(self, machines: Mapping[str, Any]) -> None:
        kind, more = machines.get("InstanceType"), machines.get("InstanceCount", 1)
        used = sum(
            job.params["ResourceConfig"].get("InstanceCount", 1)
            for job in self.jobs.values()
            if job.status not in ENDED
            and job.params["ResourceConfig"].get("InstanceType") == kind
        )
        self._standin.check_limit(f"{kind} for training job usage", more, used)


def _check(params: Mapping[str, Any]) -> None:
    stopping = params.get("StoppingCondition", {})
    longest, wait = (
        stopping.get("MaxRuntimeInSeconds", 86400),
        stopping.get("MaxWaitTimeInSeconds"),
    )
    if params.get("EnableManagedSpotTraining"):
        if wait is None or wait < longest:
            raise invalid(
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or"
                " equal to MaxRuntimeInSeconds"
            )
    elif wait is not None:
        raise invalid(
            "MaxWaitTimeInSeconds above 0 is only supported with EnableManagedSpotTraining"
        )
    algorithm = params.get("AlgorithmSpecification", {})
    if ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        raise invalid("Exactly one of TrainingImage and AlgorithmName must be given.")
    if "ResourceConfig" not in params or "OutputDataConfig" not in params:
        raise invalid("ResourceConfig and OutputDataConfig must be given.")
    for channel in params.get("InputDataConfig", []):
        _check_channel(channel, algorithm["TrainingInputMode"])


def _check_channel(channel: Mapping[str, Any], mode: str) -> None:
    mode = channel.get("InputMode", mode)
    source = channel["DataSource"].get("S3DataSource", {})
    if source.get("S3DataType") == "AugmentedManifestFile" and mode != "Pipe":
        raise invalid(
            "AugmentedManifestFile is only supported with the input mode Pipe, and channel"
            f" {channel['ChannelName']} has {mode}."
        )
