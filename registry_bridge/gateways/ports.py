"""What the bridge asks of outside systems: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from projects.storage import Missing, Objects, Rejected, Unreachable
from registry_bridge.gateways.shelves import Messages, Shelf
from registry_bridge.gateways.tallies import Tally

__all__ = [
    "ChampionMoved",
    "Compute",
    "Dataset",
    "Deployment",
    "EndpointState",
    "EndpointStatus",
    "Invocation",
    "LoggedModel",
    "Messages",
    "MetricPoint",
    "Missing",
    "ModelMetric",
    "ModelSource",
    "Objects",
    "Packages",
    "QuotaReached",
    "Registry",
    "Rejected",
    "RunView",
    "Shelf",
    "Tally",
    "Tracking",
    "TrainingSpec",
    "TrainingState",
    "TrainingStatus",
    "Trial",
    "Unreachable",
    "Version",
]

# The tag by which we find again what we made before a crash.
KEY_TAG = "overread.key"


class QuotaReached(Unreachable):
    """All that the account may use is in use: asked again after minutes, not seconds."""

    seconds = 300.0


class ChampionMoved(Exception):
    """An alias is not where the caller last saw it: somebody moved it meanwhile."""

    def __init__(self, alias: str, found: str | None, expected: str | None) -> None:
        self.alias, self.found, self.expected = alias, found, expected
        super().__init__(
            f"The alias {alias} names version {found or 'none'}, not"
            f" {expected or 'none'}: somebody moved it meanwhile. Look at the registry"
            " and decide again."
        )


# Tracking: runs, datasets, metrics, logged models.


@dataclass(frozen=True)
class Dataset:
    """A frozen data set; `digest` is the SHA-256 of its content, in hexadecimal."""

    name: str
    digest: str
    source: str
    rows: int
    context: str
    schema: Mapping[str, str] = field(default_factory=dict)

    @property
    def short_digest(self) -> str:
        """The part that fits MLflow's column of 36 characters."""
        return self.digest[:32]


@dataclass(frozen=True)
class MetricPoint:
    """One value at one time. Sent again it must be the same, or both would be kept."""

    key: str
    value: float
    step: int
    at: datetime


@dataclass(frozen=True)
class RunView:
    run_id: str
    name: str
    status: str
    url: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    datasets: tuple[tuple[str, str, str], ...] = ()  # name, digest, context


@dataclass(frozen=True)
class ModelMetric:
    """A metric of a logged model, and the data set it was measured on."""

    key: str
    value: float
    dataset: str | None
    digest: str | None


@dataclass(frozen=True)
class LoggedModel:
    model_id: str
    uri: str
    ready: bool = True
    metrics: tuple[ModelMetric, ...] = ()


class Tracking(Protocol):
    """Every call may be repeated: what is there already is found, not made twice.

    Two callers at the same moment could still both find nothing, so the caller lets
    one job at a time work on a stream, and keeps the ids it was given.
    """

    def healthy(self) -> bool:
        """Tell whether it answers from its database."""
        ...

    def find_or_create_run(
        self,
        experiment: str,
        key: str,
        name: str,
        tags: Mapping[str, str],
        known: str | None = None,
    ) -> str: ...

    def log_file(self, run_id: str, folder: str, local: Path) -> None:
        """Put a file into a folder of the run's artifacts ("" is the top)."""
        ...

    def log_dataset(self, run_id: str, dataset: Dataset) -> None: ...

    def log_params(self, run_id: str, params: Mapping[str, str]) -> None: ...

    def set_tags(self, run_id: str, tags: Mapping[str, str]) -> None: ...

    def log_metrics(self, run_id: str, points: Sequence[MetricPoint]) -> None: ...

    def log_model(self, run_id: str, directory: Path, name: str) -> LoggedModel:
        """Keep an MLflow model directory as the run's model of that name."""
        ...

    def log_model_metrics(
        self,
        run_id: str,
        model_id: str,
        dataset: Dataset,
        points: Sequence[MetricPoint],
    ) -> None:
        """Say how a model did on a data set; the run is the evaluation."""
        ...

    def finish(self, run_id: str, *, failed: bool = False) -> None: ...

    def run(self, run_id: str) -> RunView: ...

    def model(self, model_id: str) -> LoggedModel: ...

    def url(self, run_id: str) -> str:
        """Return the page of a run, for people; asks nobody."""
        ...


# Registry: versions of models, and the aliases that say which one is in use.


@dataclass(frozen=True)
class Version:
    model_name: str
    version: str
    source: str
    run_id: str | None
    tags: Mapping[str, str]
    aliases: tuple[str, ...]
    url: str

    @property
    def key(self) -> str | None:
        """What we registered it under; None: somebody else did."""
        return self.tags.get(KEY_TAG)


class Registry(Protocol):
    """Versions and aliases; never stages, which are deprecated and partly broken."""

    def healthy(self) -> bool: ...

    def register(
        self,
        model_name: str,
        source: str,
        run_id: str | None,
        key: str,
        tags: Mapping[str, str],
    ) -> Version: ...

    def version(self, model_name: str, version: str) -> Version | None: ...

    def versions(self, model_name: str) -> list[Version]:
        """Return all versions, the newest first."""
        ...

    def alias(self, model_name: str, alias: str) -> Version | None: ...

    def move_alias(
        self, model_name: str, alias: str, to: str, expect: str | None
    ) -> Version:
        """Let the alias name version `to`, if it still names `expect` (None: nothing).

        Raises `ChampionMoved` if it names anything else; if it names `to`, all is done.
        """
        ...

    def remove_alias(self, model_name: str, alias: str) -> None: ...

    def set_tags(
        self, model_name: str, version: str, tags: Mapping[str, str]
    ) -> None: ...

    def download(self, model_name: str, version: str, into: Path) -> Path:
        """Bring the model directory to `into`, whole or not at all; there: nothing to do."""
        ...

    def url(self, model_name: str, version: str) -> str: ...


# Compute: trainings by SageMaker's script-mode contract.


class TrainingStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"  # no training of that name

    @property
    def over(self) -> bool:
        return self in {self.COMPLETED, self.FAILED, self.STOPPED}


@dataclass(frozen=True)
class TrainingSpec:
    """What to train; the name is the key: starting it again starts nothing."""

    name: str
    script: Path
    channels: Mapping[str, Path]
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    max_seconds: int = 3600
    # Whose training it is, for who looks at bills and lists.
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingState:
    status: TrainingStatus
    reason: str = ""
    model_dir: Path | None = None  # where the model lies, once completed
    output_dir: Path | None = None  # what else the script left, such as metrics.json
    log_tail: str = ""
    seconds: float | None = None


class Compute(Protocol):
    # Between two looks at a training.
    poll_seconds: float

    def start(self, spec: TrainingSpec) -> None: ...

    def describe(self, name: str) -> TrainingState: ...

    def stop(self, name: str) -> None: ...


# Deployment: which version an endpoint serves.


class EndpointStatus(StrEnum):
    ABSENT = "absent"
    CREATING = "creating"
    UPDATING = "updating"
    IN_SERVICE = "in_service"
    FAILED = "failed"  # not what was asked for; `serving_version` may still serve


@dataclass(frozen=True)
class ModelSource:
    model_name: str
    version: str
    directory: Path


@dataclass(frozen=True)
class Trial:
    """A version beside the one in use, and how calls went since it got its share.

    `tried` are calls that it was given, `others` those of the version in use meanwhile.
    """

    version: str
    share: float
    status: EndpointStatus
    reason: str = ""
    tried: Tally = field(default_factory=Tally)
    others: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class EndpointState:
    status: EndpointStatus
    serving_version: str | None = None
    desired_version: str | None = None
    url: str | None = None
    reason: str = ""
    trial: Trial | None = None


@dataclass(frozen=True)
class Invocation:
    """What a model answered, and which version it was."""

    body: object
    model_version: str | None


class Deployment(Protocol):
    # Between two looks at an endpoint; and after which nobody waits for it any more.
    poll_seconds: float

    @property
    def longest_seconds(self) -> float: ...

    def deploy(self, endpoint: str, source: ModelSource) -> None:
        """Ask that the endpoint serve this; `describe` tells when it does.

        Asked again while it is under way or done: nothing. After a failure: a new try.
        """
        ...

    def describe(self, endpoint: str) -> EndpointState: ...

    def can_share(self) -> bool:
        """Whether two versions can serve one endpoint, each a share of the calls."""
        ...

    def try_beside(self, endpoint: str, source: ModelSource, share: float) -> None:
        """Bring a version up beside the one in use, with that share of the calls.

        Asked again with another share: only that changes. Calls that it cannot answer
        are answered by the version in use. `deploy` of the same model lets it take over.
        """
        ...

    def end_trial(self, endpoint: str) -> None:
        """Let the version in use have all calls again; nothing tried: nothing to do."""
        ...

    def invoke(
        self,
        endpoint: str,
        payload: Mapping[str, object],
        version: str | None = None,
    ) -> Invocation:
        """Ask the endpoint; or that version of it only, which may be on trial."""
        ...

    def delete(self, endpoint: str) -> None: ...


# Packages: a second registry, where a version waits for approval.


class Packages(Protocol):
    """Every call may be repeated."""

    def announce(
        self, source: ModelSource, key: str, properties: Mapping[str, str]
    ) -> str:
        """Make a version known, waiting for approval; the address it has there."""
        ...

    def decide(self, address: str, words: str, *, approved: bool) -> None: ...
