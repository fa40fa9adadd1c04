"""One training job as SageMaker tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

REASON_LENGTH = 1024
MESSAGES = {
    "Starting": "Starting the training job",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopping": "Stopping the training job",
    "Interrupted": "Training job interrupted: the spot machine was taken away",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
}
SHOWN = (
    *("TrainingJobName", "HyperParameters", "AlgorithmSpecification", "RoleArn"),
    *("InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition"),
    *("VpcConfig", "EnableNetworkIsolation", "EnableManagedSpotTraining"),
    *("EnableInterContainerTrafficEncryption", "CheckpointConfig", "Environment"),
    *("RetryStrategy",),
)


class TrainingJob:
    def __init__(self, standin: Standin, params: Mapping[str, Any], arn: str) -> None:
        self.standin, self.params, self.arn = standin, params, arn
        self.name: str = params["TrainingJobName"]
        self.folder = standin.folder("training")
        self.log = self.folder.with_name(f"{self.folder.name}.log")
        self.created = self.modified = standin.clock.now()
        self.began: datetime | None = None
        self.ended: datetime | None = None
        self.status, self.reason = "InProgress", ""
        self.steps: list[dict[str, Any]] = []
        self.stopping = self.interrupted = False
        self.trained = 0.0  # seconds of SageMaker's, all tries together
        self.metrics: list[dict[str, Any]] = []
        self.move("Starting")

    @property
    def is_spot(self) -> bool:
        return bool(self.params.get("EnableManagedSpotTraining"))

    @property
    def secondary(self) -> str:
        return str(self.steps[-1]["Status"])

    @property
    def output(self) -> str:
        base = self.params["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        return f"{base}/{self.name}/output"

    @property
    def is_packed(self) -> bool:
        return bool(self.params["OutputDataConfig"].get("CompressionType") != "NONE")

    @property
    def model(self) -> str:
        end = "/model.tar.gz" if self.is_packed else "/model/"
        return f"{self.output}{end}"

    def move(self, secondary: str, message: str = "") -> None:
        now = self.modified = self.standin.clock.now()
        with self.standin.lock:
            if self.steps:
                self.steps[-1]["EndTime"] = now
            message = message or MESSAGES.get(secondary, secondary)
            self.steps.append(
                {"Status": secondary, "StartTime": now, "StatusMessage": message}
            )

    def end(self, status: str, secondary: str = "", reason: str = "") -> None:
        with self.standin.lock:
            self.move(secondary or status, reason)
            self.steps[-1]["EndTime"] = self.ended = self.modified
            self.reason = reason[:REASON_LENGTH]
            self.status = status

    def stop(self) -> None:
        self.stopping = True
        self.status = "Stopping"
        self.move("Stopping")

    def description(self) -> dict[str, Any]:
        shown = {name: self.params[name] for name in SHOWN if name in self.params}
        flags = ("EnableNetworkIsolation", "EnableManagedSpotTraining")
        found = {
            **dict.fromkeys((*flags, "EnableInterContainerTrafficEncryption"), False),
            **shown,
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
            "SecondaryStatusTransitions": [dict(step) for step in self.steps],
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            # known from the beginning: that it is named does not say that it is there
            "ModelArtifacts": {"S3ModelArtifacts": self.model},
        }
        times = {"TrainingStartTime": self.began, "TrainingEndTime": self.ended}
        found.update({name: at for name, at in times.items() if at})
        if self.reason:
            found["FailureReason"] = self.reason
        if self.metrics:
            found["FinalMetricDataList"] = self.metrics
        if self.ended:
            found["TrainingTimeInSeconds"] = max(1, round(self.trained))
            share = 0.3 if self.is_spot else 1.0
            found["BillableTimeInSeconds"] = max(1, round(self.trained * share))
        return found

    def summary(self) -> dict[str, Any]:
        found = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
        }
        return {**found, **({"TrainingEndTime": self.ended} if self.ended else {})}
