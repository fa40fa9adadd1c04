"""A model on its way to SageMaker: an archive in S3 under its own digest."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from registry_bridge.gateways import archives, aws
from registry_bridge.gateways.ports import Rejected

if TYPE_CHECKING:
    from registry_bridge.gateways.connection import ConnectionSettings

# MLflow's own server reads these in a container.
ENVIRONMENT = {
    "MLFLOW_DEPLOYMENT_FLAVOR_NAME": "python_function",
    "SERVING_ENVIRONMENT": "SageMaker",
}
CONTENT = "application/json"


def put(connection: ConnectionSettings, directory: Path) -> str:
    """Bring an MLflow model's folder to S3, once; the archive's address."""
    if not (directory / "MLmodel").is_file():
        raise Rejected(f"There is no MLflow model in {directory}.")
    store = aws.bucket(connection)
    with tempfile.TemporaryDirectory(prefix="overread-model-") as folder:
        packed = Path(folder) / "model.tar.gz"
        digest = archives.pack(directory, archives.files_below(directory), packed)
        key = f"models/{digest}/{packed.name}"
        if not store.exists(key):
            with packed.open("rb") as data:
                store.put(key, data)
    return f"{connection.uri.rstrip('/')}/{key}"
