"""What stands behind a container image: the commands that its `train` and `serve` run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
# SageMaker's framework images: a script, its hyperparameters as arguments, SM_*
TOOLKIT = (sys.executable, str(HERE / "toolkit.py"))
ECHO = (sys.executable, str(HERE / "echo.py"))
MLFLOW = (
    *(sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local"),
    *("--model-uri", "/opt/ml/model", "--host", "127.0.0.1", "--port", "{port}"),
)


@dataclass(frozen=True)
class Image:
    """`{port}` stands for the port to listen on, as does SAGEMAKER_BIND_TO_PORT.

    An image that nobody described trains by the toolkit of SageMaker's frameworks and
    serves what its model archive says (`echo.py`).
    """

    train: Sequence[str] = TOOLKIT
    serve: Sequence[str] = ECHO
    is_full: bool = False  # no machine can be had for it
