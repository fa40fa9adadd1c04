"""Trains the reader of digits by SageMaker's script-mode contract; runs there unchanged.

Reads JSON lines {"input": {"image": …}, "label": …} from the channels `base` and `train`
(SM_CHANNEL_*), leaves an MLflow model in SM_MODEL_DIR and metrics in SM_OUTPUT_DATA_DIR.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import mlflow.pyfunc
import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from sklearn.linear_model import LogisticRegression

import reader

CHANNELS = ("base", "train")


def main() -> None:
    arguments = read_arguments()
    rows = list(read_rows())
    images = np.stack([reader.pixels(row["input"]["image"]) for row in rows])
    labels = np.array([row["label"] for row in rows])
    weights = np.array([row.get("weight", 1.0) for row in rows])
    model = LogisticRegression(C=arguments.strength, max_iter=arguments.rounds)
    model.fit(images, labels)
    save(model)
    write_metrics(
        {
            "train_rows": len(rows),
            "train_accuracy": model.score(images, labels, sample_weight=weights),
        }
    )


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--strength", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=500)
    return parser.parse_args()


def read_rows() -> Iterator[dict]:
    for channel in CHANNELS:
        folder = os.environ.get(f"SM_CHANNEL_{channel.upper()}")
        for path in sorted(Path(folder).glob("*.jsonl")) if folder else ():
            with path.open() as file:
                yield from map(json.loads, file)


def save(model: LogisticRegression) -> None:
    """The weights and the code that reads them, as MLflow serves them."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "classifier.npz"
        np.savez(
            kept, weights=model.coef_, bias=model.intercept_, labels=model.classes_
        )
        mlflow.pyfunc.save_model(
            os.environ["SM_MODEL_DIR"],
            python_model=str(Path(reader.__file__)),
            artifacts={"classifier": str(kept)},
            signature=ModelSignature(inputs=Schema([ColSpec("string", "image")])),
            # named, since finding them out would take seconds
            pip_requirements=["mlflow", "numpy", "pillow"],
        )


def write_metrics(metrics: dict[str, float]) -> None:
    folder = Path(os.environ["SM_OUTPUT_DATA_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(metrics))


if __name__ == "__main__":
    main()
