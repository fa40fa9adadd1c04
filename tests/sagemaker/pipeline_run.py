"""One execution of a pipeline."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.sagemaker.errors import Refusal

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin
    from tests.sagemaker.training import Trainings

STEP = 5.0


class StepFailed(Exception):
    """A step did not succeed; why is its text."""


class Execution:
    def __init__(
        self,
        standin: Standin,
        trainings: Trainings,
        pipeline: Mapping[str, Any],
        params: Mapping[str, Any],
    ) -> None:
        self._standin, self._trainings, self._pipeline = standin, trainings, pipeline
        self.arn = f"{pipeline['PipelineArn']}/execution/{secrets.token_hex(6)}"
        self.created = self.modified = standin.clock.now()
        self.status, self.reason = "Executing", ""
        self.steps: list[dict[str, Any]] = []
        self.waiting_for = ""  # the token of the callback that is not answered yet
        self._definition = json.loads(pipeline["PipelineDefinition"])
        self._params = params
        self._values = self._start_values()
        # what was said to the callback that waits: output, reason of a failure
        self._answers: list[tuple[dict[str, str], str]] = []

    def run(self) -> None:
        try:
            for step in self._definition["Steps"]:
                self._take(step)
                if self.status == "Stopping":
                    self._end("Stopped")
                    return
        except StepFailed as error:
            self._end("Failed", str(error))
            return
        self._end("Succeeded")

    def answer(self, output: dict[str, str], reason: str) -> None:
        """Take what somebody says to the callback that waits."""
        self.waiting_for = ""
        self._answers.append((output, reason))

    def stop(self) -> None:
        """Ask to end: a callback is told, and waited for all the same."""
        if self.status != "Executing":
            raise Refusal("ValidationException", f"The execution is {self.status}.")
        self.status = "Stopping"
        if self.waiting_for:
            self._send(self.steps[-1]["Metadata"]["Callback"], {}, "Stopping")

    def description(self) -> dict[str, Any]:
        shown = {
            "PipelineArn": self._pipeline["PipelineArn"],
            "PipelineExecutionArn": self.arn,
            "PipelineExecutionStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }
        return {**shown, **({"FailureReason": self.reason} if self.reason else {})}

    def _take(self, step: Mapping[str, Any]) -> None:
        now = self._standin.clock.now()
        row: dict[str, Any] = {"StepName": step["Name"], "StepStatus": "Starting"}
        row.update({"StartTime": now, "AttemptCount": 1, "Metadata": {}})
        self.steps.append(row)
        self._standin.clock.sleep(STEP)
        row["StepStatus"] = "Executing"
        kinds = {
            "Callback": self._call_back,
            "Training": self._train,
            "Fail": self._fail,
        }
        try:
            kinds.get(step["Type"], self._give_up)(step, row)
        except StepFailed as error:
            row.update(StepStatus="Failed", FailureReason=str(error))
            raise
        finally:
            row["EndTime"] = self.modified = self._standin.clock.now()
        row["StepStatus"] = "Succeeded"

    def _call_back(self, step: Mapping[str, Any], row: dict[str, Any]) -> None:
        token = secrets.token_hex(5)
        about = {
            "CallbackToken": token,
            "SqsQueueUrl": self._value(step["SqsQueueUrl"]),
        }
        row["Metadata"]["Callback"] = about
        self.waiting_for = token
        self._send(about, self._value(step.get("Arguments", {})), "")
        while not self._answers:
            self._standin.clock.pause()
        output, reason = self._answers.pop()
        if reason:
            raise StepFailed(reason)
        pairs = [{"Name": name, "Value": value} for name, value in output.items()]
        about["OutputParameters"] = pairs
        for name, value in output.items():
            self._values[f"Steps.{step['Name']}.OutputParameters['{name}']"] = value

    def _train(self, step: Mapping[str, Any], row: dict[str, Any]) -> None:
        name = f"pipelines-{self.arn[-12:]}-{step['Name']}"[:63]
        asked = {**self._value(step["Arguments"]), "TrainingJobName": name}
        try:
            with self._standin.lock:
                arn = self._trainings.create_training_job(asked)["TrainingJobArn"]
        except Refusal as refusal:
            raise StepFailed(str(refusal)) from refusal
        row["Metadata"]["TrainingJob"] = {"Arn": arn}
        job = self._trainings.jobs[name]
        while job.ended is None:
            self._standin.clock.pause()
        if job.status != "Completed":
            raise StepFailed(job.reason or f"The training job is {job.status}.")
        place = f"Steps.{step['Name']}.ModelArtifacts.S3ModelArtifacts"
        self._values[place] = job.model

    def _fail(self, step: Mapping[str, Any], row: dict[str, Any]) -> None:
        message = str(self._value(step["Arguments"]["ErrorMessage"]))
        row["Metadata"]["Fail"] = {"ErrorMessage": message}
        raise StepFailed(message)

    def _give_up(self, step: Mapping[str, Any], row: dict[str, Any]) -> None:
        text = f"The stand-in does not do steps of type {step['Type']}."
        self._standin.problems.append(text)
        raise StepFailed(text)

    def _send(
        self, about: Mapping[str, Any], arguments: Mapping[str, Any], status: str
    ) -> None:
        body = {
            "token": about["CallbackToken"],
            "pipelineExecutionArn": self.arn,
            "arguments": arguments,
            **({"status": status} if status else {}),
        }
        sqs = self._standin.client("sqs")
        sqs.send_message(QueueUrl=about["SqsQueueUrl"], MessageBody=json.dumps(body))

    def _end(self, status: str, reason: str = "") -> None:
        with self._standin.lock:
            self.modified = self._standin.clock.now()
            self.reason = f"Step failure: {reason}" if reason else ""
            self.status = status

    def _start_values(self) -> dict[str, Any]:
        given = {
            each["Name"]: each["Value"]
            for each in self._params.get("PipelineParameters", [])
        }
        known = {
            each["Name"]: each.get("DefaultValue")
            for each in self._definition.get("Parameters", [])
        }
        unknown = set(given) - set(known)
        if unknown:
            text = f"Unknown pipeline parameters: {sorted(unknown)}"
            raise Refusal("ValidationException", text)
        found = {f"Parameters.{name}": value for name, value in (known | given).items()}
        return {**found, "Execution.PipelineExecutionArn": self.arn}

    def _value(self, given: Any) -> Any:
        """Put values where the definition says {"Get": …}."""
        if isinstance(given, dict):
            if set(given) == {"Get"}:
                return self._values[given["Get"]]
            return {key: self._value(value) for key, value in given.items()}
        return (
            [self._value(each) for each in given] if isinstance(given, list) else given
        )
