"""The stand-in itself: who is asked for what, and what is kept of it."""

from __future__ import annotations

import tempfile
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from tests.sagemaker.children import Nursery
from tests.sagemaker.clock import Clock, Over
from tests.sagemaker.dispatch import Call
from tests.sagemaker.errors import Refusal
from tests.sagemaker.faults import Faults
from tests.sagemaker.images import Image
from tests.sagemaker.names import KEYS, REGION
from tests.sagemaker.parts import Parts
from tests.sagemaker.server import Server
from tests.sagemaker.store import Store

# a minute of SageMaker's is 0.3 s
SPEED = 200.0


@dataclass
class State:
    """Everything that a test leaves behind, thrown away after it."""

    calls: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    images: dict[str, Image] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    alarms: dict[str, str] = field(default_factory=dict)


class Standin:
    """`aws_url` is where S3 and the others are; parts are made anew for every test."""

    def __init__(self, aws_url: str) -> None:
        self.aws_url = aws_url
        self.nursery = Nursery()
        self._session = boto3.session.Session()
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()
        self.server = Server(self)
        self.store = Store(self.client("s3"))
        self._cloudwatch = self.client("cloudwatch")
        self._begin()

    @property
    def url(self) -> str:
        """Where all of AWS is, SageMaker included."""
        return self.server.url

    def variables(self) -> dict[str, str]:
        """What an unmodified boto3 needs in its environment to come here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            **{name.upper(): value for name, value in KEYS.items()},
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """An unmodified client of boto3's, the same one each time."""
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service, endpoint_url=self.url, region_name=REGION, **KEYS
                )
            return self._clients[service]

    # for tests

    @property
    def calls(self) -> list[Call]:
        return self.state.calls

    def calls_of(self, operation: str) -> list[Call]:
        return [each for each in self.calls if each.operation == operation]

    @property
    def problems(self) -> list[str]:
        """What the stand-in was asked for and cannot do, or did wrong itself."""
        return self.state.problems

    def interrupt(self, training: str) -> None:
        """Take a spot machine away from a training job, as SageMaker may at any time."""
        self.parts.trainings.interrupt(training)

    def log(self, training: str) -> str:
        """Return what the container of a training job said."""
        return self.parts.trainings.log(training)

    def flush_capture(self) -> None:
        """Write now what data capture would write within a minute."""
        self.parts.invocations.capture.flush()

    def monitor(self, schedule: str, **results: Any) -> str:
        """Have a monitoring schedule run once, with these results; return their place."""
        return self.parts.monitoring.execute(schedule, results)

    def wait(self, done: Callable[[], bool], seconds: float = 60) -> None:
        """Wait, in seconds of ours, for something that must come."""
        waiting = Clock(1)
        if not waiting.sleep(seconds, unless=done):
            raise AssertionError(f"It did not happen within {seconds} s: {done}")

    def reset(self) -> None:
        """End everything that runs and forget everything."""
        self.clock.end()
        self.nursery.end_all()
        for thread in self._threads:
            thread.join(30)
        self.nursery.end_all()
        self._folder.cleanup()
        self._begin()

    def close(self) -> None:
        self.reset()
        self._folder.cleanup()
        self.server.stop()
        self.nursery.close()

    def _begin(self) -> None:
        self.lock = threading.RLock()
        self.clock = Clock(SPEED)
        self.faults = Faults()
        self.state = State()
        self._threads: list[threading.Thread] = []
        self._folder = tempfile.TemporaryDirectory(
            prefix="overread-sagemaker-", ignore_cleanup_errors=True
        )
        self.parts = Parts(self)

    # for parts

    def tag(self, arn: str, tags: Sequence[dict[str, str]]) -> None:
        self.parts.tags.put(arn, tags)

    def alarm_state(self, name: str) -> str:
        """Return what the test said of an alarm, else what CloudWatch says."""
        if name in self.state.alarms:
            return self.state.alarms[name]
        found = self._cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(found[0]["StateValue"]) if found else "INSUFFICIENT_DATA"

    def folder(self, kind: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=self._folder.name))

    def image(self, uri: str) -> Image:
        return self.state.images.get(uri) or Image()

    def go(self, work: Callable[..., None], *arguments: Any) -> None:
        """Let work go on beside the calls; an error in it fails the test."""

        clock, problems = self.clock, self.problems

        def run() -> None:
            try:
                work(*arguments)
            except Over:
                pass
            except Exception:  # noqa: BLE001 - told to the test
                if not clock.is_over:
                    problems.append(traceback.format_exc())

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def check_limit(self, name: str, more: int, used: int) -> None:
        limit = self.state.limits.get(name)
        if limit is not None and used + more > limit:
            raise Refusal(
                "ResourceLimitExceeded",
                f"The account-level service limit '{name}' is {limit} Instances, with"
                f" current utilization of {used} Instances and a request delta of {more}"
                " Instances. Please use AWS Service Quotas to request an increase for"
                " this quota. If AWS Service Quotas is not available, contact AWS"
                " support to request an increase for this quota.",
            )
