"""All that the stand-in does, made anew for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sagemaker.asynchronous import AsynchronousInvocations
from tests.sagemaker.endpoints import Endpoints
from tests.sagemaker.invocation import Invocations
from tests.sagemaker.models import Models
from tests.sagemaker.monitoring import Monitoring
from tests.sagemaker.packages import Packages
from tests.sagemaker.pipelines import Pipelines
from tests.sagemaker.tags import Tags
from tests.sagemaker.training import Trainings

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin


class Parts:
    """The operations by topic; each part has a method for each of its operations."""

    def __init__(self, standin: Standin) -> None:
        self.tags = Tags()
        self.trainings = Trainings(standin)
        self.packages = Packages(standin)
        self.models = Models(standin, self.packages)
        self.endpoints = Endpoints(standin, self.models)
        self.invocations = Invocations(standin, self.endpoints)
        self.asynchronous = AsynchronousInvocations(standin, self.invocations)
        self.pipelines = Pipelines(standin, self.trainings)
        self.monitoring = Monitoring(standin)
