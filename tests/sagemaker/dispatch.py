"""How a request is answered: kept, checked, refused or handed to the part that does it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.model import OperationModel

from tests.sagemaker import contract, wire
from tests.sagemaker.clock import Over
from tests.sagemaker.errors import Dropped, Killed, Refusal
from tests.sagemaker.hook import KILL

if TYPE_CHECKING:
    from tests.sagemaker.standin import Standin

NOT_DONE = 501
Method = Callable[[Mapping[str, Any]], dict[str, Any] | None]


@dataclass
class Call:
    """One request that came in; `error` is the code of a refusal."""

    operation: str
    params: Mapping[str, Any]
    at: datetime
    error: str = ""
    answered: bool = False
    killed: bool = False  # its caller, on purpose


class Dispatch:
    def __init__(self, standin: Standin) -> None:
        self._standin = standin

    def answer(self, request: wire.Request) -> wire.Answer:
        operation = wire.operation_of(request)
        rest = request.service != "sagemaker"
        try:
            if operation is not None:
                params, now = wire.read(operation, request), self._standin.clock.now()
                call = Call(operation.name, params, now)
                answer = wire.write(operation, self._carry_out(operation, call))
                answer.headers.update({KILL: "1"} if call.killed else {})
                return answer
            unknown = self._unknown(request.headers.get(wire.TARGET) or request.path)
            return wire.write_error(unknown, rest=rest)
        except Refusal as refusal:
            return wire.write_error(refusal, rest=rest)
        except (Dropped, Over):
            raise Dropped from None
        except Exception:  # noqa: BLE001 - told to the test
            self._standin.problems.append(traceback.format_exc())
            return wire.write_error(Refusal("InternalFailure", "bug", 500), rest=rest)

    def _carry_out(self, operation: OperationModel, call: Call) -> dict[str, Any]:
        self._standin.calls.append(call)
        try:
            self._standin.faults.strike_before(operation.name)
            self._check(operation, call.params)
            with self._alone(operation):
                output = self._method(operation)(call.params) or {}
            self._standin.faults.strike_after(operation.name)
        except Killed:
            call.killed = True
        except Refusal as refusal:
            call.error = refusal.code
            raise
        self._check_ourselves(operation, output)
        call.answered = True
        return output

    def _alone(self, operation: OperationModel) -> AbstractContextManager[object]:
        """Calls of the control plane come one after the other; models answer at once."""
        control = operation.service_model.service_name == "sagemaker"
        return self._standin.lock if control else nullcontext()

    def _check(self, operation: OperationModel, params: Mapping[str, Any]) -> None:
        found = contract.problems(operation.input_shape, params)
        if found:
            rest = operation.service_model.service_name != "sagemaker"
            raise Refusal(
                "ValidationError" if rest else "ValidationException",
                f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected:"
                f" {'; '.join(found)}",
            )

    def _check_ourselves(
        self, operation: OperationModel, output: Mapping[str, Any]
    ) -> None:
        if operation.output_shape:
            found = contract.problems(operation.output_shape, output)
            self._standin.problems.extend(
                f"Our own {operation.name}: {each}" for each in found
            )

    def _method(self, operation: OperationModel) -> Method:
        name = xform_name(operation.name)
        for part in vars(self._standin.parts).values():
            if hasattr(part, name):
                method: Method = getattr(part, name)
                return method
        raise self._unknown(operation.name)

    def _unknown(self, name: str) -> Refusal:
        self._standin.problems.append(f"The stand-in does not do {name}.")
        message = f"The stand-in for SageMaker does not do {name}."
        return Refusal("UnknownOperationException", message, NOT_DONE)
