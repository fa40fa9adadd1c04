"""What runs beside a deployed model: asks it, and posts what it said for review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from examples.digits.dataset import Digit
from examples.digits.demo.client import Client

VERSION_HEADER = "Overread-Model-Version"
BATCH = 150


@dataclass(frozen=True, slots=True)
class Sent:
    """One prediction that was acknowledged, and what was decided about it."""

    digit: Digit
    said: str
    version: str
    decision: str
    task: int | None

    @property
    def right(self) -> bool:
        return self.said == self.digit.label


class Endpoint:
    def __init__(
        self, client: Client, project: str, model: str, invocations: str
    ) -> None:
        self.client, self.project = client, project
        self.model, self.invocations = model, invocations

    def stream(self, digits: Sequence[Digit]) -> Iterator[list[Sent]]:
        """Batch by batch: ask the model, then post its answers."""
        for start in range(0, len(digits), BATCH):
            yield self._batch(digits[start : start + BATCH])

    def call(self, digits: Sequence[Digit]) -> str:
        """Ask the model only; the version that answered."""
        return self._ask(digits)[1]

    def _batch(self, digits: Sequence[Digit]) -> list[Sent]:
        said, version = self._ask(digits)
        rows = [
            self._row(digit, output, version)
            for digit, output in zip(digits, said, strict=True)
        ]
        answer = self.client.post(
            f"projects/{self.project}/predictions", {"predictions": rows}
        )
        if answer["refused"]:
            bad = next(each for each in answer["results"] if "code" in each)
            raise ValueError(f"A prediction was refused: {bad['detail']}")
        return [
            Sent(digit, output["label"], version, told["decision"], told["task"])
            for digit, output, told in zip(digits, said, answer["results"], strict=True)
        ]

    def _ask(self, digits: Sequence[Digit]) -> tuple[list[dict[str, Any]], str]:
        body = {"dataframe_records": [digit.payload for digit in digits]}
        answer = self.client.send("POST", self.invocations, json=body)
        answer.raise_for_status()
        return answer.json()["predictions"], answer.headers[VERSION_HEADER]

    def _row(
        self, digit: Digit, output: dict[str, Any], version: str
    ) -> dict[str, Any]:
        return {
            "inference_id": digit.name,
            "endpoint": "digits",
            "model": {"name": self.model, "version": version},
            "input": digit.payload,
            "output": output,
        }
