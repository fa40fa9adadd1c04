"""Trains on Amazon SageMaker: data and script go to S3, what was made comes back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import structlog

from registry_bridge.gateways import archives, aws, script_mode
from registry_bridge.gateways.connection import ConnectionSettings
from registry_bridge.gateways.ports import (
    KEY_TAG,
    Missing,
    Rejected,
    TrainingSpec,
    TrainingState,
    TrainingStatus,
)
from registry_bridge.gateways.processes import read_json, write_json
from registry_bridge.gateways.sagemaker_requests import training_request
from registry_bridge.gateways.training_specs import checked_name, refuse_unfit

log = structlog.get_logger()

STATUSES: Final = {
    "InProgress": TrainingStatus.RUNNING,
    "Stopping": TrainingStatus.RUNNING,
    "Deleting": TrainingStatus.RUNNING,
    "Completed": TrainingStatus.COMPLETED,
    "Failed": TrainingStatus.FAILED,
    "Stopped": TrainingStatus.STOPPED,
}
# Of a stopped job: it was ours to end in time, and starting it again ends the same way.
TOO_LONG: Final = "MaxRuntimeExceeded"
LARGEST_CODE: Final = 20 * 1024 * 1024
LOGS: Final = "Its log is in CloudWatch: /aws/sagemaker/TrainingJobs, streams"


class SageMakerCompute:
    """`machine`: the model's training settings, as the project's file gives them.

    `directory`: where results are kept on this machine, a folder for each training.
    """

    poll_seconds = 15.0

    def __init__(
        self,
        connection: ConnectionSettings,
        machine: Mapping[str, Any],
        directory: Path,
    ) -> None:
        self.connection, self.machine = connection, machine
        self.directory = Path(directory)

    def start(self, spec: TrainingSpec) -> None:
        called = _called(checked_name(spec.name))
        refuse_unfit(spec)
        if self._found(spec.name) is not None:
            return
        code, channels = self._put_code(spec), self._put_channels(spec)
        request = training_request(
            spec, self.connection, self.machine, code=code, channels=channels
        )
        with aws.plain_errors(called):
            try:
                self._sagemaker.create_training_job(**request)
            except self._sagemaker.exceptions.ResourceInUse:
                # another worker was first, or our own call that broke off
                self._found(spec.name)
        log.info("training started", training=spec.name, on="sagemaker")

    def describe(self, name: str) -> TrainingState:
        kept = read_json(self._folder(name) / "ended.json")
        if kept is not None:
            return self._view(name, kept)
        told = self._found(name)
        if told is None:
            return TrainingState(TrainingStatus.UNKNOWN)
        status = STATUSES.get(told["TrainingJobStatus"], TrainingStatus.RUNNING)
        if not status.over:
            return TrainingState(status, log_tail=_history(told))
        return self._view(name, self._ended(name, told, status))

    def stop(self, name: str) -> None:
        told = self._found(checked_name(name))
        if told is None or told["TrainingJobStatus"] != "InProgress":
            return
        with aws.plain_errors(_called(name)):
            self._sagemaker.stop_training_job(TrainingJobName=name)

    def _found(self, name: str) -> dict[str, Any] | None:
        """What SageMaker says of a training of ours; None: it knows none."""
        from botocore.exceptions import ClientError

        with aws.plain_errors(_called(checked_name(name))):
            try:
                told = self._sagemaker.describe_training_job(TrainingJobName=name)
            except ClientError as error:
                if aws.is_absent(error):
                    return None
                raise
            tags = self._sagemaker.list_tags(ResourceArn=told["TrainingJobArn"])["Tags"]
        if {"Key": KEY_TAG, "Value": name} not in tags:
            raise Rejected(
                f"There is a training job {name} on SageMaker that Overread did not"
                " start. Start the training again: it gets another name."
            )
        return dict(told)

    def _put_code(self, spec: TrainingSpec) -> str:
        """Bring the script to S3 under its own digest; the folder it lies in there."""
        with tempfile.TemporaryDirectory(prefix="overread-code-") as folder:
            packed = Path(folder) / script_mode.ARCHIVE
            parent = spec.script.parent
            digest = archives.pack(parent, _code(spec.script), packed)
            if packed.stat().st_size > LARGEST_CODE:
                raise Rejected(
                    f"The script's folder {parent} packs to more than"
                    f" {LARGEST_CODE // 1024**2} MB. Keep code alone in it."
                )
            at = f"code/{digest}"
            self._put(f"{at}/{packed.name}", packed)
        driver = Path(script_mode.__file__)
        self._put(f"{at}/{driver.name}", driver)
        return self._address(at)

    def _put_channels(self, spec: TrainingSpec) -> dict[str, str]:
        """Bring the data to S3: a folder for each channel, kept until the training ends."""
        for channel, place in spec.channels.items():
            top = place if place.is_dir() else place.parent
            files = archives.files_below(top) if place.is_dir() else [place]
            for file in files:
                key = f"{_jobs(spec.name)}/{channel}/{file.relative_to(top).as_posix()}"
                self._put(key, file)
        return {
            channel: self._address(f"{_jobs(spec.name)}/{channel}")
            for channel in spec.channels
        }

    def _put(self, key: str, file: Path) -> None:
        if self._store.exists(key):
            return
        with file.open("rb") as data:
            self._store.put(key, data)

    def _ended(
        self, name: str, told: Mapping[str, Any], status: TrainingStatus
    ) -> dict[str, Any]:
        """Bring home what it made, once; then its data is deleted over there."""
        folder = self._folder(name)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if status == TrainingStatus.COMPLETED:
            self._fetch(told["ModelArtifacts"]["S3ModelArtifacts"], folder / "model")
        self._fetch(f"{_output(told)}/output.tar.gz", folder / "output")
        self._store.delete_below(_jobs(name))
        late = status == TrainingStatus.STOPPED and told["SecondaryStatus"] == TOO_LONG
        ended = {
            "status": TrainingStatus.FAILED if late else status,
            "reason": _why(told, status),
            "seconds": told.get("TrainingTimeInSeconds"),
            "log": _history(told),
        }
        # last of all: who reads it takes only what is complete
        write_json(folder / "ended.json", ended)
        return ended

    def _fetch(self, address: str, into: Path) -> None:
        """Unpack an archive, whole or not at all; what is not there is an empty folder."""
        if into.exists():
            return
        beside = Path(tempfile.mkdtemp(prefix=".new-", dir=into.parent))
        try:
            try:
                with self._store.open_at(address) as archive:
                    archives.unpack(archive, beside, address)
            except Missing:
                log.info("nothing was left", address=address)
            beside.rename(into)
        except OSError:
            # another worker was faster
            if not into.exists():
                raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def _view(self, name: str, ended: Mapping[str, Any]) -> TrainingState:
        status, folder = TrainingStatus(ended["status"]), self._folder(name)
        completed = status == TrainingStatus.COMPLETED
        return TrainingState(
            status=status,
            reason=ended["reason"],
            model_dir=folder / "model" if completed else None,
            output_dir=folder / "output",
            log_tail=ended["log"],
            seconds=ended["seconds"],
        )

    def _folder(self, name: str) -> Path:
        return self.directory / checked_name(name)

    def _address(self, key: str) -> str:
        """With a slash at its end: nothing else begins like that."""
        return f"{self.connection.uri.rstrip('/')}/{key}/"

    @cached_property
    def _store(self) -> Any:
        return aws.bucket(self.connection)

    @cached_property
    def _sagemaker(self) -> Any:
        return aws.client(self.connection, "sagemaker")


def _called(name: str) -> str:
    return f"the training job {name}"


def _jobs(name: str) -> str:
    return f"jobs/{name}/channels"


def _code(script: Path) -> list[Path]:
    """The script and the modules beside it; a module of a package goes alone."""
    folder = script.parent
    if (folder / "__init__.py").exists():
        return [script]
    beside = [path for path in archives.files_below(folder) if path.suffix == ".py"]
    needs = folder / "requirements.txt"
    return sorted({script, *beside, *([needs] if needs.is_file() else [])})


def _output(told: Mapping[str, Any]) -> str:
    base = str(told["OutputDataConfig"]["S3OutputPath"]).rstrip("/")
    return f"{base}/{told['TrainingJobName']}/output"


def _why(told: Mapping[str, Any], status: TrainingStatus) -> str:
    if told["SecondaryStatus"] == TOO_LONG:
        seconds = told.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        return f"It took longer than {seconds} seconds."
    if told["SecondaryStatus"] == "MaxWaitTimeExceeded":
        return "No spot machine was to be had for long enough."
    if status == TrainingStatus.STOPPED:
        return "It was stopped on SageMaker."
    return str(told.get("FailureReason", "")).removeprefix("AlgorithmError: ")


def _history(told: Mapping[str, Any]) -> str:
    """What happened when, as far as SageMaker tells it, and where the log itself is."""
    return "\n".join([*_steps(told), f"{LOGS} {told['TrainingJobName']}/…"])


def _steps(told: Mapping[str, Any]) -> Iterator[str]:
    for step in told.get("SecondaryStatusTransitions", []):
        said = step.get("StatusMessage", "")
        yield f"{step['StartTime']:%Y-%m-%d %H:%M:%S} {step['Status']}: {said}"
