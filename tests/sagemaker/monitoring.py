"""Model Monitor: schedules, and executions whose results a test writes itself."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.sagemaker.errors import Refusal, invalid
from tests.sagemaker.names import arn as arn_of
from tests.sagemaker.paging import is_wanted, only, page

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

NAME = "MonitoringScheduleName"
FIELDS = (
    *(NAME, "MonitoringScheduleArn", "CreationTime", "LastModifiedTime"),
    *("MonitoringScheduleStatus", "EndpointName", "MonitoringType"),
)


class Monitoring:
    def __init__(self, standin: Standin) -> None:
        self._standin = standin
        self.schedules: dict[str, dict[str, Any]] = {}
        self.executions: list[dict[str, Any]] = []
        self.jobs: dict[str, dict[str, Any]] = {}

    def create_monitoring_schedule(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params[NAME]
        if name in self.schedules:
            text = f"Monitoring Schedule {name} already exists."
            raise Refusal("ResourceInUse", text)
        arn, now = arn_of("monitoring-schedule", name), self._standin.clock.now()
        self.schedules[name] = {
            NAME: name,
            "MonitoringScheduleArn": arn,
            "MonitoringScheduleStatus": "Scheduled",
            "CreationTime": now,
            "LastModifiedTime": now,
            **self._settings(params),
        }
        self._standin.tag(arn, params.get("Tags", []))
        return {"MonitoringScheduleArn": arn}

    def update_monitoring_schedule(self, params: dict[str, Any]) -> dict[str, Any]:
        schedule = self._schedule(params)
        schedule.update(self._settings(params))
        schedule["LastModifiedTime"] = self._standin.clock.now()
        return {"MonitoringScheduleArn": schedule["MonitoringScheduleArn"]}

    def describe_monitoring_schedule(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._schedule(params)

    def start_monitoring_schedule(self, params: dict[str, Any]) -> None:
        self._schedule(params)["MonitoringScheduleStatus"] = "Scheduled"

    def stop_monitoring_schedule(self, params: dict[str, Any]) -> None:
        self._schedule(params)["MonitoringScheduleStatus"] = "Stopped"

    def delete_monitoring_schedule(self, params: dict[str, Any]) -> None:
        del self.schedules[self._schedule(params)[NAME]]

    def list_monitoring_schedules(self, params: dict[str, Any]) -> dict[str, Any]:
        status = "MonitoringScheduleStatus"
        rows = [only(each, *FIELDS) for each in self.schedules.values()]
        found = [
            row
            for row in rows
            if is_wanted(row, params, NAME, status)
            and params.get("EndpointName") in {None, row.get("EndpointName")}
        ]
        return page(found, params, "MonitoringScheduleSummaries", NAME)

    def list_monitoring_executions(self, params: dict[str, Any]) -> dict[str, Any]:
        after = params.get("ScheduledTimeAfter", 0)
        found = [
            row
            for row in self.executions
            if is_wanted(row, params, NAME, "MonitoringExecutionStatus")
            and params.get(NAME) in {None, row[NAME]}
            and params.get("EndpointName") in {None, row.get("EndpointName")}
            and row["ScheduledTime"].timestamp() > after
        ]
        return page(found, params, "MonitoringExecutionSummaries", NAME)

    def describe_processing_job(self, params: dict[str, Any]) -> dict[str, Any]:
        job = self.jobs.get(params["ProcessingJobName"])
        if job is None:
            raise invalid("Could not find requested job.")
        return job

    def execute(
        self,
        schedule: str,
        results: Mapping[str, Any],
        *,
        failure: str = "",
    ) -> str:
        """Have a schedule run once; return the S3 prefix of its results (for tests).

        `results` are contents by name: statistics, constraints, constraint_violations.
        """
        found, now = self.schedules[schedule], self._standin.clock.now()
        broken = results.get("constraint_violations", {}).get("violations")
        status = "CompletedWithViolations" if broken else "Completed"
        prefix = self._place(found, now)
        for name, content in results.items():
            data = json.dumps(content).encode()
            self._standin.store.put(f"{prefix}/{name}.json", data)
        row = {
            **only(found, NAME, "EndpointName", "MonitoringType"),
            "ScheduledTime": now,
            "CreationTime": now,
            "LastModifiedTime": now,
            "MonitoringExecutionStatus": "Failed" if failure else status,
            "ProcessingJobArn": self._add_job(found, prefix, now, failure),
            **({"FailureReason": failure} if failure else {}),
        }
        self.executions.append(row)
        found["LastMonitoringExecutionSummary"] = row
        return prefix

    def _add_job(
        self, schedule: Mapping[str, Any], prefix: str, now: datetime, failure: str
    ) -> str:
        definition = _definition(schedule)
        name = f"model-monitoring-{uuid.uuid4().hex[:12]}"
        arn = arn_of("processing-job", name)
        output = definition["MonitoringOutputConfig"]["MonitoringOutputs"][0][
            "S3Output"
        ]
        shown = {"LocalPath": output["LocalPath"], "S3UploadMode": "EndOfJob"}
        outputs = [{"OutputName": "result", "S3Output": {"S3Uri": prefix, **shown}}]
        self.jobs[name] = {
            "ProcessingJobName": name,
            "ProcessingJobArn": arn,
            "ProcessingJobStatus": "Failed" if failure else "Completed",
            "ProcessingResources": definition["MonitoringResources"],
            "AppSpecification": only(
                definition["MonitoringAppSpecification"], "ImageUri"
            ),
            "ProcessingOutputConfig": {"Outputs": outputs},
            "MonitoringScheduleArn": schedule["MonitoringScheduleArn"],
            "CreationTime": now,
            "ExitMessage": failure or "Completed: Job completed successfully.",
        }
        return arn

    def _place(self, schedule: Mapping[str, Any], now: datetime) -> str:
        outputs = _definition(schedule)["MonitoringOutputConfig"]["MonitoringOutputs"]
        top = outputs[0]["S3Output"]["S3Uri"].rstrip("/")
        place = f"{schedule['EndpointName']}/{schedule[NAME]}"
        return f"{top}/{place}/{now:%Y/%m/%d/%H}"

    def _settings(self, params: Mapping[str, Any]) -> dict[str, Any]:
        config = params["MonitoringScheduleConfig"]
        if "MonitoringJobDefinition" not in config:
            self._standin.problems.append("The stand-in takes inline definitions only.")
            raise invalid("MonitoringJobDefinition must be given.")
        inputs = config["MonitoringJobDefinition"]["MonitoringInputs"]
        return {
            "MonitoringScheduleConfig": config,
            "MonitoringType": config.get("MonitoringType", "DataQuality"),
            "EndpointName": inputs[0]["EndpointInput"]["EndpointName"],
        }

    def _schedule(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if params[NAME] not in self.schedules:
            text = f"Monitoring Schedule {params[NAME]} was not found."
            raise Refusal("ResourceNotFound", text)
        return self.schedules[params[NAME]]


def _definition(schedule: Mapping[str, Any]) -> Any:
    return schedule["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
