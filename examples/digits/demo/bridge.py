"""Trainings, promotions and quality, as leads and programs see them over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from examples.digits.demo.client import Client, Refused
from examples.digits.demo.progress import Failed, Progress

OVER = ("done", "failed")
DECIDED, UNDER_WAY = "already_decided", "training_under_way"


class Bridge:
    """One project's way from gold to a model in use; decisions need a Person."""

    def __init__(self, client: Client, project: str, progress: Progress) -> None:
        self.client, self.project, self.progress = client, project, progress

    def first_model(self) -> int:
        return self._train({"first": True})

    def train(self) -> int:
        return self._train({})

    def _train(self, body: dict[str, Any]) -> int:
        try:
            return int(self.client.post(self._path("trainings"), body)["id"])
        except Refused as refused:
            # sent again after a lost answer: the first call started it
            if refused.code != UNDER_WAY:
                raise
        return int(self.newest_training()["id"])

    def newest_training(self) -> dict[str, Any]:
        return dict(self.client.get(self._path("trainings"))["trainings"][0])

    def training(self, training: int) -> dict[str, Any]:
        return dict(self.client.get(f"{self._path('trainings')}/{training}"))

    def promotions(self) -> list[dict[str, Any]]:
        return list(self.client.get(self._path("promotions"))["promotions"])

    def address(self) -> str:
        """Where the model in use is called."""
        found = self.client.get(self._path("deployments"))["deployments"]
        return next(str(each["url"]) for each in found if each["state"] == "in_service")

    def quality(self, version: str) -> dict[str, Any]:
        """What the service says of one version: its estimate, and its labels'."""
        found = self.client.get(f"{self._path('quality')}?days=all")["versions"]
        for each in found:
            if each["model"]["version"] == version:
                return dict(each)
        return {"estimate": {}, "labels": {}}

    def proposal(self, training: int) -> dict[str, Any]:
        """Wait until this training has led to a proposal; Failed says why it did not."""

        def look() -> dict[str, Any] | None:
            made = self.training(training)
            if made["state"] == "failed":
                raise Failed(
                    self.progress.now, f"The training failed: {made['reason']}"
                )
            if made["state"] != "done":
                return None
            for each in self.promotions():
                if each["training"] == training:
                    return each
            raise Failed(self.progress.now, f"Not proposed: {made['outcome']}")

        return self.progress.wait("A proposal", look)

    def ended(self, training: int) -> dict[str, Any] | None:
        """A training that is over, whatever came of it."""
        made = self.training(training)
        return made if made["state"] in OVER else None

    def propose(self, version: str, reason: str) -> None:
        body = {"version": version, "reason": reason}
        self.client.post(self._path("promotions"), body)

    def approve(self, promotion: int, reason: str) -> None:
        try:
            self.client.post(f"promotions/{promotion}/approve", {"reason": reason})
        except Refused as refused:
            # sent again after a lost answer: the first one counted
            if refused.code != DECIDED:
                raise

    def in_use(
        self, promotion: int, meanwhile: Callable[[], object] = lambda: None
    ) -> dict[str, Any]:
        """Wait until a promotion is carried out: tried, deployed, verified, alias moved.

        `meanwhile` is what others do, such as calling the endpoint.
        """

        def look() -> dict[str, Any] | None:
            meanwhile()
            found = next(p for p in self.promotions() if p["id"] == promotion)
            if found["state"] in ("failed", "refused"):
                raise Failed(self.progress.now, f"Not promoted: {found['failure']}")
            return found if found["state"] == "done" else None

        return self.progress.wait("The promotion", look)

    def _path(self, what: str) -> str:
        return f"projects/{self.project}/{what}"
