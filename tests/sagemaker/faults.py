"""What goes wrong on purpose: set by a test before a call, struck when it comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.sagemaker.errors import Dropped, Killed, Refusal
from tests.sagemaker.names import CALLER

ANY = "*"


def drop() -> None:
    """For `Faults.after`: lose the answer, though the work has been done."""
    raise Dropped


def kill() -> None:
    """For `Faults.after`: kill the caller when the work has been done.

    boto3 raises `Killed` in the caller's thread instead of giving the answer.
    """
    raise Killed


@dataclass
class Fault:
    operation: str
    strike: Callable[[str], None]
    calls: int | None = None  # how many more; None: every one
    until: float | None = None
    skip: int = 0  # how many first go well

    def is_for(self, operation: str) -> bool:
        return self.operation in {ANY, operation} and not self.is_spent()

    def is_spent(self) -> bool:
        late = self.until is not None and time.monotonic() > self.until
        return late or self.calls == 0

    def is_due(self) -> bool:
        """Count one call."""
        if self.skip:
            self.skip -= 1
            return False
        if self.calls:
            self.calls -= 1
        return True


class Faults:
    """`operation` is a name such as CreateEndpoint, or `*` for all."""

    def __init__(self) -> None:
        self._before: list[Fault] = []
        self._after: list[Fault] = []
        self._lock = threading.Lock()

    def throttle(
        self,
        operation: str = ANY,
        calls: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Refuse that many calls, or all for so many seconds of ours."""
        until = None if seconds is None else time.monotonic() + seconds
        refusal = Refusal("ThrottlingException", "Rate exceeded")
        self._before.append(Fault(operation, _raises(refusal), calls, until))

    def deny(self, operation: str, resource: str = "*") -> None:
        """Say that no policy allows this, as IAM does, until `clear`."""

        def strike(found: str) -> None:
            action = f"sagemaker:{found}"
            raise Refusal(
                "AccessDeniedException",
                f"User: {CALLER} is not authorized to perform: {action} on resource:"
                f" {resource} because no identity-based policy allows the {action} action",
            )

        self._before.append(Fault(operation, strike))

    def expire_token(self, calls: int | None = None) -> None:
        message = "The security token included in the request is expired"
        refusal = Refusal("ExpiredTokenException", message, 403)
        self._before.append(Fault(ANY, _raises(refusal), calls))

    def fail(
        self, operation: str = ANY, calls: int | None = 1, status: int = 500
    ) -> None:
        refusal = Refusal("InternalFailure", "Internal server error", status)
        self._before.append(Fault(operation, _raises(refusal), calls))

    def refuse(
        self,
        operation: str,
        code: str,
        message: str,
        status: int = 400,
        calls: int | None = 1,
    ) -> None:
        """Answer with any other error."""
        refusal = Refusal(code, message, status)
        self._before.append(Fault(operation, _raises(refusal), calls))

    def delay(self, operation: str, seconds: float, calls: int | None = 1) -> None:
        """Answer later by so many seconds of ours."""
        self._before.append(Fault(operation, lambda _: time.sleep(seconds), calls))

    def after(self, operation: str, n: int, do: Callable[[], None]) -> None:
        """Do something once the n-th call from now is carried out, before its answer."""
        self._after.append(Fault(operation, lambda _: do(), calls=1, skip=n - 1))

    def clear(self) -> None:
        with self._lock:
            self._before.clear()
            self._after.clear()

    def strike_before(self, operation: str) -> None:
        self._strike(self._before, operation)

    def strike_after(self, operation: str) -> None:
        self._strike(self._after, operation)

    def _strike(self, faults: list[Fault], operation: str) -> None:
        with self._lock:
            due = [each for each in faults if each.is_for(operation) and each.is_due()]
        for each in due:
            each.strike(operation)


def _raises(refusal: Refusal) -> Callable[[str], None]:
    def strike(_: str) -> None:
        raise refusal

    return strike
