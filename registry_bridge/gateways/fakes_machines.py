"""Compute, hosting and object store held in memory, for tests."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from projects.storage import checked
from registry_bridge.gateways.fakes_mlflow import Fake
from registry_bridge.gateways.ports import (
    EndpointState,
    EndpointStatus,
    Invocation,
    Missing,
    ModelSource,
    Rejected,
    Tally,
    TrainingSpec,
    TrainingState,
    TrainingStatus,
    Trial,
    Unreachable,
)

# What a fake training does: fills the model folder and the output folder, or raises.
Train = Callable[[TrainingSpec, Path, Path], None]


class TrainingFailed(Exception):
    """Raised by a fake's `train`: the training failed for this reason."""


def leave_a_model(spec: TrainingSpec, model_dir: Path, output_dir: Path) -> None:
    """Leave what an MLflow model directory cannot do without."""
    (model_dir / "MLmodel").write_text(f"name: {spec.name}\n")
    (model_dir / "weights").write_text(str(sorted(spec.hyperparameters.items())))


class FakeCompute(Fake):
    """Trains at the second look at a training, so that callers see it running first."""

    poll_seconds = 1.0

    def __init__(
        self, directory: Path | None = None, train: Train = leave_a_model
    ) -> None:
        self.directory = directory or Path(tempfile.mkdtemp(prefix="overread-fake-"))
        self.train = train
        self.specs: dict[str, TrainingSpec] = {}
        self.states: dict[str, TrainingState] = {}

    def start(self, spec: TrainingSpec) -> None:
        self._answer()
        if spec.name in self.specs:
            return
        self.specs[spec.name] = spec
        self.states[spec.name] = TrainingState(TrainingStatus.PENDING)

    def describe(self, name: str) -> TrainingState:
        self._answer()
        state = self.states.get(name, TrainingState(TrainingStatus.UNKNOWN))
        if state.status == TrainingStatus.PENDING:
            self.states[name] = TrainingState(TrainingStatus.RUNNING)
        if state.status == TrainingStatus.RUNNING:
            self.states[name] = self._trained(self.specs[name])
        return self.states.get(name, state)

    def stop(self, name: str) -> None:
        self._answer()
        if name in self.states and not self.states[name].status.over:
            self.states[name] = TrainingState(TrainingStatus.STOPPED, "It was stopped.")

    def _trained(self, spec: TrainingSpec) -> TrainingState:
        model_dir = self.directory / spec.name / "model"
        output_dir = self.directory / spec.name / "output" / "data"
        for folder in (model_dir, output_dir):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            self.train(spec, model_dir, output_dir)
        except TrainingFailed as failure:
            return TrainingState(TrainingStatus.FAILED, str(failure), seconds=1.0)
        return TrainingState(
            status=TrainingStatus.COMPLETED,
            model_dir=model_dir,
            output_dir=output_dir,
            seconds=1.0,
        )


Answer = Callable[[ModelSource, Mapping[str, object]], object]


def answer_with_version(source: ModelSource, payload: Mapping[str, object]) -> object:
    return {"predictions": [source.version]}


@dataclass
class FakeTrial:
    source: ModelSource
    share: float
    looked: bool = False
    up: bool = False
    reason: str = ""
    n: int = 0
    tried: Tally = field(default_factory=Tally)
    others: Tally = field(default_factory=Tally)

    def draws(self) -> bool:
        """Every tenth call for a share of one in ten: no chance, for tests."""
        self.n += self.up
        return self.up and int(self.n * self.share) > int((self.n - 1) * self.share)

    def seen(self) -> Trial:
        status = EndpointStatus.FAILED if self.reason else EndpointStatus.CREATING
        return Trial(
            self.source.version,
            self.share,
            EndpointStatus.IN_SERVICE if self.up else status,
            self.reason,
            self.tried,
            self.others,
        )


class FakeDeployment(Fake):
    """Serves at the second look; versions named in `bad` never come up.

    Those in `sick` answer only who asks for them by version. `shares`: a target that can.
    """

    poll_seconds = 1.0
    longest_seconds = 1800.0

    def __init__(self, answer: Answer = answer_with_version) -> None:
        self.answer = answer
        self.bad: set[str] = set()
        self.sick: set[str] = set()
        self.shares = True
        # Calls of others between two looks at it.
        self.traffic = 0
        self.desired: dict[str, ModelSource] = {}
        self.serving: dict[str, ModelSource] = {}
        self.failed: dict[str, str] = {}
        self.trials: dict[str, FakeTrial] = {}
        self._looked: set[str] = set()

    def deploy(self, endpoint: str, source: ModelSource) -> None:
        self._answer()
        self.trials.pop(endpoint, None)
        if self.desired.get(endpoint) == source and endpoint not in self.failed:
            return
        self.desired[endpoint] = source
        self.failed.pop(endpoint, None)
        self._looked.discard(endpoint)

    def can_share(self) -> bool:
        return self.shares

    def try_beside(self, endpoint: str, source: ModelSource, share: float) -> None:
        self._answer()
        if endpoint not in self.desired:
            raise Rejected(f"Nothing serves {endpoint} that it could be tried beside.")
        tried = self.trials.get(endpoint)
        if tried is None or tried.source != source or tried.reason:
            tried = self.trials[endpoint] = FakeTrial(source, share)
        tried.share = share

    def end_trial(self, endpoint: str) -> None:
        self._answer()
        self.trials.pop(endpoint, None)

    def describe(self, endpoint: str) -> EndpointState:
        self._answer()
        if endpoint not in self.desired:
            return EndpointState(EndpointStatus.ABSENT)
        if endpoint in self._looked:
            self._come_up(endpoint)
        self._looked.add(endpoint)
        trial = self.trials.get(endpoint)
        if trial is not None:
            self._look_at(trial)
        for _ in range(self.traffic):
            self._chosen(endpoint, None)
        serving = self.serving.get(endpoint)
        return EndpointState(
            status=self._status(endpoint),
            serving_version=serving.version if serving else None,
            desired_version=self.desired[endpoint].version,
            url=f"http://hosting.invalid/endpoints/{endpoint}/invocations",
            reason=self.failed.get(endpoint, ""),
            trial=trial.seen() if trial else None,
        )

    def _look_at(self, trial: FakeTrial) -> None:
        if trial.looked and trial.source.version in self.bad:
            trial.up, trial.reason = False, "The model could not be loaded."
        elif trial.looked:
            trial.up = True
        trial.looked = True

    def invoke(
        self,
        endpoint: str,
        payload: Mapping[str, object],
        version: str | None = None,
    ) -> Invocation:
        self._answer()
        if endpoint in self._looked:
            self._come_up(endpoint)
        if endpoint not in self.desired:
            raise Rejected(f"There is no endpoint {endpoint}.")
        source = self._chosen(endpoint, version)
        if source is None:
            raise Unreachable(f"No model serves the endpoint {endpoint} yet.")
        return Invocation(self.answer(source, payload), source.version)

    def _chosen(self, endpoint: str, version: str | None) -> ModelSource | None:
        in_use, trial = self.serving.get(endpoint), self.trials.get(endpoint)
        up = trial.source if trial and trial.up else None
        if version is not None:
            known = [each for each in (in_use, up) if each]
            return next((each for each in known if each.version == version), None)
        if trial is None or not trial.share:
            return in_use
        if up is None or not trial.draws():
            trial.others = trial.others.answered(0.01)
            return in_use or up
        if up.version in self.sick:
            trial.tried = trial.tried.missed(failed=in_use is not None)
            return in_use
        trial.tried = trial.tried.answered(0.01)
        return up

    def delete(self, endpoint: str) -> None:
        self._answer()
        for kept in (self.desired, self.serving, self.failed, self.trials):
            kept.pop(endpoint, None)

    def _come_up(self, endpoint: str) -> None:
        desired = self.desired.get(endpoint)
        if desired is None:
            return
        if desired.version in self.bad:
            self.failed[endpoint] = "The model could not be loaded."
        else:
            self.serving[endpoint] = desired

    def _status(self, endpoint: str) -> EndpointStatus:
        if endpoint in self.failed:
            return EndpointStatus.FAILED
        if self.serving.get(endpoint) == self.desired[endpoint]:
            return EndpointStatus.IN_SERVICE
        if endpoint in self.serving:
            return EndpointStatus.UPDATING
        return EndpointStatus.CREATING


class FakeObjects(Fake):
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    @classmethod
    def at(cls, _address: str) -> FakeObjects:
        return cls()

    def put(self, key: str, data: bytes | BinaryIO, content_type: str = "") -> str:
        self._answer()
        self.kept[checked(key)] = data if isinstance(data, bytes) else data.read()
        return f"memory:{key}"

    def open(self, key: str) -> BinaryIO:
        self._answer()
        if checked(key) not in self.kept:
            raise Missing(f"There is no object {key}.")
        return io.BytesIO(self.kept[key])

    def exists(self, key: str) -> bool:
        self._answer()
        return checked(key) in self.kept

    def delete(self, key: str) -> None:
        self._answer()
        self.kept.pop(checked(key), None)

    def sign(self, key: str, seconds: int) -> str:
        return f"https://memory.invalid/{checked(key)}"


class FakePackages(Fake):
    """`decided`: True and False by address, None while a version waits for approval."""

    def __init__(self) -> None:
        self.decided: dict[str, bool | None] = {}
        self.properties: dict[str, Mapping[str, str]] = {}

    def announce(
        self, source: ModelSource, key: str, properties: Mapping[str, str]
    ) -> str:
        self._answer()
        address = f"package/{source.model_name}/{key}"
        self.decided.setdefault(address, None)
        self.properties[address] = properties
        return address

    def decide(self, address: str, words: str, *, approved: bool) -> None:
        self._answer()
        if address not in self.decided:
            raise Rejected(f"There is no package {address}.")
        self.decided[address] = approved
