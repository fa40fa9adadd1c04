"""Pipelines: steps one after the other; a callback waits until somebody answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.sagemaker.errors import Refusal, invalid
from tests.sagemaker.names import arn as arn_of
from tests.sagemaker.paging import is_wanted, only, page
from tests.sagemaker.pipeline_run import Execution

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin
    from tests.sagemaker.training import Trainings

FIELDS = ("PipelineArn", "PipelineName", "PipelineDescription", "RoleArn")


class Pipelines:
    def __init__(self, standin: Standin, trainings: Trainings) -> None:
        self._standin, self._trainings = standin, trainings
        self.pipelines: dict[str, dict[str, Any]] = {}
        self.executions: dict[str, Execution] = {}
        # what a ClientRequestToken was used for
        self._tokens: dict[str, dict[str, Any]] = {}

    def create_pipeline(self, params: dict[str, Any]) -> dict[str, Any]:
        name, token = params["PipelineName"], params["ClientRequestToken"]
        if token in self._tokens:
            return self._tokens[token]
        if name in self.pipelines:
            raise invalid(
                "Pipeline names must be unique within an AWS account and region."
                f" Pipeline with name ({name}) already exists."
            )
        arn, now = arn_of("pipeline", name), self._standin.clock.now()
        hidden = {"Tags", "ClientRequestToken", "PipelineDefinitionS3Location"}
        self.pipelines[name] = {
            **{key: value for key, value in params.items() if key not in hidden},
            "PipelineDefinition": self._definition(params),
            "PipelineArn": arn,
            "PipelineStatus": "Active",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        self._standin.tag(arn, params.get("Tags", []))
        return self._tokens.setdefault(token, {"PipelineArn": arn})

    def update_pipeline(self, params: dict[str, Any]) -> dict[str, Any]:
        pipeline = self._pipeline(params["PipelineName"])
        if {"PipelineDefinition", "PipelineDefinitionS3Location"} & set(params):
            pipeline["PipelineDefinition"] = self._definition(params)
        pipeline.update(only(params, "PipelineDescription", "RoleArn"))
        pipeline["LastModifiedTime"] = self._standin.clock.now()
        return {"PipelineArn": pipeline["PipelineArn"]}

    def describe_pipeline(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._pipeline(params["PipelineName"])

    def delete_pipeline(self, params: dict[str, Any]) -> dict[str, Any]:
        pipeline = self._pipeline(params["PipelineName"])
        del self.pipelines[pipeline["PipelineName"]]
        return {"PipelineArn": pipeline["PipelineArn"]}

    def list_pipelines(self, params: dict[str, Any]) -> dict[str, Any]:
        times = ("CreationTime", "LastModifiedTime")
        rows = [only(each, *FIELDS, *times) for each in self.pipelines.values()]
        found = [row for row in rows if is_wanted(row, params, "PipelineName")]
        return page(found, params, "PipelineSummaries", "PipelineName")

    def start_pipeline_execution(self, params: dict[str, Any]) -> dict[str, Any]:
        token = params["ClientRequestToken"]
        if token in self._tokens:
            return self._tokens[token]
        pipeline = self._pipeline(params["PipelineName"])
        execution = Execution(self._standin, self._trainings, pipeline, params)
        self.executions[execution.arn] = execution
        self._standin.go(execution.run)
        return self._tokens.setdefault(token, {"PipelineExecutionArn": execution.arn})

    def describe_pipeline_execution(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._execution(params).description()

    def list_pipeline_executions(self, params: dict[str, Any]) -> dict[str, Any]:
        pipeline = self._pipeline(params["PipelineName"])["PipelineArn"]
        rows = [each.description() for each in self.executions.values()]
        fields = ("PipelineExecutionArn", "PipelineExecutionStatus")
        found = [
            {**only(row, *fields), "StartTime": row["CreationTime"]}
            for row in rows
            if row["PipelineArn"] == pipeline
        ]
        found.sort(key=lambda row: row["StartTime"], reverse=True)
        return {"PipelineExecutionSummaries": found}

    def list_pipeline_execution_steps(self, params: dict[str, Any]) -> dict[str, Any]:
        steps = [dict(step) for step in self._execution(params).steps]
        if params.get("SortOrder", "Descending") == "Descending":
            steps.reverse()
        return {"PipelineExecutionSteps": steps}

    def stop_pipeline_execution(self, params: dict[str, Any]) -> dict[str, Any]:
        execution = self._execution(params)
        execution.stop()
        return {"PipelineExecutionArn": execution.arn}

    def send_pipeline_execution_step_success(
        self, params: dict[str, Any]
    ) -> dict[str, Any]:
        given = params.get("OutputParameters", [])
        return self._answer(params, {each["Name"]: each["Value"] for each in given}, "")

    def send_pipeline_execution_step_failure(
        self, params: dict[str, Any]
    ) -> dict[str, Any]:
        reason = params.get("FailureReason", "The callback said that it failed.")
        return self._answer(params, {}, reason)

    def _answer(
        self, params: Mapping[str, Any], output: dict[str, str], reason: str
    ) -> dict[str, Any]:
        token = params.get("ClientRequestToken", "")
        if token in self._tokens:
            return self._tokens[token]
        for execution in self.executions.values():
            if params["CallbackToken"] == execution.waiting_for:
                execution.answer(output, reason)
                found = {"PipelineExecutionArn": execution.arn}
                return self._tokens.setdefault(token, found) if token else found
        raise Refusal("ResourceNotFound", "No step waits for this callback token.")

    def _definition(self, params: Mapping[str, Any]) -> str:
        text = params.get("PipelineDefinition")
        if text is None:
            place = params["PipelineDefinitionS3Location"]
            uri = f"s3://{place['Bucket']}/{place['ObjectKey']}"
            text = self._standin.store.get(uri).decode()
        try:
            steps = json.loads(text)["Steps"]
        except (ValueError, KeyError) as error:
            raise invalid(
                f"The pipeline's definition cannot be read: {error}"
            ) from error
        if not steps:
            raise invalid("A pipeline must have at least one step.")
        return str(text)

    def _pipeline(self, name: str) -> dict[str, Any]:
        pipeline = self.pipelines.get(name.rpartition("/")[2])
        if pipeline is None:
            text = f"Pipeline '{arn_of('pipeline', name)}' does not exist."
            raise Refusal("ResourceNotFound", text)
        return pipeline

    def _execution(self, params: Mapping[str, Any]) -> Execution:
        arn = params["PipelineExecutionArn"]
        if arn not in self.executions:
            raise Refusal("ResourceNotFound", f"Execution '{arn}' does not exist.")
        return self.executions[arn]
