"""Every call that any test makes with boto3 is checked against AWS's own description.

boto3 itself lets through what is too long, does not fit a pattern or is on no list of
allowed values; the service then refuses it, and only there. Here the test fails.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore

from tests.sagemaker.errors import Killed

# the header by which the stand-in asks for that
KILL = "x-overread-kill"


class Checker:
    """`found` is what broke the contract since the last look."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._expected: list[str] | None = None
        self._lock = threading.Lock()

    def install(self) -> None:
        """Be asked by every session of botocore's that is made from now on."""
        botocore.register_initializer(self._listen)

    def take(self) -> list[str]:
        with self._lock:
            found, self.found = self.found, []
        return found

    @contextmanager
    def expecting(self) -> Iterator[list[str]]:
        """Let calls through that break the contract, and say which ones they were."""
        found: list[str] = []
        self._expected = found
        try:
            yield found
        finally:
            self._expected = None

    def _listen(self, session: Any) -> None:
        session.register("before-parameter-build", self._check)
        session.register("after-call", _die_if_told)

    def _check(self, params: Any, model: Any, **_: object) -> None:
        if model.input_shape is None:
            return
        from tests.sagemaker.contract import walk

        found = [f"{model.name}: {each}" for each in walk(model.input_shape, params)]
        if not found:
            return
        with self._lock:
            if self._expected is not None:
                self._expected.extend(found)
                return
            self.found.extend(found)
        raise AssertionError("AWS would refuse this call. " + "\n".join(found))


def _die_if_told(http_response: Any, **_: object) -> None:
    """Raise what the stand-in wants raised (see `faults.kill`)."""
    if KILL in http_response.headers:
        raise Killed("The stand-in killed its caller, as a test asked.")


CHECKER = Checker()
