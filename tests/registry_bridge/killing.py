"""Ends a worker in the middle: after the nth call to the outside, before it is written."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

import pytest
from django.utils import timezone

from projects.models import Job
from registry_bridge.gateways import choose
from tests.registry_bridge.makers import World, work


class Killed(BaseException):
    """What a kill -9 looks like from inside a test: nothing catches it."""


@dataclass
class Clock:
    """Counts the calls of all gateways; strikes once, after the call that it is set to."""

    strikes_after: int
    calls: int = 0

    @property
    def has_struck(self) -> bool:
        return self.calls >= self.strikes_after

    def tick(self) -> None:
        self.calls += 1
        if self.calls == self.strikes_after:
            raise Killed


class Mortal:
    """A gateway whose caller may die right after the call."""

    def __init__(self, inner: object, clock: Clock) -> None:
        self._inner, self._clock = inner, clock

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not callable(method):
            return method

        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            answer = method(*args, **kwargs)
            self._clock.tick()
            return answer

        return call


def sometimes_all(calls: int) -> list[Any]:
    """Every third point of death in each run, the others in the slow ones."""
    return [
        pytest.param(after, marks=() if after % 3 == 1 else pytest.mark.slow)
        for after in range(1, calls + 1)
    ]


def work_and_die(world: World, after: int) -> bool:
    """Work until the nth outside call kills the worker, then let another one take over.

    False: everything was done before the nth call.
    """
    clock = Clock(after)
    ports: dict[str, object] = {
        "tracking": world.tracking,
        "registry": world.registry,
        "deployment": world.deployment,
        "compute": world.compute,
        "objects": world.objects,
    }
    if world.packages is not None:
        ports["packages"] = world.packages
    mortal = {name: Mortal(port, clock) for name, port in ports.items()}
    with choose.using(**mortal), suppress(Killed):
        work()
    # the lease of a dead worker runs out
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=past)
    work()
    return clock.has_struck
