"""The machines behind one endpoint configuration: a process for every variant."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.mlflow_server import free_port
from tests.sagemaker.children import ROOT
from tests.sagemaker.store import NoArchive, NothingThere

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

PING_SECONDS = 2.0
# of ours: SageMaker waits for four minutes, and a slow machine may need some of them
START_SECONDS = 120.0
ANSWER_SECONDS = 60.0


class Unhealthy(Exception):
    """A variant did not come up."""


class Turns:
    """Whose turn it is, by weight: always the one furthest behind its share."""

    def __init__(self) -> None:
        self._credit: dict[str, float] = defaultdict(float)

    def next(self, weights: Mapping[str, float]) -> str:
        for name, weight in weights.items():
            self._credit[name] += weight
        chosen = max(weights, key=lambda name: self._credit[name])
        self._credit[chosen] -= sum(weights.values())
        return chosen


class Variant:
    def __init__(
        self, standin: Standin, container: Mapping[str, Any], config: Mapping[str, Any]
    ) -> None:
        self.standin, self.container, self.config = standin, container, config
        self.name: str = config["VariantName"]
        self.weight = float(config.get("InitialVariantWeight", 1.0))
        self.count = int(config.get("InitialInstanceCount", 0))
        self.folder = standin.folder("hosting")
        self.log = self.folder.with_name(f"{self.folder.name}.log")
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def is_multi_model(self) -> bool:
        return self.container.get("Mode") == "MultiModel"

    def start(self) -> None:
        model = self.folder / "model"
        model.mkdir()
        self._fetch(model)
        self.port = free_port()
        command = self.standin.image(self.container["Image"]).serve
        self.process = self.standin.nursery.start(
            [part.replace("{port}", str(self.port)) for part in command],
            root=self.folder,
            log=self.log,
            variables={
                **self.standin.variables(),
                **self.container.get("Environment", {}),
                # a container has its own port 8080; processes share one machine
                "SAGEMAKER_BIND_TO_PORT": str(self.port),
                "SAGEMAKER_MULTI_MODEL": str(self.is_multi_model).lower(),
            },
        )

    def wait_until_healthy(self) -> None:
        clock, process = self.standin.clock, self.process
        assert process is not None
        for _ in range(int(START_SECONDS / 0.02)):
            if process.poll() is not None:
                break
            if self._ping():
                return
            clock.pause()
        raise Unhealthy(
            f"The primary container for production variant {self.name} did not pass the"
            " ping health check. Please check CloudWatch logs for this endpoint."
        )

    def stop(self) -> None:
        if self.process:
            self.standin.nursery.end(self.process)

    def ask(
        self, body: bytes, headers: Mapping[str, str], path: str = "/invocations"
    ) -> tuple[int, bytes, Message]:
        """Return status, body and headers; raises OSError if nobody answers."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=ANSWER_SECONDS
        )
        try:
            connection.request("POST", path, body, dict(headers))
            response = connection.getresponse()
            return response.status, response.read(), response.headers
        finally:
            connection.close()

    def load(self, name: str, folder: Path) -> None:
        """Have a multi-model container load a model; loaded already is well."""
        asked = json.dumps({"model_name": name, "url": str(self._inside(folder))})
        headers = {"Content-Type": "application/json"}
        status, body, _ = self.ask(asked.encode(), headers, "/models")
        if status not in {http.client.OK, http.client.CONFLICT}:
            raise OSError(f"The container did not load {name}: {status} {body!r}")

    def _inside(self, folder: Path) -> Path:
        """Return how the container calls a folder of ours."""
        if self.standin.nursery.way is None:
            return folder
        return Path(ROOT) / folder.relative_to(self.folder)

    def _ping(self) -> bool:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PING_SECONDS
        )
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _fetch(self, folder: Path) -> None:
        store = self.standin.store
        source = self.container.get("ModelDataSource", {}).get("S3DataSource")
        archive = self.container.get("ModelDataUrl")
        if source and source["CompressionType"] == "None":
            if not store.download(source["S3Uri"], folder):
                raise NothingThere(source["S3Uri"])
            return
        archive = source["S3Uri"] if source else archive
        if archive and not self.is_multi_model:
            store.unpack(archive, folder)


class Fleet:
    """All variants of one configuration. `config` is the configuration as described."""

    def __init__(
        self,
        standin: Standin,
        config: Mapping[str, Any],
        containers: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.standin, self.config = standin, config
        self.name: str = config["EndpointConfigName"]
        self.variants = self._variants("ProductionVariants", containers)
        self.shadows = self._variants("ShadowProductionVariants", containers)
        self.turns = Turns()
        self.samples: dict[str, Turns] = defaultdict(Turns)

    @property
    def all(self) -> list[Variant]:
        return [*self.variants.values(), *self.shadows.values()]

    def start(self) -> None:
        """Bring all up; raises `Unhealthy` when one does not come."""
        try:
            for variant in self.all:
                variant.start()
            for variant in self.all:
                variant.wait_until_healthy()
        except (NothingThere, NoArchive) as error:
            raise Unhealthy(f"Failed to download model data: {error}") from error

    def stop(self) -> None:
        for variant in self.all:
            variant.stop()

    def pick(self) -> Variant:
        weights = {name: each.weight for name, each in self.variants.items()}
        if not any(weights.values()):
            weights = dict.fromkeys(weights, 1.0)
        return self.variants[self.turns.next(weights)]

    def is_sampled(self, of: str, percent: float) -> bool:
        """Tell whether this call belongs to that share of those that are counted so."""
        with self.standin.lock:
            turns = self.samples[of]
            return turns.next({"yes": percent, "no": 100 - percent}) == "yes"

    def _variants(
        self, key: str, containers: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Variant]:
        return {
            each["VariantName"]: Variant(
                self.standin, containers[each["ModelName"]], each
            )
            for each in self.config.get(key, [])
        }
