"""MLflow held in memory: the same behaviour, for tests, failing on demand."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from registry_bridge.gateways.ports import (
    KEY_TAG,
    ChampionMoved,
    Dataset,
    LoggedModel,
    MetricPoint,
    ModelMetric,
    Rejected,
    RunView,
    Unreachable,
    Version,
)


class Fake:
    """Set `down` and every call fails as a network would; `fail_after` lets n calls pass."""

    down = False
    fail_after: int | None = None
    calls = 0

    def _answer(self) -> None:
        if self.down:
            raise Unreachable(f"{type(self).__name__} is down, as the test asked.")
        if self.fail_after is not None and self.calls >= self.fail_after:
            raise Unreachable(
                f"{type(self).__name__} stopped after {self.calls} calls."
            )
        self.calls += 1


@dataclass
class _Run:
    experiment: str
    name: str
    tags: dict[str, str]
    status: str = "RUNNING"
    params: dict[str, str] = field(default_factory=dict)
    points: set[tuple[str, float, int, float]] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    datasets: dict[tuple[str, str], str] = field(default_factory=dict)


class FakeTracking(Fake):
    def __init__(self) -> None:
        self.runs: dict[str, _Run] = {}
        self.models: dict[str, LoggedModel] = {}
        self.directories: dict[str, Path] = {}
        self._of_run: dict[tuple[str, str], str] = {}
        self._numbers = itertools.count(1)

    def healthy(self) -> bool:
        return not self.down

    def find_or_create_run(
        self,
        experiment: str,
        key: str,
        name: str,
        tags: Mapping[str, str],
        known: str | None = None,
    ) -> str:
        self._answer()
        if known in self.runs:
            return known
        for run_id, run in self.runs.items():
            if run.experiment == experiment and run.tags.get(KEY_TAG) == key:
                return run_id
        run_id = f"{next(self._numbers):032x}"
        self.runs[run_id] = _Run(experiment, name, {**tags, KEY_TAG: key})
        return run_id

    def log_file(self, run_id: str, folder: str, local: Path) -> None:
        self._answer()
        place = f"{folder}/{local.name}" if folder else local.name
        self._run(run_id).files[place] = local.read_bytes()

    def log_dataset(self, run_id: str, dataset: Dataset) -> None:
        self._answer()
        run = self._run(run_id)
        run.datasets[dataset.name, dataset.short_digest] = dataset.context
        run.tags[f"overread.dataset.{dataset.name}"] = dataset.digest

    def log_params(self, run_id: str, params: Mapping[str, str]) -> None:
        self._answer()
        run = self._run(run_id)
        changed = [
            key for key in params if run.params.get(key, params[key]) != params[key]
        ]
        if changed:
            raise Rejected(f"The parameter {changed[0]} of this run is set already.")
        run.params.update(params)

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        self._answer()
        self._run(run_id).tags.update(tags)

    def log_metrics(self, run_id: str, points: Sequence[MetricPoint]) -> None:
        self._answer()
        known = self._run(run_id).points
        known.update((p.key, p.value, p.step, p.at.timestamp()) for p in points)

    def log_model(self, run_id: str, directory: Path, name: str) -> LoggedModel:
        self._answer()
        self._run(run_id)
        if not (directory / "MLmodel").is_file():
            raise Rejected(f"There is no MLflow model in {directory.name}.")
        place = run_id, name
        if place not in self._of_run:
            model_id = f"m-{next(self._numbers):032x}"
            self._of_run[place] = model_id
            self.directories[model_id] = directory
            self.models[model_id] = LoggedModel(model_id, f"models:/{model_id}")
        return self.models[self._of_run[place]]

    def log_model_metrics(
        self,
        run_id: str,
        model_id: str,
        dataset: Dataset,
        points: Sequence[MetricPoint],
    ) -> None:
        self.log_dataset(run_id, dataset)
        model = self.model(model_id)
        fresh = [
            ModelMetric(p.key, p.value, dataset.name, dataset.short_digest)
            for p in points
        ]
        metrics = tuple(dict.fromkeys((*model.metrics, *fresh)))
        self.models[model_id] = replace(model, metrics=metrics)
        self.log_metrics(run_id, points)

    def finish(self, run_id: str, *, failed: bool = False) -> None:
        self._answer()
        self._run(run_id).status = "FAILED" if failed else "FINISHED"

    def run(self, run_id: str) -> RunView:
        self._answer()
        run = self._run(run_id)
        newest = sorted(run.points, key=lambda point: (point[2], point[3]))
        return RunView(
            run_id=run_id,
            name=run.name,
            status=run.status,
            url=self.url(run_id),
            params=dict(run.params),
            tags=dict(run.tags),
            metrics={key: value for key, value, _, _ in newest},
            datasets=tuple(
                (*known, context) for known, context in run.datasets.items()
            ),
        )

    def model(self, model_id: str) -> LoggedModel:
        self._answer()
        if model_id not in self.models:
            raise Rejected(f"There is no logged model {model_id}.")
        return self.models[model_id]

    def url(self, run_id: str) -> str:
        return f"http://mlflow.invalid/#/runs/{run_id}"

    def _run(self, run_id: str) -> _Run:
        if run_id not in self.runs:
            raise Rejected(f"There is no run {run_id}.")
        return self.runs[run_id]


class FakeRegistry(Fake):
    """Give it a `FakeTracking` and `download` finds what was logged there."""

    def __init__(self, tracking: FakeTracking | None = None) -> None:
        self.tracking = tracking or FakeTracking()
        self.known: dict[str, dict[str, Version]] = {}
        self.aliases: dict[tuple[str, str], str] = {}

    def healthy(self) -> bool:
        return not self.down

    def register(
        self,
        model_name: str,
        source: str,
        run_id: str | None,
        key: str,
        tags: Mapping[str, str],
    ) -> Version:
        self._answer()
        versions = self.known.setdefault(model_name, {})
        for version in versions.values():
            if version.key == key:
                return self._with_aliases(version)
        number = str(len(versions) + 1)
        versions[number] = Version(
            model_name=model_name,
            version=number,
            source=source,
            run_id=run_id,
            tags={**tags, KEY_TAG: key},
            aliases=(),
            url=self.url(model_name, number),
        )
        return versions[number]

    def version(self, model_name: str, version: str) -> Version | None:
        self._answer()
        found = self.known.get(model_name, {}).get(version)
        return self._with_aliases(found) if found else None

    def versions(self, model_name: str) -> list[Version]:
        self._answer()
        found = self.known.get(model_name, {}).values()
        return [self._with_aliases(version) for version in reversed(found)]

    def alias(self, model_name: str, alias: str) -> Version | None:
        self._answer()
        number = self.aliases.get((model_name, alias))
        return self.version(model_name, number) if number else None

    def move_alias(
        self, model_name: str, alias: str, to: str, expect: str | None
    ) -> Version:
        self._answer()
        version = self._version(model_name, to)
        found = self.aliases.get((model_name, alias))
        if found not in {to, expect}:
            raise ChampionMoved(alias, found, expect)
        self.aliases[model_name, alias] = to
        return self._with_aliases(version)

    def remove_alias(self, model_name: str, alias: str) -> None:
        self._answer()
        self.aliases.pop((model_name, alias), None)

    def set_tags(self, model_name: str, version: str, tags: Mapping[str, str]) -> None:
        self._answer()
        found = self._version(model_name, version)
        self.known[model_name][version] = replace(found, tags={**found.tags, **tags})

    def download(self, model_name: str, version: str, into: Path) -> Path:
        self._answer()
        found = self._version(model_name, version)
        if not into.exists():
            model_id = found.source.removeprefix("models:/")
            if model_id not in self.tracking.directories:
                raise Rejected(f"There is no model at {found.source}.")
            shutil.copytree(self.tracking.directories[model_id], into)
        return into

    def url(self, model_name: str, version: str) -> str:
        return f"http://mlflow.invalid/#/models/{model_name}/versions/{version}"

    def _version(self, model_name: str, version: str) -> Version:
        found = self.known.get(model_name, {}).get(version)
        if found is None:
            raise Rejected(f"The model {model_name} has no version {version}.")
        return found

    def _with_aliases(self, version: Version) -> Version:
        names = sorted(
            alias
            for (model, alias), number in self.aliases.items()
            if (model, number) == (version.model_name, version.version)
        )
        return replace(version, aliases=tuple(names))
