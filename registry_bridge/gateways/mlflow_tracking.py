"""Writes runs, data sets, metrics and models to MLflow so that any call may be repeated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from registry_bridge.gateways.mlflow_server import (
    MlflowServer,
    is_absent,
    plain_errors,
    quoted,
)
from registry_bridge.gateways.ports import (
    KEY_TAG,
    Dataset,
    LoggedModel,
    MetricPoint,
    ModelMetric,
    Rejected,
    RunView,
    Unreachable,
)

if TYPE_CHECKING:
    import mlflow.entities
    from mlflow import MlflowClient

# MLflow takes no more in one call.
METRICS_AT_ONCE = 1000
WORDS_AT_ONCE = 100
Item = TypeVar("Item")


class MlflowTracking:
    def __init__(self, server: MlflowServer) -> None:
        self.server = server

    def healthy(self) -> bool:
        try:
            with plain_errors():
                self._client().search_experiments(max_results=1)
        except (Unreachable, Rejected):
            return False
        return True

    def find_or_create_run(
        self,
        experiment: str,
        key: str,
        name: str,
        tags: Mapping[str, str],
        known: str | None = None,
    ) -> str:
        with plain_errors():
            client = self._client()
            if known and _is_live(client, known):
                return known
            place = _experiment_id(client, experiment)
            found = client.search_runs(
                [place],
                filter_string=f"tags.`{KEY_TAG}` = {quoted(key)}",
                order_by=["attributes.start_time ASC"],
                max_results=1,
            )
            if found:
                return str(found[0].info.run_id)
            run = client.create_run(place, run_name=name, tags={**tags, KEY_TAG: key})
            return str(run.info.run_id)

    def log_file(self, run_id: str, folder: str, local: Path) -> None:
        with plain_errors():
            self._client().log_artifact(run_id, str(local), folder or None)

    def log_dataset(self, run_id: str, dataset: Dataset) -> None:
        with plain_errors():
            client = self._client()
            client.log_inputs(run_id, datasets=[_input(dataset)])
            client.set_tag(run_id, f"overread.dataset.{dataset.name}", dataset.digest)

    def log_params(self, run_id: str, params: Mapping[str, str]) -> None:
        with plain_errors():
            from mlflow.entities import Param

            for part in _parts(params.items(), WORDS_AT_ONCE):
                self._client().log_batch(run_id, params=[Param(*pair) for pair in part])

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        with plain_errors():
            from mlflow.entities import RunTag

            for part in _parts(tags.items(), WORDS_AT_ONCE):
                self._client().log_batch(run_id, tags=[RunTag(*pair) for pair in part])

    def log_metrics(self, run_id: str, points: Sequence[MetricPoint]) -> None:
        with plain_errors():
            self._log(run_id, [_metric(point) for point in points])

    def log_model(self, run_id: str, directory: Path, name: str) -> LoggedModel:
        if not (directory / "MLmodel").is_file():
            raise Rejected(f"There is no MLflow model in {directory.name}.")
        with plain_errors():
            client = self._client()
            model = _model_of(client, run_id, name)
            if str(model.status) != "READY":
                client.log_model_artifacts(model.model_id, str(directory))
                model = client.finalize_logged_model(model.model_id, "READY")
            _name_as_output(client, run_id, model.model_id)
            return _view(model)

    def log_model_metrics(
        self,
        run_id: str,
        model_id: str,
        dataset: Dataset,
        points: Sequence[MetricPoint],
    ) -> None:
        with plain_errors():
            from mlflow.entities import LoggedModelInput

            self._client().log_inputs(
                run_id, [_input(dataset)], [LoggedModelInput(model_id)]
            )
            self._log(run_id, [_metric(point, model_id, dataset) for point in points])

    def finish(self, run_id: str, *, failed: bool = False) -> None:
        with plain_errors():
            self._client().set_terminated(run_id, "FAILED" if failed else "FINISHED")

    def run(self, run_id: str) -> RunView:
        with plain_errors():
            run = self._client().get_run(run_id)
        inputs = run.inputs.dataset_inputs if run.inputs else []
        return RunView(
            run_id=run_id,
            name=run.info.run_name or "",
            status=str(run.info.status),
            url=self.url(run_id),
            params=dict(run.data.params),
            tags=dict(run.data.tags),
            metrics=dict(run.data.metrics),
            datasets=tuple(_dataset_view(each) for each in inputs),
        )

    def model(self, model_id: str) -> LoggedModel:
        with plain_errors():
            return _view(self._client().get_logged_model(model_id))

    def url(self, run_id: str) -> str:
        return f"{self.server.page}/#/runs/{run_id}"

    def _log(self, run_id: str, metrics: list[mlflow.entities.Metric]) -> None:
        for part in _parts(metrics, METRICS_AT_ONCE):
            self._client().log_batch(run_id, metrics=part)

    def _client(self) -> MlflowClient:
        return self.server.client()


def _parts(items: Iterable[Item], size: int) -> Iterable[list[Item]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _is_live(client: MlflowClient, run_id: str) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        return bool(client.get_run(run_id).info.lifecycle_stage == "active")
    except MlflowException as error:
        if is_absent(error):
            return False
        raise


def _experiment_id(client: MlflowClient, name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException as error:
            # another worker made it between our two calls
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client.get_experiment_by_name(name)
    if found is None or found.lifecycle_stage != "active":
        raise Rejected(
            f"The MLflow experiment {name} was deleted. Restore it, and try again."
        )
    return str(found.experiment_id)


def _input(dataset: Dataset) -> mlflow.entities.DatasetInput:
    from mlflow.entities import Dataset as MlflowDataset
    from mlflow.entities import DatasetInput, InputTag

    described = MlflowDataset(
        name=dataset.name,
        digest=dataset.short_digest,
        source_type="overread",
        source=json.dumps({"uri": dataset.source}),
        schema=json.dumps(dict(dataset.schema)) if dataset.schema else None,
        profile=json.dumps({"num_rows": dataset.rows, "sha256": dataset.digest}),
    )
    return DatasetInput(described, [InputTag("mlflow.data.context", dataset.context)])


def _metric(
    point: MetricPoint, model_id: str | None = None, dataset: Dataset | None = None
) -> mlflow.entities.Metric:
    from mlflow.entities import Metric

    return Metric(
        key=point.key,
        value=point.value,
        timestamp=int(point.at.timestamp() * 1000),
        step=point.step,
        model_id=model_id,
        dataset_name=dataset.name if dataset else None,
        dataset_digest=dataset.short_digest if dataset else None,
    )


def _model_of(
    client: MlflowClient, run_id: str, name: str
) -> mlflow.entities.LoggedModel:
    """Return the run's model of that name, made now if an earlier try did not."""
    place = client.get_run(run_id).info.experiment_id
    of_run = f"source_run_id = {quoted(run_id)} AND name = {quoted(name)}"
    found = client.search_logged_models([place], filter_string=of_run, max_results=1)
    if found:
        return found[0]
    return client.create_logged_model(place, name=name, source_run_id=run_id)


def _name_as_output(client: MlflowClient, run_id: str, model_id: str) -> None:
    from mlflow.entities import LoggedModelOutput

    outputs = client.get_run(run_id).outputs
    known = outputs.model_outputs if outputs else []
    if model_id not in {each.model_id for each in known}:
        client.log_outputs(run_id, [LoggedModelOutput(model_id, 0)])


def _view(model: mlflow.entities.LoggedModel) -> LoggedModel:
    metrics = [
        ModelMetric(each.key, each.value, each.dataset_name, each.dataset_digest)
        for each in model.metrics or ()
    ]
    return LoggedModel(
        model_id=model.model_id,
        uri=f"models:/{model.model_id}",
        ready=str(model.status) == "READY",
        metrics=tuple(metrics),
    )


def _dataset_view(each: mlflow.entities.DatasetInput) -> tuple[str, str, str]:
    contexts = [tag.value for tag in each.tags if tag.key == "mlflow.data.context"]
    return each.dataset.name, each.dataset.digest, contexts[0] if contexts else ""
