"""Links into MLflow's own pages; nothing is asked of it, so pages work while it is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry_bridge import outside
from registry_bridge.gateways.ports import Rejected

if TYPE_CHECKING:
    from registry_bridge.models import RegisteredModel

WEB = ("http://", "https://")


class Links:
    """Where a project's runs and versions are shown; "" where people have no address."""

    def __init__(self, model: RegisteredModel | None) -> None:
        self._model = model

    @property
    def managed(self) -> bool:
        """People get in by a link that is made for them: see views/managed.py."""
        return (
            self._model is not None and outside.managed_mlflow(self._model) is not None
        )

    def run(self, run_id: object) -> str:
        if self._model is None or not run_id:
            return ""
        try:
            return _web(outside.tracking(self._model).url(str(run_id)))
        except Rejected:
            return ""

    def version(self, version: object) -> str:
        if self._model is None or not version:
            return ""
        try:
            return _web(
                outside.registry(self._model).url(self._model.name, str(version))
            )
        except Rejected:
            return ""


def _web(url: str) -> str:
    return url if url.startswith(WEB) else ""
