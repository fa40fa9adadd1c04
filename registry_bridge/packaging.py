"""A version in SageMaker's Model Registry beside MLflow's: each names the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from registry_bridge import outside
from registry_bridge.gateways.ports import ModelSource

if TYPE_CHECKING:
    from pathlib import Path

    from registry_bridge.gateways.ports import Version
    from registry_bridge.models import Promotion, RegisteredModel

TAG: Final = "overread.model_package"


def announce(model: RegisteredModel, version: Version, directory: Path) -> None:
    """Make a version known there, waiting for approval. Repeated: nothing new."""
    packages = outside.packages(model)
    if packages is None or TAG in version.tags:
        return
    source = ModelSource(model.name, version.version, directory)
    address = packages.announce(source, f"version {version.version}", _lineage(version))
    outside.registry(model).set_tags(model.name, version.version, {TAG: address})


def decide(model: RegisteredModel, decided: Promotion) -> None:
    """Approve what a person decided on; reject what a roll back takes out of use."""
    packages = outside.packages(model)
    if packages is None:
        return
    words = f"Promotion {decided.pk} of Overread, project {decided.project.slug}."
    packages.decide(_address(model, decided.to_version), words, approved=True)
    if decided.kind == decided.Kind.ROLLBACK and decided.from_version:
        worse = _known(model, decided.from_version)
        if worse:
            packages.decide(worse, words, approved=False)


def _address(model: RegisteredModel, version: str) -> str:
    """Of a version that was registered before the project came to AWS: made now."""
    known = _known(model, version)
    if known:
        return known
    found = outside.registry(model).version(model.name, version)
    if found is not None:
        announce(model, found, outside.directory_of(model, version))
    return _known(model, version)


def _known(model: RegisteredModel, version: str) -> str:
    found = outside.registry(model).version(model.name, version)
    return found.tags.get(TAG, "") if found else ""


def _lineage(version: Version) -> dict[str, str]:
    """Where it comes from, for who sees it there: run, version, data set, training."""
    kept = {k: v for k, v in version.tags.items() if k.startswith("overread.")}
    return {
        **kept,
        "mlflow.model": version.model_name,
        "mlflow.version": version.version,
        "mlflow.run_id": version.run_id or "none",
    }
